"""What lies outside HAM10000: plain phone photos, and pictures that are no skin at all."""

import resource
import time
from typing import Any

import numpy as np

from ml import metrics
from ml.classifier import Classifier
from ml.data import Ham10000, Row
from ml.images import decode
from ml.manifest import Manifest
from ml.outline import dice, mask
from ml.pad import Pad
from ml.quality import CannotJudge
from ml.report.robustness import SIZES, VARIANTS, shrunk
from ml.report.scored import Scored, declined, score
from ml.strange import strange_pictures

# One in so many photos is judged at smaller and smaller sizes, to find where it is declined.
SIZE_STEP = 5
# So many photos, or all where there are fewer, are judged with each change.
ENOUGH_FOR_CHANGES = 500
TIMED = 100


def phone_photos(classifier: Classifier, pad: Pad, rounds: int) -> dict[str, Any]:
    """The figures on PAD-UFES-20's plain phone photos, intervals from bootstraps over patients."""
    scored = score(classifier, pad.pictures(pad.rows))
    malignant = np.array([row.malignant for row in pad.rows])
    patients = np.array([row.patient_id for row in pad.rows])
    probability, threshold = scored.malignancy, classifier.manifest.thresholds["raised"]
    flagged = probability >= threshold
    return {
        "images": len(pad.rows),
        "patients": len(set(patients)),
        "prevalence": float(malignant.mean()),
        "auc": {
            "value": metrics.auc(malignant, probability),
            "interval": metrics.bootstrap(metrics.auc, patients, malignant, probability, rounds=rounds),
        },
        "sensitivity": metrics.sensitivity(malignant, flagged),
        "specificity": metrics.specificity(malignant, flagged),
        "ece": metrics.ece(malignant, probability),
        "declined": declined(scored),
        "photo_kind": classifier.manifest.data["photo_kind"],
    }


def not_skin(classifier: Classifier) -> dict[str, Any]:
    """How many pictures of other things are declined, by half of the set and by kind."""
    out: dict[str, Any] = {}
    for part in ("tuning", "held_out"):
        named = list(strange_pictures(part=part))
        scored = score(classifier, (picture for _, picture in named))
        kinds = np.array([name.split("/")[0] for name, _ in named])
        rejected = scored.declined != ""
        out[part] = {
            "pictures": len(named),
            "declined": float(rejected.mean()),
            "by_code": declined(scored),
            "by_kind": {kind: float(rejected[kinds == kind].mean()) for kind in sorted(set(kinds))},
            "judged": [name for (name, _), gone in zip(named, rejected, strict=True) if not gone],
        }
    return out


def robustness(
    classifier: Classifier, data: Ham10000, rows: list[Row], untouched: Scored
) -> list[dict[str, Any]]:
    """For each change of the photos: AUC, its fall, how far probabilities move, how many are declined.

    `untouched` is what the classifier says of the photos as they are, which comes first. Of many
    photos every so manieth is taken: each change costs as much as judging them all.
    """
    step = max(1, len(rows) // ENOUGH_FOR_CHANGES)
    rows, untouched = rows[::step], untouched.every(step)
    malignant = np.array([row.malignant for row in rows])
    best = metrics.auc(malignant, untouched.malignancy)

    def line(name: str, scored: Scored) -> dict[str, Any]:
        auc = metrics.auc(malignant, scored.malignancy)
        return {
            "change": name,
            "images": len(rows),
            "auc": auc,
            "fall": best - auc,
            "mean_shift": float(np.abs(scored.malignancy - untouched.malignancy).mean()),
            "declined": declined(scored)["all"],
        }

    changed = (
        line(name, score(classifier, map(change, data.pictures(rows)))) for name, change in VARIANTS.items()
    )
    return [line("as it is", untouched), *changed]


def sizes(classifier: Classifier, data: Ham10000, rows: list[Row]) -> list[dict[str, Any]]:
    """AUC and share declined when the photos' centre squares have fewer and fewer pixels."""
    chosen = rows[::SIZE_STEP]
    malignant = np.array([row.malignant for row in chosen])
    out = []
    for side in SIZES:
        scored = score(classifier, (shrunk(picture, side) for picture in data.pictures(chosen)))
        auc, gone = metrics.auc(malignant, scored.malignancy), declined(scored)["all"] / len(chosen)
        out.append({"side": side, "images": len(chosen), "auc": auc, "declined": gone})
    return out


def outlines(data: Ham10000, rows: list[Row], scored: Scored) -> dict[str, float]:
    """Dice of the outlines against the published masks, on the centre square; none found counts as 0."""
    truth = data.square_masks(rows, 128)
    # A mask that leaves the centre square empty has nothing to be found.
    overlap = np.array(
        [
            dice(mask(line), one) if line is not None else 0.0
            for line, one in zip(scored.lines, truth, strict=True)
            if one.any()
        ]
    )
    return {
        "images": len(overlap),
        "dice": float(overlap.mean()),
        "dice_median": float(np.median(overlap)),
        "below_0.8": float((overlap < 0.8).mean()),
    }


def speed(classifier: Classifier, data: Ham10000, rows: list[Row]) -> dict[str, float]:
    """Milliseconds from a file's bytes to everything `ml.predict` says, and the process's largest memory."""
    times = []
    for row in rows[:TIMED]:
        content, start = data.read(row.image_id), time.perf_counter()
        try:
            classifier.predict(decode(content).image)
        except CannotJudge:
            continue
        times.append(1000 * (time.perf_counter() - start))
    return {
        "median_ms": float(np.median(times)),
        "p95_ms": float(np.percentile(times, 95)),
        "artifact_mb": artifact_bytes(classifier.manifest) / 1e6,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def artifact_bytes(manifest: Manifest) -> int:
    return sum((manifest.folder / name).stat().st_size for name in manifest.data["files"])
