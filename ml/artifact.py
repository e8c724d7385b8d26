"""Makes an artifact of trained networks: their mean, its calibration, its thresholds, its origin.

    python -m ml.artifact --data DIR --version V --runs runs/A [runs/B ...]

A folder of an earlier artifact in place of a run stands for the networks in it.
Everything is fitted on HAM10000's training and validation parts, whatever extra sets the networks were
trained on besides; the test part is not touched.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from PIL import Image

from ml import age, calibrate, conformal, metrics, reader, reference, views
from ml.classifier import compiled
from ml.data import Ham10000, class_indices, default_folder, split_sha256
from ml.images import Crop, square
from ml.known import Known
from ml.labels import CLASSES, MALIGNANT
from ml.manifest import ARTIFACTS, KNOWN, NETWORK, ArtifactError
from ml.members import Member, read_members
from ml.model import average, in_all_turns
from ml.pad import Pad
from ml.recipe import Extra, RecipeError
from ml.strange import strange_pictures

Run = Callable[[np.ndarray], dict[str, np.ndarray]]

# Bands are set by the share of malignant photos of the validation part that they catch.
RAISED_SENSITIVITY = 0.95
LOW_SENSITIVITY = 0.99
# Share of good photos that each check after the network may refuse: of the validation part, and
# of the phone photos, among which are some that nobody could judge.
FAR_SHARE = {"dermatoscopic": 0.0025, "clinical": 0.05}
STRANGE_SHARE, STRANGE_CLINICAL_SHARE = 0.0025, 0.03
UNSTABLE_SHARE = 0.005
# Of the validation part, how many may be taken for plain phone photos.
CLINICAL_SHARE = 0.01
FOLDS = 7
MAX_BYTES = 20_000_000

DATA = {
    "name": "HAM10000",
    "doi": "10.7910/DVN/DBW86T",
    "licence": "CC BY-NC 4.0",
    "images": "200x150 JPEG, all 10,015 dermatoscopic images of 7,470 lesions",
}


def write_artifact(
    *,
    version: str,
    members: list[Member],
    data: Ham10000,
    pad: Pad,
    strange: list[Image.Image],
    root: Path = ARTIFACTS,
) -> Path:
    """Fits all that belongs to the mean of `members` and writes the artifact's folder.

    `strange` are pictures of other things than skin, to learn what to decline.

    Raises `ArtifactError` where the network is too large to ship.
    """
    side = members[0].model.input_shape[1]
    model = average([member.model for member in members], side)
    folder = root / version
    folder.mkdir(parents=True, exist_ok=True)
    save_packed(model, folder / NETWORK)
    figures, known = fit(model, data, pad, strange, side)
    known.save(folder / KNOWN)
    size = sum((folder / name).stat().st_size for name in (NETWORK, KNOWN))
    if size > MAX_BYTES:
        raise ArtifactError(f"{folder} has {size:,} bytes; at most {MAX_BYTES:,} are shipped.")
    manifest = {
        "version": version,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {name: _sha256(folder / name) for name in (NETWORK, KNOWN)},
        "classes": CLASSES,
        "malignant": MALIGNANT,
        "side": side,
        "parameters": model.count_params(),
        **figures,
        "split": {"file": "ml/split.csv", "sha256": split_sha256()},
        "data": DATA | {"extra": [asdict(one) for one in _extra(members)]},
        "licence": "CC BY-NC 4.0, as the images it was trained on",
        "training": {
            "networks": [
                {
                    "command": member.command,
                    "minutes": round(member.minutes, 1),
                    "recipe": asdict(member.recipe),
                }
                for member in members
            ],
            "machine": f"{platform.machine()} CPU, 2 cores",
            "keras": keras.__version__,
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return folder


def _extra(members: list[Member]) -> list[Extra]:
    """What else than HAM10000 the networks were trained on, each set once."""
    found = {one for member in members for one in member.recipe.extra}
    return sorted(found, key=lambda one: (one.site, one.sha256))


def save_packed(model: keras.Model, path: Path) -> None:
    """Keras stores the weights as they are; packed they take an eighth less, and load all the same."""
    model.save(path)
    with zipfile.ZipFile(path) as plain:
        parts = {name: plain.read(name) for name in plain.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def fit(
    model: keras.Model, data: Ham10000, pad: Pad, strange: list[Image.Image], side: int
) -> tuple[dict[str, Any], Known]:
    """Everything of the manifest that is fitted, and what the artifact knows of its photos."""
    run, in_turns = compiled(model), compiled(in_all_turns(model))
    rows = data.part("validation")
    labels, malignant = class_indices(rows), np.array([row.malignant for row in rows])
    looks = (views.look(picture, Crop(), side) for picture in data.pictures(rows))
    # Of all that is seen only this is kept: the maps of a part would fill half a gigabyte.
    seen = [(out["logits"], out["statistics"][0]) for out in map(in_turns, looks)]
    logits = np.stack([one for one, _ in seen])  # (photos, views, classes)
    statistics = np.stack([one for _, one in seen])
    calibration = calibrate.fit_with_odds(logits.mean(axis=1), labels)
    probabilities = calibration.apply(logits.mean(axis=1))
    probability = metrics.malignancy(probabilities)
    spread = metrics.malignancy(calibration.apply(logits)).std(axis=1)
    aged = age.known(rows)
    ages = np.array([row.age for row in rows if row.age is not None])

    training = data.squares(data.part("train"), side)
    known, kind_figures = fit_known(run, training, statistics, pad, strange)
    distances = {
        "dermatoscopic": known.reference.distances(statistics),
        "clinical": known.reference.distances(_statistics(run, pad.squares(pad.rows, side))),
    }
    return {
        "calibration": asdict(calibration),
        "age": asdict(age.fit(probability[aged], ages, malignant[aged])),
        "prevalence": float(malignant.mean()),
        "thresholds": {
            "low": _threshold(malignant, probability, LOW_SENSITIVITY),
            "raised": _threshold(malignant, probability, RAISED_SENSITIVITY),
        },
        "conformal": {"level": conformal.LEVEL, "least": conformal.fit(probabilities, labels)},
        "nearer": views.NEARER,
        "stability": {"most": float(np.quantile(spread, 1 - UNSTABLE_SHARE))},
        "farthest": {
            name: float(np.quantile(distances[name], 1 - share)) for name, share in FAR_SHARE.items()
        },
        "photo_kind": kind_figures,
    }, known


def _threshold(malignant: np.ndarray, probability: np.ndarray, sensitivity: float) -> float:
    """Halfway from the last photo to be flagged to the next one below: rounding on another processor
    carries neither across."""
    last = metrics.threshold_at_sensitivity(malignant, probability, sensitivity)
    return float((last + probability[probability < last].max(initial=0.0)) / 2)


def fit_known(
    run: Run, training: np.ndarray, statistics: np.ndarray, pad: Pad, strange: list[Image.Image]
) -> tuple[Known, dict[str, float]]:
    """The reference and both readers, and how well they read patients they have not seen.

    `training` are uint8 squares (n, side, side, 3) of HAM10000's training part, `statistics` (k, m) the
    network's of its validation part.
    """
    side = training.shape[1]
    origin = reference.fit(_statistics(run, training))

    def read(pixels: np.ndarray, seed: int = 1) -> np.ndarray:
        return origin.standardised(_statistics(run, reader.recompressed(pixels, seed)))

    phone = pad.squares(pad.rows, side)
    # Thrice, each time compressed by another draw: no single quality can mark them.
    clinical = np.stack([read(phone, seed) for seed in range(3)])
    mole, other = read(training[::3]), read(_squares_of(strange, side))
    unseen = origin.standardised(statistics)

    def readers(patients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        plain = np.concatenate(clinical[:, patients])
        skin = np.concatenate([mole, plain])
        return reader.fit(mole, plain, unseen, CLINICAL_SHARE), reader.fit(skin, other, unseen, STRANGE_SHARE)

    patients = np.array([row.patient_id for row in pad.rows])
    folds = np.unique(patients, return_inverse=True)[1] % FOLDS
    said = np.zeros((2, len(phone)))
    for fold in range(FOLDS):
        for number, one in enumerate(readers(folds != fold)):
            said[number, folds == fold] = reader.scores(one, clinical[0, folds == fold])
    is_clinical, is_strange = readers(folds >= 0)
    # Phone photos must not be lost in sorting out other things: raise the bar until few are.
    bar = max(0.0, float(np.quantile(said[1], 1 - STRANGE_CLINICAL_SHARE)))
    is_strange[-1] -= bar
    figures = {
        "folds": FOLDS,
        "clinical_photos": len(phone),
        "clinical_recognised": float((said[0] > 0).mean()),
        "clinical_taken_for_no_skin": float((said[1] > bar).mean()),
    }
    return Known(origin, is_clinical, is_strange), figures


def _squares_of(pictures: list[Image.Image], side: int) -> np.ndarray:
    """Each picture's centre square and four parts of it: uint8 (5 n, side, side, 3)."""
    crops = [Crop(), *(Crop(x, y, 0.6) for x in (0.3, 0.7) for y in (0.3, 0.7))]
    return np.stack([square(picture, crop, side) for picture in pictures for crop in crops])


def _statistics(run: Run, pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([run(pixels[i : i + 64])["statistics"] for i in range(0, len(pixels), 64)])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of both data sets (or LESION_DATA)")
    parser.add_argument("--version", required=True, help="name of the artifact to write")
    parser.add_argument(
        "--runs", type=Path, nargs="+", required=True, help="folders of finished trainings, or of artifacts"
    )
    args = parser.parse_args()
    if not args.data:
        parser.error("say where the data sets are: --data DIR, or LESION_DATA=DIR")
    try:
        folder = write_artifact(
            version=args.version,
            members=[member for folder in args.runs for member in read_members(folder)],
            data=Ham10000(args.data),
            pad=Pad(args.data),
            strange=[picture for _, picture in strange_pictures(part="tuning")],
        )
    except (ArtifactError, FileNotFoundError, RecipeError) as error:
        print(error, file=sys.stderr)
        return 2
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
