"""The only door to the network.

python -m ml.predict FILE...                one JSON line a file; a folder is walked
python -m ml.predict --csv FILE...          a table
python -m ml.predict --overlay DIR FILE...  the outline and the explanation as pictures besides
python -m ml.predict --prevalence P FILE... the probability where a share P of the moles is malignant besides
python -m ml.predict --age YEARS FILE...    the probability of picture and age together besides
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from ml import quality
from ml.classifier import Classifier, Result
from ml.images import MIN_CROP_PIXELS, BadImage, decode
from ml.known import Known
from ml.manifest import (
    ARTIFACTS,
    ARTIFACTS_HELP,
    KNOWN,
    NETWORK,
    ArtifactError,
    Manifest,
    artifacts_folder,
    read_manifest,
    versions,
)
from ml.model import OUTPUTS
from ml.overlay import write_overlays

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
COLUMNS = (
    "file",
    "malignancy_probability",
    "band",
    "photo_kind",
    "stability",
    "distance",
    "declined",
    "model_version",
    "error",
)


def load_classifier(version: str, root: Path = ARTIFACTS) -> Classifier:
    """The classifier of one model version, warmed. Raises `ArtifactError` naming what is wrong."""
    manifest = read_manifest(version, root)
    network, known = manifest.file(NETWORK), manifest.file(KNOWN)
    try:
        model = keras.models.load_model(network, compile=False)
    except Exception as error:  # whatever Keras stumbles over, the file is of no use
        raise ArtifactError(f"Model {version}: Keras could not load {network.name}: {error}") from error
    try:
        if model.input_shape != (None, manifest.side, manifest.side, 3) or not _gives(model, manifest):
            raise ArtifactError(f"Model {version}: the network's shapes are not those of its manifest.")
        return Classifier(manifest, model, Known.load(known))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"Model {version}: its manifest.json is damaged: {error!r}.") from error


def _gives(model: keras.Model, manifest: Manifest) -> bool:
    """Whether the network has the outputs of `ml.model.build`, for the manifest's classes."""
    shapes = dict(zip(model.output_names, model.output_shape, strict=True))
    return set(shapes) == set(OUTPUTS) and shapes["logits"] == (None, len(manifest.classes))


def predict_file(
    classifier: Classifier,
    path: Path,
    *,
    prevalence: float | None = None,
    age: float | None = None,
    overlay: Path | None = None,
) -> dict[str, Any]:
    """One line of output: `Result` with `file`, and with `declined`: None, or why there is no probability.

    What can't be read as a photo has an `error` besides. With `prevalence`, `at_prevalence` is the malignancy
    probability there, which nobody has validated. With `age` in years, `with_age` is that of picture and age
    together. Neither changes the band. With `overlay`, two pictures are written into that folder.
    """
    row: dict[str, Any] = {"file": str(path)} | dict.fromkeys((f.name for f in fields(Result)), None)
    row |= {"model_version": classifier.manifest.version, "declined": None}
    try:
        image = decode(path.read_bytes(), min_side=MIN_CROP_PIXELS).image
        result = classifier.predict(image)
    except BadImage as error:
        return row | {"declined": error.message, "error": error.message}
    except quality.CannotJudge as error:
        return row | {"declined": error.reason, "declined_code": error.code, "advice": error.advice}
    except OSError as error:
        message = f"The file could not be read: {error.strerror}."
        return row | {"declined": message, "error": message}
    if prevalence:
        shifted = classifier.manifest.at_prevalence(result.malignancy_probability, prevalence)
        row["at_prevalence"] = {
            "prevalence": prevalence,
            "malignancy_probability": shifted,
            "validated": False,
        }
    if age is not None:
        together = classifier.manifest.with_age(result.malignancy_probability, age)
        row["with_age"] = {"age": age, "malignancy_probability": together}
    if overlay:
        write_overlays(result, image, overlay / path.stem)
    return row | asdict(result)


def _walk(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def main() -> int:
    args = _arguments()
    version = args.version or os.environ.get("MODEL_VERSION") or (versions(args.artifacts) or [""])[-1]
    try:
        classifier = load_classifier(version, args.artifacts)
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 2
    if args.overlay:
        args.overlay.mkdir(parents=True, exist_ok=True)
    # A name that is no text is written as the bytes it has.
    sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    classes = classifier.manifest.classes
    table = csv.DictWriter(sys.stdout, [*COLUMNS, *classes], extrasaction="ignore", lineterminator="\n")
    if args.csv:
        table.writeheader()
    failed = seen = 0
    for path in _walk(args.files):
        row = predict_file(classifier, path, prevalence=args.prevalence, age=args.age, overlay=args.overlay)
        seen, failed = seen + 1, failed + ("error" in row)
        if args.csv:
            table.writerow(row | (row["class_probabilities"] or {}))
        else:
            print(json.dumps(row), flush=True)
    if not seen:
        print("There is no photo (.jpg, .jpeg, .png, .webp) in there.", file=sys.stderr)
    return 1 if failed or not seen else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Malignancy probability of photos. It is not a diagnosis.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a photo, or a folder of photos")
    parser.add_argument("--csv", action="store_true", help="a table instead of JSON lines")
    parser.add_argument(
        "--prevalence", type=_share, help="share of malignant moles where the photos come from"
    )
    parser.add_argument("--age", type=_years, metavar="YEARS", help="age of the person on the photos")
    parser.add_argument(
        "--overlay", type=Path, metavar="DIR", help="write outline and explanation as pictures"
    )
    parser.add_argument("--version", help=f"model version (there are: {', '.join(versions()) or 'none'})")
    parser.add_argument("--artifacts", type=Path, default=artifacts_folder(), help=ARTIFACTS_HELP)
    return parser.parse_args()


def _years(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 120:
        raise argparse.ArgumentTypeError(f"{text} is no age in years")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
