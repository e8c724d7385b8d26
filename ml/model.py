"""The network: a trunk of `ml.blocks` that says the class, and a small decoder that draws the outline.

Both read one pass. The class logits are linear in the trunk's last maps, averaged over the
picture, so the share of every place in the logits is known without a gradient.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from ml.blocks import Form, Turning
from ml.labels import CLASSES
from ml.person import GUESSES as PERSON_GUESSES
from ml.turning import all_turns, turns_along
from ml.views import TURNS

# Sides must be multiples of this: the trunk halves the picture four times.
STRIDE = 16
OUTLINE_STRIDE = 4
OUTPUTS = ("logits", "outline", "maps", "statistics")


@dataclass(frozen=True)
class Shape:
    """What decides the network's size: channels of the stem and stages, blocks of each stage.

    Each stage halves the picture. With three of them the stem does it too; with four the stem looks
    at every pixel, which costs about twice as much on the same side.
    """

    stem: int = 24
    widths: tuple[int, ...] = (48, 96, 192)
    blocks: tuple[int, ...] = (2, 2, 2)
    squeeze: bool = True
    # Without: two plain convolutions in place of each block, and the picture halved by its maxima.
    residual: bool = True
    decoder: int = 24
    dropout: float = 0.3
    # Whether each filter stands in eight poses, see `ml.turning`; widths count the channels of all poses.
    turning: bool = False
    # Share of whole channels dropped after the last stage; after the stages before it, less and less.
    channel_dropout: float = 0.0
    # Whether it also guesses the person's age, sex and the body site, which only training asks for.
    person: bool = False


def build(shape: Shape, side: int | None = None) -> keras.Model:
    """An untrained network for float32 (n, side, side, 3) in 0..255; any multiple of 16 without `side`.

    Its outputs: `logits` (n, 7); `outline` (n, side / 4, side / 4, 1), the logit that a place belongs to
    the lesion; `maps` (n, side / 16, side / 16, channels), the trunk's last maps; and `statistics` (n, m),
    mean and standard deviation of every channel of every stage, by which strange pictures are told.
    With `shape.person` also `person` (n, 17), see `ml.person`.
    Rescaling is part of the network, so that nobody can feed it pixels of another range.
    """
    inputs = keras.Input((side, side, 3))
    form: Form = Turning() if shape.turning else Form()
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    x = form.first(x, shape.stem, stride=STRIDE // 2 ** len(shape.widths))
    stages = []
    for stage, (width, blocks) in enumerate(zip(shape.widths, shape.blocks, strict=True), 1):
        for number in range(blocks):
            stride = 1 if number else 2
            if shape.residual:
                x = form.block(x, width, stride, shape.squeeze)
            else:
                x = form.plain(x, width, stride)
        if shape.channel_dropout:
            x = layers.SpatialDropout2D(shape.channel_dropout * stage / len(shape.widths))(x)
        stages.append(x)
    maps = layers.Activation("linear", dtype="float32", name="maps")(form.seen(x))
    pooled = layers.Dropout(shape.dropout)(layers.GlobalAveragePooling2D()(maps))
    # Logits stay float32 under mixed precision: calibration needs their small differences.
    logits = layers.Dense(len(CLASSES), dtype="float32", name="logits")(pooled)
    drawn = form.seen(form.decode(stages[-3:], shape.decoder))
    outline = layers.Conv2D(1, 1, dtype="float32", name="outline")(drawn)
    statistics = layers.Concatenate(dtype="float32", name="statistics")(
        [Moments(dtype="float32")(stage) for stage in stages]
    )
    outputs = {"logits": logits, "outline": outline, "maps": maps, "statistics": statistics}
    if shape.person:
        outputs["person"] = layers.Dense(PERSON_GUESSES, dtype="float32", name="person")(pooled)
    return keras.Model(inputs, outputs, name="residual")


@keras.saving.register_keras_serializable("ml")
class Moments(layers.Layer):
    """Mean and standard deviation of each channel: (n, h, w, c) -> (n, 2 c)."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        mean, variance = keras.ops.moments(x, axes=[1, 2])
        return keras.ops.concatenate([mean, keras.ops.sqrt(variance + 1e-6)], axis=-1)


def average(members: list[keras.Model], side: int) -> keras.Model:
    """One network that holds them all and gives the mean of their logits and outlines.

    The logits stay linear in the maps, which are the members' side by side.
    """
    inputs = keras.Input((side, side, 3))
    for number, member in enumerate(members):
        member.name = f"member_{number + 1}"
    last = layers.Dense(len(CLASSES), name="logits")
    together = _joined([member(inputs) for member in members], last)
    heads = [member.get_layer("logits").get_weights() for member in members]
    last.set_weights(
        [
            np.concatenate([kernel for kernel, _ in heads]) / len(members),
            np.mean([bias for _, bias in heads], axis=0),
        ]
    )
    return keras.Model(inputs, together, name="average")


def in_all_turns(network: keras.Model) -> keras.Model:
    """A network of `average` that looks at every turn of its pictures: n pictures, 8 n of each output.

    The turns of a picture follow each other as `ml.views.turns` has them. A member that turns with the
    picture looks at it once, and what it says is turned: an eighth of the work.
    """
    inputs = keras.Input(network.input_shape[1:])
    every = all_turns(inputs)
    members = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    outputs = [_in_each(member(inputs)) if turns_along(member) else member(every) for member in members]
    return keras.Model(inputs, _joined(outputs, network.get_layer("logits")), name="in_all_turns")


def _in_each(output: dict[str, keras.KerasTensor]) -> dict[str, keras.KerasTensor]:
    """What a network that turns with the picture says of all turns, from what it says of the picture."""
    grids = {name: all_turns(output[name]) for name in ("outline", "maps")}
    return grids | {name: ops.repeat(output[name], TURNS, axis=0) for name in ("logits", "statistics")}


def _joined(outputs: list[dict[str, keras.KerasTensor]], last: layers.Layer) -> dict[str, keras.KerasTensor]:
    maps = layers.Concatenate(name="maps")([one["maps"] for one in outputs])
    return {
        "logits": last(layers.GlobalAveragePooling2D()(maps)),
        "outline": layers.Average(name="outline")([one["outline"] for one in outputs]),
        "maps": maps,
        "statistics": layers.Concatenate(name="statistics")([one["statistics"] for one in outputs]),
    }
