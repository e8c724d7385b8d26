"""The only door to the network.

python -m ml.predict FILE...       one JSON line a file; a folder is walked
python -m ml.predict --csv FILE... a table
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from ml import quality
from ml.calibrate import Calibration
from ml.images import BadImage, Crop, decode, square
from ml.manifest import (
    ARTIFACTS,
    ARTIFACTS_HELP,
    ArtifactError,
    Manifest,
    artifacts_folder,
    read_manifest,
    versions,
)

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
COLUMNS = ("file", "malignancy_probability", "band", "model_version", "error")


@dataclass(frozen=True)
class Result:
    """What one model version says of one photo. `malignancy_probability` is the sum of the
    malignant classes of `class_probabilities`, which are calibrated and add up to 1."""

    malignancy_probability: float
    class_probabilities: dict[str, float]
    band: str
    model_version: str


class Classifier:
    """One trained network, compiled once for batches of any length."""

    def __init__(self, manifest: Manifest, model: keras.Model):
        calibration = manifest.data["calibration"]
        self.manifest = manifest
        self._calibration = Calibration(calibration["temperature"], tuple(calibration["biases"]))
        self._malignant = [manifest.classes.index(name) for name in manifest.malignant]
        manifest.band(0.0)  # without thresholds it fails here, not at the first photo
        # A function with one fixed signature is 4 to 44 times faster than `model.predict`.
        signature = tf.TensorSpec((None, manifest.side, manifest.side, 3), tf.float32)
        self._logits = tf.function(lambda x: model(x, training=False), input_signature=[signature])
        self.logits(np.zeros((1, manifest.side, manifest.side, 3), np.uint8))

    def logits(self, pixels: np.ndarray) -> np.ndarray:
        """Uncalibrated logits float32 (n, classes) of uint8 pixels (n, side, side, 3)."""
        return self._logits(tf.constant(pixels, tf.float32)).numpy()

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated class probabilities (n, classes)."""
        return self._calibration.apply(logits)

    def predict(self, image: Image.Image, crop: Crop | None = None) -> Result:
        """Judge the crop (the centre square by default) of an upright RGB picture.

        Raises `quality.CannotJudge` where nothing can be said of it.
        """
        crop = crop or Crop()
        quality.check_square(crop.size * min(image.size))
        pixels = square(image, crop, self.manifest.side)
        quality.check(pixels)
        probabilities = self.probabilities(self.logits(pixels[None]))[0]
        # Rounding may carry the sum of three near-certain classes a hair beyond 1.
        malignancy = min(float(probabilities[self._malignant].sum()), 1.0)
        return Result(
            malignancy_probability=malignancy,
            class_probabilities=dict(zip(self.manifest.classes, map(float, probabilities), strict=True)),
            band=self.manifest.band(malignancy),
            model_version=self.manifest.version,
        )


def load_classifier(version: str, root: Path = ARTIFACTS) -> Classifier:
    """The classifier of one model version, warmed. Raises `ArtifactError` naming what is wrong."""
    manifest = read_manifest(version, root)
    path = manifest.weights()
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # whatever Keras stumbles over, the file is of no use
        raise ArtifactError(f"Model {version}: Keras could not load {path.name}: {error}") from error
    try:
        expected = ((None, manifest.side, manifest.side, 3), (None, len(manifest.classes)))
        if (model.input_shape, model.output_shape) != expected:
            raise ArtifactError(f"Model {version}: the network's shapes are not those of its manifest.")
        return Classifier(manifest, model)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"Model {version}: its manifest.json is damaged: {error!r}.") from error


def predict_file(classifier: Classifier, path: Path) -> dict[str, Any]:
    """`Result` as a dictionary with `file`, or `file` and `error`."""
    try:
        result = classifier.predict(decode(path.read_bytes()).image)
        return {"file": str(path), **asdict(result)}
    except BadImage as error:
        return {"file": str(path), "error": error.message}
    except quality.CannotJudge as error:
        return {"file": str(path), "error": error.reason}
    except OSError as error:
        return {"file": str(path), "error": f"The file could not be read: {error.strerror}."}


def _walk(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def main() -> int:
    parser = argparse.ArgumentParser(description="Malignancy probability of photos. It is not a diagnosis.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a photo, or a folder of photos")
    parser.add_argument("--csv", action="store_true", help="a table instead of JSON lines")
    parser.add_argument("--version", help=f"model version (there are: {', '.join(versions()) or 'none'})")
    parser.add_argument("--artifacts", type=Path, default=artifacts_folder(), help=ARTIFACTS_HELP)
    args = parser.parse_args()
    version = args.version or os.environ.get("MODEL_VERSION") or (versions(args.artifacts) or [""])[-1]
    try:
        classifier = load_classifier(version, args.artifacts)
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 2
    # A name that is no text is written as the bytes it has.
    sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    classes = classifier.manifest.classes
    table = csv.DictWriter(sys.stdout, [*COLUMNS, *classes], extrasaction="ignore", lineterminator="\n")
    if args.csv:
        table.writeheader()
    failed = seen = 0
    for path in _walk(args.files):
        row = predict_file(classifier, path)
        seen, failed = seen + 1, failed + ("error" in row)
        if args.csv:
            table.writerow(row | row.get("class_probabilities", {}))
        else:
            print(json.dumps(row), flush=True)
    if not seen:
        print("There is no photo (.jpg, .jpeg, .png, .webp) in there.", file=sys.stderr)
    return 1 if failed or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
