"""Convolutions that turn with the picture: what they see upright, they see turned and mirrored too.

A mole has no up or down. A plain convolution has to learn each pattern eight times over; here one filter
stands for all eight (Cohen and Welling, Group Equivariant Convolutional Networks, ICML 2016, group p4m).
Maps hold eight poses of k channels at every place, lying side by side: (n, h, 8 w, k), so that what treats
all places alike (normalisation, gates, means) treats all poses alike too. Turning the picture turns the
maps and moves the poses among each other, exactly, as long as every halved side is even.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from ml.views import TURNS, turned

POSES = TURNS


def product() -> np.ndarray:
    """product[a, b]: the pose that comes of pose b first and pose a then, see `views.turned`; int (8, 8)."""
    square = np.arange(9).reshape(3, 3)
    names = {turned(square, number).tobytes(): number for number in range(POSES)}
    return np.array(
        [[names[turned(turned(square, b), a).tobytes()] for b in range(POSES)] for a in range(POSES)]
    )


def kernel_indices(size: int, poses: int) -> np.ndarray:
    """Where each weight of the whole kernel stands in the small one: int (size, size, poses, 8).

    The small one is (size, size, poses), 1 pose for pixels and 8 for maps, its places numbered in that order.
    Pose g of the output looks at pose h of the input as pose 0 looks at pose g^-1 h, through the small kernel
    brought into pose g.
    """
    small = np.arange(size * size * poses).reshape(size, size, poses)
    products = product()
    seen = products[np.argmax(products == 0, axis=1)] if poses > 1 else np.zeros((POSES, 1), int)
    return np.stack([turned(small[:, :, seen[number]], number) for number in range(POSES)], axis=-1)


@keras.saving.register_keras_serializable("ml")
class TurningConv2D(layers.Layer):
    """A convolution of one small kernel in eight poses, without bias: (n, h, 8 w, k) -> (n, h, 8 w, filters).

    With `lifting` from pixels (n, h, w, k).
    """

    def __init__(self, filters: int, kernel_size: int, *, lifting: bool = False, **keywords: Any):
        super().__init__(**keywords)
        self.filters, self.kernel_size, self.lifting = filters, kernel_size, lifting

    def build(self, shape: tuple[Any, ...]) -> None:
        self.indices = kernel_indices(self.kernel_size, 1 if self.lifting else POSES)
        size, _, poses, _ = self.indices.shape
        self.kernel = self.add_weight(
            shape=(size * size * poses, shape[-1], self.filters), initializer="he_normal", name="kernel"
        )

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        size, _, poses, _ = self.indices.shape
        whole = ops.take(self.kernel, self.indices.reshape(-1), axis=0)
        whole = ops.reshape(whole, (*self.indices.shape, x.shape[-1], self.filters))
        whole = ops.transpose(whole, (0, 1, 2, 4, 3, 5))
        whole = ops.reshape(whole, (size, size, poses * x.shape[-1], POSES * self.filters))
        return side_by_side(ops.conv(x if self.lifting else stacked(x), whole, padding="same"))

    def get_config(self) -> dict[str, Any]:
        own = {"filters": self.filters, "kernel_size": self.kernel_size, "lifting": self.lifting}
        return super().get_config() | own


@keras.saving.register_keras_serializable("ml")
class OfEachPose(layers.Wrapper):
    """Does to each pose of maps (n, h, 8 w, k) what the layer, which has no weights, does to (n, h, w, c)."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return side_by_side(self.layer(stacked(x)))


@keras.saving.register_keras_serializable("ml")
class MeanPose(layers.Layer):
    """The mean of the poses, (n, h, 8 w, k) -> (n, h, w, k), which lies over the picture as it is."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        count, height, width, channels = ops.shape(x)
        return ops.mean(ops.reshape(x, (count, height, width // POSES, POSES, channels)), axis=3)


@keras.saving.register_keras_serializable("ml")
class PoseNormalization(layers.BatchNormalization):
    """Batch normalisation (Ioffe and Szegedy 2015) of (n, h, 8 w, k), then rectified where `relu`.

    All poses of a channel share its mean and spread. In training it is compiled into one loop, which takes a
    quarter off each step.
    """

    def __init__(self, relu: bool = True, **keywords: Any):
        super().__init__(**keywords)
        self.relu = relu

    def call(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        if not training:
            y = super().call(x, training=False)
            return tf.nn.relu(y) if self.relu else y
        # The compiled loop is faster over a long last axis.
        y, mean, variance = _normalised(
            stacked(x), self.gamma.value, self.beta.value, self.epsilon, self.relu
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving.value * self.momentum + now * (1 - self.momentum))
        return side_by_side(y)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"relu": self.relu}


@tf.function(jit_compile=True)
def _normalised(
    x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float, relu: bool
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    exact = tf.cast(x, tf.float32)
    mean, square = (
        tf.reduce_mean(tf.reshape(tf.reduce_mean(each, (0, 1, 2)), (POSES, -1)), 0)
        for each in (exact, exact * exact)
    )
    variance = square - mean * mean
    factor = scale * tf.math.rsqrt(variance + epsilon)
    y = exact * tf.tile(factor, [POSES]) + tf.tile(offset - mean * factor, [POSES])
    return tf.cast(tf.nn.relu(y) if relu else y, x.dtype), mean, variance


def stacked(x: keras.KerasTensor) -> keras.KerasTensor:
    """Poses side by side brought above each other: (n, h, 8 w, k) -> (n, h, w, 8 k)."""
    count, height, width, channels = ops.shape(x)
    return ops.reshape(x, (count, height, width // POSES, POSES * channels))


def side_by_side(x: keras.KerasTensor) -> keras.KerasTensor:
    """The way back: (n, h, w, 8 k) -> (n, h, 8 w, k)."""
    count, height, width, channels = ops.shape(x)
    return ops.reshape(x, (count, height, width * POSES, channels // POSES))


def all_turns(x: keras.KerasTensor) -> keras.KerasTensor:
    """The eight turns of each square, as `ml.views.turns` has them: (n, s, s, c) -> (8 n, s, s, c)."""
    quarters = [ops.rot90(x, number, axes=(1, 2)) for number in range(4)]
    every = ops.stack([*quarters, *(ops.flip(one, axis=2) for one in quarters)], axis=1)
    return ops.reshape(every, (-1, *x.shape[1:]))


def turns_along(network: keras.Model) -> bool:
    """Whether all its filters stand in eight poses, so that it says the same of every turn of a picture."""
    return any(isinstance(layer, TurningConv2D) for layer in network.layers)
