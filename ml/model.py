"""The network: plain convolution blocks that differ only in their channels."""

import keras
from keras import layers

from ml.labels import CLASSES

CHANNELS = (24, 48, 96, 160, 256)


def build(side: int, channels: tuple[int, ...] = CHANNELS, dropout: float = 0.4) -> keras.Model:
    """An untrained network: float32 (n, side, side, 3) in 0..255 -> logits float32 (n, 7).

    Rescaling is part of the network, so that nobody can feed it pixels of another range.
    """
    inputs = keras.Input((side, side, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    for number, width in enumerate(channels):
        x = _block(x, width, dropout=0.05 * number)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    # Logits stay float32 under mixed precision: calibration needs their small differences.
    outputs = layers.Dense(len(CLASSES), dtype="float32", name="logits")(x)
    return keras.Model(inputs, outputs, name="plain")


def _block(x: keras.KerasTensor, width: int, dropout: float) -> keras.KerasTensor:
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.MaxPool2D()(x)
    return layers.SpatialDropout2D(dropout)(x) if dropout else x
