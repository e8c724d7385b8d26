"""Measures a trained network on the parts of HAM10000 it was not trained on.

python -m ml.evaluate --data DIR              JSON on the screen, JSON and pictures in reports/VERSION
python -m ml.evaluate --data DIR --record     the figures also into the artifact's manifest and card
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from ml import calibrate, metrics, quality
from ml.artifact import LOW_SENSITIVITY, RAISED_SENSITIVITY, malignancy
from ml.card import write_card
from ml.data import Ham10000, Row, class_indices, default_folder, split_sha256
from ml.figures import draw_figures
from ml.labels import CLASSES
from ml.manifest import ARTIFACTS_HELP, ArtifactError, artifacts_folder, versions
from ml.predict import Classifier, load_classifier


def evaluate_part(classifier: Classifier, rows: list[Row], pixels: np.ndarray, rounds: int) -> dict[str, Any]:
    """The figures of one part: uint8 `pixels` (n, side, side, 3), intervals from `rounds` bootstraps."""
    logits = np.concatenate([classifier.logits(pixels[i : i + 64]) for i in range(0, len(pixels), 64)])
    probabilities = classifier.probabilities(logits)
    probability = malignancy(probabilities)
    raw = malignancy(calibrate.identity(len(CLASSES)).apply(logits))
    malignant = np.array([row.malignant for row in rows])
    melanoma = np.array([row.dx == "mel" for row in rows])
    lesions = np.array([row.lesion_id for row in rows])
    thresholds = classifier.manifest.thresholds
    own_95 = metrics.threshold_at_sensitivity(malignant, probability, RAISED_SENSITIVITY)

    def with_interval(figure: Any) -> dict[str, Any]:
        interval = metrics.bootstrap(figure, lesions, malignant, probability, rounds=rounds)
        return {"value": figure(malignant, probability), "interval": interval}

    return {
        "images": len(rows),
        "lesions": len(set(lesions)),
        "prevalence": float(malignant.mean()),
        "malignancy_auc": with_interval(metrics.auc),
        "at_raised": at_threshold(malignant, melanoma, probability, thresholds["raised"]),
        "at_low": at_threshold(malignant, melanoma, probability, thresholds["low"]),
        "at_own_95": at_threshold(malignant, melanoma, probability, own_95),
        "ece": with_interval(metrics.ece),
        "ece_uncalibrated": metrics.ece(malignant, raw),
        "brier": with_interval(metrics.brier),
        "brier_uncalibrated": metrics.brier(malignant, raw),
        "classes": class_figures(class_indices(rows), probabilities),
        "declined": declined(pixels),
        "curves": curves(malignant, probability, class_indices(rows), probabilities),
    }


def at_threshold(
    malignant: np.ndarray, melanoma: np.ndarray, probability: np.ndarray, threshold: float
) -> dict[str, float]:
    """What flagging `probability >= threshold` catches. Benign photos do not count against melanoma."""
    flagged = probability >= threshold
    return {
        "threshold": threshold,
        "sensitivity": metrics.sensitivity(malignant, flagged),
        "specificity": metrics.specificity(malignant, flagged),
        "ppv": metrics.ppv(malignant, flagged),
        "melanoma_sensitivity": metrics.sensitivity(melanoma, flagged),
    }


def class_figures(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Accuracy, balanced accuracy, and for each class its images, recall and one-against-rest AUC."""
    chosen = probabilities.argmax(axis=1)
    each = {
        name: {
            "images": int((labels == number).sum()),
            "recall": metrics.sensitivity(labels == number, chosen == number),
            "auc": metrics.auc(labels == number, probabilities[:, number]),
        }
        for number, name in enumerate(CLASSES)
    }
    return {
        "accuracy": float((chosen == labels).mean()),
        "balanced_accuracy": float(np.nanmean([figures["recall"] for figures in each.values()])),
        "macro_auc": float(np.nanmean([figures["auc"] for figures in each.values()])),
        "each": each,
    }


def declined(pixels: np.ndarray) -> int:
    """How many photos the checks before the network would wrongly refuse."""
    return sum(_refused(image) for image in pixels)


def _refused(image: np.ndarray) -> bool:
    try:
        quality.check(image)
    except quality.CannotJudge:
        return True
    return False


def curves(
    malignant: np.ndarray, probability: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> dict[str, Any]:
    """What the pictures draw."""
    false, true = metrics.roc(malignant, probability)
    confusion = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    return {
        "roc": {"false": false.tolist(), "true": true.tolist()},
        "reliability": metrics.reliability(malignant, probability),
        "confusion": confusion.tolist(),
    }


def evaluate(classifier: Classifier, data: Ham10000, rounds: int = 1000) -> dict[str, Any]:
    """The figures of the validation and the test part. Raises `ArtifactError` on another split's model."""
    if classifier.manifest.data["split"]["sha256"] != split_sha256():
        version = classifier.manifest.version
        raise ArtifactError(f"Model {version} was trained on another split than ml/split.csv.")
    parts = {}
    for part in ("validation", "test"):
        rows = data.part(part)
        parts[part] = evaluate_part(classifier, rows, data.squares(rows, classifier.manifest.side), rounds)
    return parts


def record(classifier: Classifier, parts: dict[str, Any]) -> None:
    """Keep the figures (without the curves) in the manifest, and write the card from it."""
    manifest = classifier.manifest
    short = {part: {k: v for k, v in figures.items() if k != "curves"} for part, figures in parts.items()}
    manifest.data["metrics"] = short | {"bands": {"low": LOW_SENSITIVITY, "raised": RAISED_SENSITIVITY}}
    (manifest.folder / "manifest.json").write_text(json.dumps(manifest.data, indent=2) + "\n")
    write_card(manifest)
    draw_figures(parts["test"]["curves"], manifest.folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--version", help="model version (default: the last by name)")
    parser.add_argument("--artifacts", type=Path, default=artifacts_folder(), help=ARTIFACTS_HELP)
    parser.add_argument("--out", type=Path, help="folder of the report (default: reports/VERSION)")
    parser.add_argument("--record", action="store_true", help="write the figures into the artifact")
    args = parser.parse_args()
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    version = args.version or (versions(args.artifacts) or [""])[-1]
    try:
        classifier = load_classifier(version, args.artifacts)
        parts = evaluate(classifier, Ham10000(args.data))
    except (ArtifactError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    folder = args.out or Path("reports") / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(parts, indent=2) + "\n")
    draw_figures(parts["test"]["curves"], folder)
    if args.record:
        record(classifier, parts)
    for figures in parts.values():
        del figures["curves"]
    print(json.dumps(parts, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
