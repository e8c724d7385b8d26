"""What the evaluation measured, in numbers of people's size: so many of a hundred."""

import math
from dataclasses import dataclass
from typing import Any

from ml.manifest import Manifest


@dataclass(frozen=True)
class Figures:
    """Counts of a hundred on the test part, which the network never saw before it was measured."""

    lesions: int
    malignant: int
    caught: int
    false_alarms: int
    caught_melanomas: int
    told_apart: int
    told_apart_low: int
    told_apart_high: int

    @property
    def missed(self) -> int:
        return 100 - self.caught


def measured(manifest: Manifest | None) -> Figures | None:
    """None before the first evaluation, or where a figure is missing or undefined."""
    try:
        return _figures(manifest.metrics["test"]) if manifest else None
    except (KeyError, TypeError, ValueError):
        return None


def _figures(test: dict[str, Any]) -> Figures:
    raised, auc = test["at_raised"], test["malignancy_auc"]
    return Figures(
        lesions=int(test["lesions"]),
        malignant=_of_100(test["prevalence"]),
        caught=_of_100(raised["sensitivity"]),
        false_alarms=_of_100(1 - raised["specificity"]),
        caught_melanomas=_of_100(raised["melanoma_sensitivity"]),
        told_apart=_of_100(auc["value"]),
        told_apart_low=_of_100(auc["interval"][0]),
        told_apart_high=_of_100(auc["interval"][1]),
    )


def band_figures(manifest: Manifest | None, band: str) -> str:
    """How the line at which the band begins or ends did when it was measured; empty where it was not."""
    try:
        # The unclear band begins where the low one ends.
        figures = (
            manifest.band_figures("raised" if band == "raised" else "low") if manifest and band else None
        )
    except (KeyError, TypeError, ValueError):
        return ""
    if not figures or any(map(math.isnan, figures.values())):
        return ""
    caught, spared, right = (f"{100 * figures[key]:.1f}%" for key in ("sensitivity", "specificity", "ppv"))
    return BAND_FIGURES[band].format(caught=caught, spared=spared, right=right)


BAND_FIGURES = {
    "low": "of the malignant photos {caught} were above this band (sensitivity), and of the harmless ones "
    "{spared} were in it (specificity). Of the photos above it {right} were malignant (PPV).",
    "unclear": "of the malignant photos {caught} were in this band or above it (sensitivity), and of the "
    "harmless ones {spared} were below it (specificity). Of the photos in it or above {right} were "
    "malignant (PPV).",
    "raised": "of the malignant photos {caught} were in this band (sensitivity), and of the harmless ones "
    "{spared} were below it (specificity). Of the photos in it {right} were malignant (PPV).",
}


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
