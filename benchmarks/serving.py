"""One photo through the network in three ways, in turn, in one run.

python -m benchmarks.serving [--version plain96-1] [--rounds 200]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import keras
import numpy as np

from ml.manifest import versions
from ml.predict import load_classifier


def milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--version", default=(versions() or [""])[-1])
    parser.add_argument("--rounds", type=int, default=200)
    args = parser.parse_args()
    classifier = load_classifier(args.version)
    model = keras.models.load_model(classifier.manifest.weights(), compile=False)
    side = classifier.manifest.side
    photo = np.random.default_rng(1).integers(0, 256, (1, side, side, 3), np.uint8)
    ways: dict[str, Callable[[], object]] = {
        "Classifier.logits (what the site does)": lambda: classifier.logits(photo),
        "calling the Keras model": lambda: model(photo.astype(np.float32), training=False),
        "model.predict": lambda: model.predict(photo.astype(np.float32), verbose=0),
    }
    for way in ways.values():
        way()
    # In turn, so that a busy moment of the machine falls on all of them alike.
    times = [{name: milliseconds(way) for name, way in ways.items()} for _ in range(args.rounds)]
    ours = statistics.median(row["Classifier.logits (what the site does)"] for row in times)
    for name in ways:
        median = statistics.median(row[name] for row in times)
        print(f"{name:40} median {median:7.2f} ms   {median / ours:5.1f} times ours")


if __name__ == "__main__":
    main()
