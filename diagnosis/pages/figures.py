"""What the evaluation measured, in numbers of people's size: so many of a hundred."""

import math
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.pages.wording import decimal, exact_percent, whole
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
    caught, spared, right = (exact_percent(figures[key]) for key in ("sensitivity", "specificity", "ppv"))
    return str(BAND_FIGURES[band]).format(caught=caught, spared=spared, right=right)


BAND_FIGURES = {
    "low": _(
        "of the malignant photos {caught} were above this band (sensitivity), and of the harmless ones "
        "{spared} were in it (specificity). Of the photos above it {right} were malignant (PPV)."
    ),
    "unclear": _(
        "of the malignant photos {caught} were in this band or above it (sensitivity), and of the "
        "harmless ones {spared} were below it (specificity). Of the photos in it or above {right} were "
        "malignant (PPV)."
    ),
    "raised": _(
        "of the malignant photos {caught} were in this band (sensitivity), and of the harmless ones "
        "{spared} were below it (specificity). Of the photos in it {right} were malignant (PPV)."
    ),
}


def _of_100(share: float) -> int:
    return round(100 * share)


def figure_rows(metrics: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, test and validation figure; a figure that was not measured is left out."""
    return [
        (str(name), _shown(metrics.get("test"), path), _shown(metrics.get("validation"), path))
        for name, path in ROWS
        if _shown(metrics.get("test"), path)
    ]


def _shown(part: Any, path: str) -> str:
    for key in path.split("."):
        part = part.get(key) if isinstance(part, dict) else None
    if isinstance(part, dict) and "value" in part and "interval" in part:
        value, low, high = (decimal(number, 3) for number in (part["value"], *part["interval"]))
        return gettext("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}
    if isinstance(part, float):
        return decimal(part, 3) if path.startswith(("ece", "brier")) else exact_percent(part)
    return whole(part) if isinstance(part, int) else ""


ROWS = [
    (_("Photos"), "images"),
    (_("Moles"), "lesions"),
    (_("Photos of malignant moles"), "prevalence"),
    (_("Malignant told from harmless (AUC, with its 95% interval)"), "malignancy_auc"),
    (_("Malignant photos in the raised band (sensitivity)"), "at_raised.sensitivity"),
    (_("Melanomas in the raised band"), "at_raised.melanoma_sensitivity"),
    (_("Harmless photos below the raised band (specificity)"), "at_raised.specificity"),
    (_("Malignant among those in the raised band (PPV)"), "at_raised.ppv"),
    (_("Malignant photos above the low band (sensitivity)"), "at_low.sensitivity"),
    (_("Melanomas above the low band"), "at_low.melanoma_sensitivity"),
    (_("Harmless photos in the low band (specificity)"), "at_low.specificity"),
    (_("Calibration error (ECE, with its 95% interval)"), "ece"),
    (_("Calibration error before calibration"), "ece_uncalibrated"),
    (_("Brier score (with its 95% interval)"), "brier"),
]
