"""What a classifier says of many photos, as arrays, and the figures of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ml import age, calibrate, conformal, metrics, quality
from ml.artifact import RAISED_SENSITIVITY
from ml.classifier import Classifier
from ml.data import Row, class_indices
from ml.labels import CLASSES
from ml.manifest import Manifest

ENOUGH = 10  # malignant and benign photos that a subgroup needs for an AUC


@dataclass(frozen=True)
class Scored:
    """Of n photos: logits and calibrated probabilities (n, 7), malignancy (n,), its spread over the
    views, `declined` (the code, or empty), photo_kind, and the outline of each, or None."""

    logits: np.ndarray
    probabilities: np.ndarray
    spread: np.ndarray
    declined: np.ndarray
    kinds: np.ndarray
    lines: list[np.ndarray | None]

    def every(self, step: int) -> "Scored":
        """Of every so manieth photo, from the first on."""
        return Scored(
            self.logits[::step],
            self.probabilities[::step],
            self.spread[::step],
            self.declined[::step],
            self.kinds[::step],
            self.lines[::step],
        )

    @property
    def malignancy(self) -> np.ndarray:
        return metrics.malignancy(self.probabilities)


def score(classifier: Classifier, pictures: Iterable[Image.Image]) -> Scored:
    """Judges the centre squares of RGB pictures, and notes which would be declined."""
    seen, codes = [], []
    for picture in pictures:
        squares = classifier.look(picture)
        seen.append(classifier.see(squares))
        refusal = refused_before(picture, squares[0]) or classifier.refusal(seen[-1])
        codes.append(refusal.code if refusal else "")
    return Scored(
        np.stack([one.logits for one in seen]),
        np.stack([one.probabilities for one in seen]),
        np.array([one.stability for one in seen]),
        np.array(codes),
        np.array([one.photo_kind for one in seen]),
        [one.line for one in seen],
    )


def refused_before(picture: Image.Image, pixels: np.ndarray) -> quality.CannotJudge | None:
    """The refusal by the checks before the network, or None."""
    try:
        quality.check_square(min(picture.size))
        quality.check(pixels)
    except quality.CannotJudge as refusal:
        return refusal
    return None


def headline(classifier: Classifier, rows: list[Row], scored: Scored, rounds: int) -> dict[str, Any]:
    """The figures of one part, intervals from `rounds` bootstraps over lesions."""
    malignant, melanoma, lesions = truth(rows)
    labels, probability = class_indices(rows), scored.malignancy
    thresholds, answered = classifier.manifest.thresholds, scored.declined == ""
    own_95 = metrics.threshold_at_sensitivity(malignant, probability, RAISED_SENSITIVITY)
    raw = metrics.malignancy(calibrate.identity(len(CLASSES)).apply(scored.logits))
    inside = conformal.members(scored.probabilities, classifier.least_probable)

    def with_interval(figure: Callable[..., float], chosen: Any = slice(None)) -> dict[str, Any]:
        arrays = malignant[chosen], probability[chosen]
        interval = metrics.bootstrap(figure, lesions[chosen], *arrays, rounds=rounds)
        return {"value": figure(*arrays), "interval": interval}

    return {
        "images": len(rows),
        "lesions": len(set(lesions)),
        "prevalence": float(malignant.mean()),
        "malignancy_auc": with_interval(metrics.auc),
        "malignancy_auc_without_declined": with_interval(metrics.auc, answered),
        "malignancy_auc_without_akiec": with_interval(metrics.auc, labels != CLASSES.index("akiec")),
        "with_age": with_age(classifier.manifest, rows, probability, rounds),
        "at_raised": at_threshold(malignant, melanoma, probability, thresholds["raised"], answered),
        "at_low": at_threshold(malignant, melanoma, probability, thresholds["low"], answered),
        "at_own_95": at_threshold(malignant, melanoma, probability, own_95, answered),
        "ece": with_interval(metrics.ece),
        "ece_uncalibrated": metrics.ece(malignant, raw),
        "brier": with_interval(metrics.brier),
        "brier_uncalibrated": metrics.brier(malignant, raw),
        "classes": class_figures(labels, scored.probabilities),
        "conformal": {
            "coverage": float(inside[np.arange(len(labels)), labels].mean()),
            "mean_size": float(inside.sum(axis=1).mean()),
        },
        "declined": declined(scored),
        "called_clinical": float((scored.kinds == "clinical").mean()),
        "subgroups": subgroups(rows, scored, thresholds["raised"], rounds),
        "curves": curves(malignant, probability, labels, scored.probabilities),
    }


def with_age(
    manifest: Manifest, rows: list[Row], probability: np.ndarray, rounds: int
) -> dict[str, Any] | None:
    """Figures of picture and age together, beside the picture alone, where the age is known.

    None where the version tells nothing of ages.
    """
    if "age" not in manifest.data:
        return None
    malignant, _, lesions = (one[age.known(rows)] for one in truth(rows))
    alone = probability[age.known(rows)]
    ages = [row.age for row in rows if row.age is not None]
    together = np.array([manifest.with_age(p, years) for p, years in zip(alone, ages, strict=True)])

    def with_interval(figure: Callable[..., float], chosen: np.ndarray) -> dict[str, Any]:
        interval = metrics.bootstrap(figure, lesions, malignant, chosen, rounds=rounds)
        return {"value": figure(malignant, chosen), "interval": interval}

    return {
        "images": len(ages),
        "malignancy_auc": with_interval(metrics.auc, together),
        "malignancy_auc_of_the_picture": with_interval(metrics.auc, alone),
        "ece": with_interval(metrics.ece, together),
        "brier": with_interval(metrics.brier, together),
    }


def declined(scored: Scored) -> dict[str, int]:
    """How many photos were declined, by code and in all."""
    codes = scored.declined[scored.declined != ""]
    names, counts = np.unique(codes, return_counts=True)
    return {"all": len(codes)} | {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def at_threshold(
    malignant: np.ndarray,
    melanoma: np.ndarray,
    probability: np.ndarray,
    threshold: float,
    answered: np.ndarray,
) -> dict[str, float]:
    """What flagging `probability >= threshold` catches. Benign photos do not count against melanoma.

    With `answered`, a declined malignant photo counts as missed in `sensitivity_declined_missed`.
    """
    flagged = probability >= threshold
    return {
        "threshold": threshold,
        "sensitivity": metrics.sensitivity(malignant, flagged),
        "sensitivity_declined_missed": metrics.sensitivity(malignant, flagged & answered),
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


def subgroups(rows: list[Row], scored: Scored, threshold: float, rounds: int) -> dict[str, Any]:
    """For each sex, age band, body site and `dx_type`: photos, malignant ones, AUC, sensitivity, specificity.

    The AUC is missing where there are fewer than ten malignant or benign photos.
    """
    malignant, _, lesions = truth(rows)
    ways: dict[str, Callable[[Row], str]] = {
        "sex": lambda row: row.sex,
        "age": lambda row: _age_band(row.age),
        "site": lambda row: row.localization,
        "dx_type": lambda row: row.dx_type,
    }
    out: dict[str, Any] = {}
    for way, name_of in ways.items():
        names = np.array([name_of(row) for row in rows])
        for name in sorted(set(names)):
            inside = names == name
            positive, probability = malignant[inside], scored.malignancy[inside]
            figures: dict[str, Any] = {
                "images": int(inside.sum()),
                "malignant": int(positive.sum()),
                "sensitivity": metrics.sensitivity(positive, probability >= threshold),
                "specificity": metrics.specificity(positive, probability >= threshold),
            }
            if min(positive.sum(), (~positive).sum()) >= ENOUGH:
                interval = metrics.bootstrap(
                    metrics.auc, lesions[inside], positive, probability, rounds=rounds
                )
                figures["auc"] = {"value": metrics.auc(positive, probability), "interval": interval}
            out.setdefault(way, {})[name] = figures
    return out


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


def _age_band(age: float | None) -> str:
    if age is None:
        return "unknown"
    return "under 40" if age < 40 else "40 to 59" if age < 60 else "60 and over"


def truth(rows: list[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Malignant, melanoma (bool) and lesion of each row."""
    return (
        np.array([row.malignant for row in rows]),
        np.array([row.dx == "mel" for row in rows]),
        np.array([row.lesion_id for row in rows]),
    )
