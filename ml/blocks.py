"""What networks are put together from: convolutions, blocks of them, and the decoder that draws."""

import keras
from keras import layers

from ml.turning import POSES, MeanPose, OfEachPose, PoseNormalization, TurningConv2D


class Form:
    """Blocks of plain convolutions, over maps (n, h, w, c)."""

    def first(self, x: keras.KerasTensor, width: int, stride: int) -> keras.KerasTensor:
        return self.convolution(x, width, stride=stride)

    def convolution(
        self, x: keras.KerasTensor, width: int, *, kernel: int = 3, stride: int = 1, relu: bool = True
    ) -> keras.KerasTensor:
        x = layers.Conv2D(width, kernel, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if relu else x

    def plain(self, x: keras.KerasTensor, width: int, stride: int) -> keras.KerasTensor:
        """Two convolutions, after the maxima of each square of `stride`."""
        x = self.of_space(layers.MaxPooling2D(stride), x) if stride > 1 else x
        return self.convolution(self.convolution(x, width), width)

    def block(self, x: keras.KerasTensor, width: int, stride: int, squeeze: bool) -> keras.KerasTensor:
        """Two convolutions beside a short cut (He et al. 2016), weighted by channel (Hu et al. 2018)."""
        short = self.of_space(layers.AveragePooling2D(stride), x) if stride > 1 else x
        if x.shape[-1] != self.channels(width):
            short = self.convolution(short, width, kernel=1, relu=False)
        x = self.convolution(x, width, stride=stride)
        x = self.convolution(x, width, relu=False)
        if squeeze:
            gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
            gate = layers.Conv2D(width // 4, 1, activation="relu")(gate)
            x = layers.Multiply()([x, layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(gate)])
        return layers.ReLU()(layers.Add()([short, x]))

    def decode(self, stages: list[keras.KerasTensor], width: int) -> keras.KerasTensor:
        """From the coarsest stage to the finest, adding each (Lin et al. 2017)."""
        x = self.convolution(stages[-1], width, kernel=1)
        for stage in reversed(stages[:-1]):
            x = self.of_space(layers.UpSampling2D(2), x)
            x = self.convolution(layers.Add()([x, self.convolution(stage, width, kernel=1)]), width)
        return x

    def channels(self, width: int) -> int:
        return width

    def of_space(self, layer: layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
        """What the layer does to neighbouring places."""
        return layer(x)

    def seen(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """The maps as they lie over the picture, (n, h, w, k)."""
        return x


class Turning(Form):
    """The same of convolutions that turn with the picture: maps (n, h, 8 w, k), see `ml.turning`."""

    def first(self, x: keras.KerasTensor, width: int, stride: int) -> keras.KerasTensor:
        x = layers.AveragePooling2D(stride)(x) if stride > 1 else x
        x = TurningConv2D(self.channels(width), 3, lifting=True)(x)
        return PoseNormalization()(x)

    def convolution(
        self, x: keras.KerasTensor, width: int, *, kernel: int = 3, stride: int = 1, relu: bool = True
    ) -> keras.KerasTensor:
        # Every second place of an even side does not turn with the picture; the maxima of squares do.
        x = self.of_space(layers.MaxPooling2D(stride), x) if stride > 1 else x
        return PoseNormalization(relu)(TurningConv2D(self.channels(width), kernel)(x))

    def channels(self, width: int) -> int:
        return width // POSES

    def of_space(self, layer: layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
        return OfEachPose(layer)(x)

    def seen(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return MeanPose()(x)
