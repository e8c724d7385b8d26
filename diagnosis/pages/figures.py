"""What the evaluation measured, in numbers of people's size: so many of a hundred."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from ml.manifest import ArtifactError, Manifest, read_manifest


@dataclass(frozen=True)
class Figures:
    """Counts of a hundred on the test part, which the network never saw before it was measured."""

    lesions: int
    malignant: int
    caught: int
    false_alarms: int
    caught_melanomas: int
    malignant_among_raised: int
    malignant_in_low: int
    told_apart: int
    told_apart_low: int
    told_apart_high: int

    @property
    def missed(self) -> int:
        return 100 - self.caught


def manifest_of(version: str) -> Manifest | None:
    """None where that version's artifact is not here (any more)."""
    try:
        return read_manifest(version, settings.MODEL_FOLDER)
    except ArtifactError:
        return None


def measured(version: str) -> Figures | None:
    """None before the first evaluation, or where a figure is missing or undefined."""
    manifest = manifest_of(version)
    try:
        return _figures(manifest.metrics["test"]) if manifest else None
    except (KeyError, TypeError, ValueError):
        return None


def _figures(test: dict[str, Any]) -> Figures:
    raised, low, auc = test["at_raised"], test["at_low"], test["malignancy_auc"]
    return Figures(
        lesions=int(test["lesions"]),
        malignant=_of_100(test["prevalence"]),
        caught=_of_100(raised["sensitivity"]),
        false_alarms=_of_100(1 - raised["specificity"]),
        caught_melanomas=_of_100(raised["melanoma_sensitivity"]),
        malignant_among_raised=_of_100(raised["ppv"]),
        malignant_in_low=_of_100(1 - low["sensitivity"]),
        told_apart=_of_100(auc["value"]),
        told_apart_low=_of_100(auc["interval"][0]),
        told_apart_high=_of_100(auc["interval"][1]),
    )


def _of_100(share: float) -> int:
    return round(100 * share)


def figure_rows(metrics: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, test and validation figure; a figure that was not measured is left out."""
    return [
        (name, _shown(metrics.get("test"), path), _shown(metrics.get("validation"), path))
        for name, path in ROWS
        if _shown(metrics.get("test"), path)
    ]


def _shown(part: Any, path: str) -> str:
    for key in path.split("."):
        part = part.get(key) if isinstance(part, dict) else None
    if isinstance(part, dict) and "value" in part and "interval" in part:
        return "{:.3f} ({:.3f} to {:.3f})".format(part["value"], *part["interval"])
    if isinstance(part, float):
        return f"{part:.3f}" if path.startswith(("ece", "brier")) else f"{100 * part:.1f}%"
    return f"{part:,}" if isinstance(part, int) else ""


ROWS = [
    ("Photos", "images"),
    ("Moles", "lesions"),
    ("Photos of malignant moles", "prevalence"),
    ("Malignant told from harmless (AUC, with its 95% interval)", "malignancy_auc"),
    ("Malignant photos in the raised band (sensitivity)", "at_raised.sensitivity"),
    ("Melanomas in the raised band", "at_raised.melanoma_sensitivity"),
    ("Harmless photos below the raised band (specificity)", "at_raised.specificity"),
    ("Malignant among those in the raised band (PPV)", "at_raised.ppv"),
    ("Malignant photos above the low band (sensitivity)", "at_low.sensitivity"),
    ("Melanomas above the low band", "at_low.melanoma_sensitivity"),
    ("Harmless photos in the low band (specificity)", "at_low.specificity"),
    ("Calibration error (ECE, with its 95% interval)", "ece"),
    ("Calibration error before calibration", "ece_uncalibrated"),
    ("Brier score (with its 95% interval)", "brier"),
]
