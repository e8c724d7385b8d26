"""What one photo costs, and how much of the processor the network uses.

python -m benchmarks.inference [--version V] [--rounds 50]
"""

import argparse
import io
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from ml.classifier import compiled
from ml.images import decode
from ml.manifest import NETWORK, versions
from ml.predict import load_classifier
from ml.quality import CannotJudge
from ml.turning import TurningConv2D

BATCH = 32
MATRIX = 2048


def multiply_accumulates(model: keras.Model) -> int:
    """Of one square, in convolutions and dense layers: the rest is next to nothing."""
    return sum(_of_layer(layer) for layer in _layers(model))


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        yield from _layers(layer) if isinstance(layer, keras.Model) else [layer]


def _of_layer(layer: keras.layers.Layer) -> int:
    # The output of a turning convolution is eight poses wide, and each costs as much as a plain one's.
    if isinstance(layer, keras.layers.Conv2D | TurningConv2D):
        return int(np.prod(layer.kernel.shape)) * layer.output.shape[1] * layer.output.shape[2]
    return int(np.prod(layer.kernel.shape)) if isinstance(layer, keras.layers.Dense) else 0


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def drawn_photo() -> bytes:
    """A 12-megapixel JPEG of a brown spot on skin."""
    image = Image.new("RGB", (4000, 3000), (224, 172, 150))
    ImageDraw.Draw(image).ellipse((1500, 1000, 2500, 1900), fill=(120, 70, 50))
    speckle = Image.effect_noise(image.size, 40).convert("RGB")
    file = io.BytesIO()
    Image.blend(image, speckle, 0.1).save(file, "JPEG", quality=92)
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--version", default=(versions() or [""])[-1])
    parser.add_argument("--rounds", type=int, default=50)
    args = parser.parse_args()
    classifier = load_classifier(args.version)
    model = keras.models.load_model(classifier.manifest.file(NETWORK), compile=False)
    run, side = compiled(model), classifier.manifest.side
    many = np.random.default_rng(1).integers(0, 256, (BATCH, side, side, 3), np.uint8)
    one, matrix, photo = many[:1], tf.random.uniform((MATRIX, MATRIX)), drawn_photo()
    small = decode(photo, max_side=400).image

    def judge(content: Callable[[], Image.Image]) -> None:
        with suppress(CannotJudge):  # what it says of a drawn photo is not the question
            classifier.predict(content())

    ways: dict[str, Callable[[], object]] = {
        "one view, as the site runs it": lambda: run(one),
        "one view, calling the Keras model": lambda: model(one.astype(np.float32), training=False),
        "one view, model.predict": lambda: model.predict(one.astype(np.float32), verbose=0),
        "its sixteen views": lambda: classifier.run(many[:2]),
        f"{BATCH} views": lambda: run(many),
        "everything said of a photo of 400 pixels": lambda: judge(lambda: small),
        "the same from the bytes of 12 megapixels": lambda: judge(lambda: decode(photo, max_side=3000).image),
        "matrix product": lambda: tf.matmul(matrix, matrix).numpy(),
    }
    for way in ways.values():
        way()
    # In turn, so that a busy moment of the machine falls on all of them alike.
    times = [{name: seconds(way) for name, way in ways.items()} for _ in range(args.rounds)]
    median = {name: statistics.median(row[name] for row in times) for name in ways}
    ours, product = median["one view, as the site runs it"], median.pop("matrix product")
    for name, value in median.items():
        print(f"{name:42} {1000 * value:8.1f} ms   {value / ours:6.1f} times one view")
    macs, peak = multiply_accumulates(model), 2 * MATRIX**3 / product
    rate = BATCH / median[f"{BATCH} views"]
    share = 2 * macs * rate / peak
    ratio = median["one view, model.predict"] / ours
    print(f"multiply-accumulates of one view: {macs / 1e6:.1f} million")
    print(f"views a second in batches of {BATCH}: {rate:.0f}")
    print(f"share of the processor's measured peak, {peak / 1e9:.0f} GFLOP/s: {share:.0%}")
    print(f"model.predict takes {ratio:.1f} times as long for one view as the site")


if __name__ == "__main__":
    main()
