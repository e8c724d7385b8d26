"""Writes an artifact: the network, its calibration and thresholds, and where they came from."""

import hashlib
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ml import calibrate, metrics
from ml.data import Row, class_indices, split_sha256
from ml.labels import CLASSES, MALIGNANT, MALIGNANT_INDICES
from ml.manifest import ARTIFACTS

# Bands are set by the share of malignant photos of the validation part that they catch.
RAISED_SENSITIVITY = 0.95
LOW_SENSITIVITY = 0.99
MAX_BYTES = 20_000_000
FOLDERS = ("--data", "--run")

DATA = {
    "name": "HAM10000",
    "doi": "10.7910/DVN/DBW86T",
    "licence": "CC BY-NC 4.0",
    "images": "200x150 JPEG, all 10,015 dermatoscopic images of 7,470 lesions",
}


def write_artifact(
    *,
    version: str,
    model: keras.Model,
    recipe: dict[str, Any],
    minutes: float,
    logits: np.ndarray,
    rows: list[Row],
    root: Path = ARTIFACTS,
) -> Path:
    """Calibrates on the validation part's `logits` (n, 7) and `rows`, and writes the artifact's folder.

    Raises `ValueError` where the network is too large to ship.
    """
    labels = class_indices(rows)
    calibration = calibrate.fit(logits, labels)
    probability = malignancy(calibration.apply(logits))
    malignant = np.array([row.malignant for row in rows])
    folder = root / version
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.keras"
    model.save(path)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are shipped.")
    manifest = {
        "version": version,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "classes": CLASSES,
        "malignant": MALIGNANT,
        "side": model.input_shape[1],
        "parameters": model.count_params(),
        "calibration": {"temperature": calibration.temperature, "biases": calibration.biases},
        "thresholds": {
            "low": metrics.threshold_at_sensitivity(malignant, probability, LOW_SENSITIVITY),
            "raised": metrics.threshold_at_sensitivity(malignant, probability, RAISED_SENSITIVITY),
        },
        "split": {"file": "ml/split.csv", "sha256": split_sha256()},
        "data": DATA,
        "licence": "CC BY-NC 4.0, as the images it was trained on",
        "training": {
            "command": "python -m ml.train " + " ".join(_public_arguments(sys.argv[1:])),
            "recipe": recipe,
            "minutes": round(minutes, 1),
            "machine": f"{platform.machine()} CPU, 2 cores",
            "keras": keras.__version__,
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return folder


def malignancy(probabilities: np.ndarray) -> np.ndarray:
    """Malignancy probability (n,): the sum of the malignant classes of (n, 7)."""
    return probabilities[:, list(MALIGNANT_INDICES)].sum(axis=1)


def _public_arguments(arguments: list[str]) -> list[str]:
    """The command's arguments with folders of this machine left out."""
    shown: list[str] = []
    for argument in arguments:
        name, _, value = argument.partition("=")
        if shown and shown[-1] in FOLDERS:
            shown.append("DIR")
        else:
            shown.append(f"{name}=DIR" if value and name in FOLDERS else argument)
    return shown
