"""Two model versions side by side on the same photos."""

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ml import metrics
from ml.classifier import Classifier
from ml.data import PhotoSet, Row, split_sha256
from ml.manifest import ArtifactError, Manifest
from ml.report.scored import Scored, declined, score, truth
from ml.report.tables import percent, table

SIDES = ("old", "new")


def check_comparable(old: Manifest, new: Manifest) -> None:
    """Raises `ArtifactError` where no figure of the two would mean the same.

    That is where they were not split alike: one may have been trained on what the other is measured on.
    """
    splits = [manifest.data.get("split", {}).get("sha256") for manifest in (old, new)]
    pair = f"Models {old.version} and {new.version} can't be compared"
    if splits[0] != splits[1]:
        raise ArtifactError(
            f"{pair}: their splits are not the same (split.sha256 {str(splits[0])[:16]}... and "
            f"{str(splits[1])[:16]}...), so one may have been trained on photos the other is measured on. "
            "Train one of them anew on the other's ml/split.csv."
        )
    if (old.classes, old.malignant) != (new.classes, new.malignant):
        raise ArtifactError(
            f"{pair}: their classes are not the same ({', '.join(old.classes)} and {', '.join(new.classes)}, "
            f"malignant {', '.join(old.malignant)} and {', '.join(new.malignant)})."
        )
    if splits[0] != split_sha256():
        raise ArtifactError(f"{pair} here: both were trained on another split than ml/split.csv.")


def compare(
    old: Classifier, new: Classifier, photos: PhotoSet, rows: list[Row], rounds: int = 1000
) -> dict[str, Any]:
    """Both on the same rows of `photos`, and what they differ by, from `rounds` bootstraps over lesions.

    Declined photos count with the number they would have got, as in `ml.report.scored.headline`.
    """
    malignant, _, lesions = truth(rows)
    scored = [score(classifier, photos.pictures(rows)) for classifier in (old, new)]
    difference = metrics.paired_bootstrap(
        metrics.auc, lesions, malignant, scored[0].malignancy, scored[1].malignancy, rounds=rounds
    )
    return {
        "images": len(rows),
        "lesions": len(set(lesions)),
        "malignant": int(malignant.sum()),
        "old": _figures(old, rows, scored[0]),
        "new": _figures(new, rows, scored[1]),
        "auc_difference": asdict(difference) | {"rounds": rounds},
    }


def _figures(classifier: Classifier, rows: list[Row], scored: Scored) -> dict[str, Any]:
    malignant, _, _ = truth(rows)
    threshold = classifier.manifest.thresholds["raised"]
    flagged = scored.malignancy >= threshold
    return {
        "version": classifier.manifest.version,
        "malignancy_auc": metrics.auc(malignant, scored.malignancy),
        "threshold": threshold,
        "sensitivity": metrics.sensitivity(malignant, flagged),
        "specificity": metrics.specificity(malignant, flagged),
        "ece": metrics.ece(malignant, scored.malignancy),
        "brier": metrics.brier(malignant, scored.malignancy),
        "declined": declined(scored)["all"],
    }


def lines(comparison: dict[str, Any]) -> str:
    """What `compare` found, to read: a table, and the difference in a sentence."""
    sides = [comparison[side] for side in SIDES]
    rows = [[name, *(say(side[key]) for side in sides)] for name, key, say in _ROWS]
    return "\n".join(
        [
            f"{comparison['images']} photos of {comparison['lesions']} lesions, "
            f"{comparison['malignant']} of them malignant",
            "",
            table(["figure", *(side["version"] for side in sides)], rows),
            "",
            _sentence(comparison["auc_difference"]),
        ]
    )


def _sentence(difference: dict[str, Any]) -> str:
    if math.isnan(difference["value"]):
        return "The AUCs can't be compared: it takes malignant and benign photos."
    low, high = difference["interval"]
    return (
        f"AUC, new minus old: {difference['value']:+.4f} (95% interval {low:+.4f} to {high:+.4f}); the new "
        f"one's is higher in {percent(difference['larger'])} of {difference['rounds']:,} paired bootstraps "
        "over lesions."
    )


def _decimals(figure: float) -> str:
    return "undefined" if math.isnan(figure) else f"{figure:.4f}"


def _share(figure: float) -> str:
    return "undefined" if math.isnan(figure) else percent(figure)


_ROWS: list[tuple[str, str, Callable[[Any], str]]] = [
    ("malignancy AUC", "malignancy_auc", _decimals),
    ("raised threshold", "threshold", _decimals),
    ("sensitivity there", "sensitivity", _share),
    ("specificity there", "specificity", _share),
    ("ECE (10 bins)", "ece", _decimals),
    ("Brier score", "brier", _decimals),
    ("photos declined", "declined", str),
]
