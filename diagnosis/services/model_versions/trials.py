"""What a version on trial said, beside what the current one said of the same photos."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from diagnosis.models import Case, Mismatch, ModelVersion, ShadowPrediction
from diagnosis.models.opinion import MALIGNANT
from diagnosis.models.version import ShadowQuerySet
from diagnosis.statistics.collection.truth import OfPhoto


@dataclass(frozen=True)
class Ranking:
    """Both versions' AUC on the photos whose truth is known: the laboratory's word on a mole that was
    removed, else that of a closed case. None where one of the two kinds is missing."""

    malignant: int
    harmless: int
    on_trial: float | None
    current: float | None


@dataclass(frozen=True)
class Comparison:
    """Of each photo its newest prediction counts. `compared` is how many got a number from both; shares,
    means and correlation are over these, and None where there is none (two, of the correlation).

    `mean_difference` is the version on trial minus the current one. `declined_by_it` alone, or
    `declined_by_current` alone, could not judge the photo.
    """

    waiting: int
    failed: int
    compared: int
    band_differs: float | None
    mean_difference: float | None
    correlation: float | None
    declined_by_it: int
    declined_by_current: int
    declined_by_both: int
    # Which versions were current, with how many of the photos each.
    against: list[tuple[str, int]]
    ranking: Ranking


def compare_trial(version: ModelVersion) -> Comparison:
    shadows = ShadowPrediction.objects.kept().filter(version=version)
    rows = _newest_of_each_photo(shadows.exclude(finished_at=None))
    judged = [row for row in rows if row["status"] != ShadowPrediction.Status.FAILED]
    both = [row for row in judged if row["own"] is not None and row["current"] is not None]
    declined = Counter((row["own"] is None, row["current"] is None) for row in judged)
    own, current = [row["own"] for row in both], [row["current"] for row in both]
    return Comparison(
        waiting=shadows.filter(finished_at=None).count(),
        failed=len(rows) - len(judged),
        compared=len(both),
        band_differs=_mean([float(row["band"] != row["band_of_current"]) for row in both]),
        mean_difference=_mean([a - b for a, b in zip(own, current, strict=True)]),
        correlation=correlation(own, current),
        declined_by_it=declined[True, False],
        declined_by_current=declined[False, True],
        declined_by_both=declined[True, True],
        against=Counter(row["current_version"] for row in judged).most_common(),
        ranking=_ranking(shadows, both),
    )


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's; None of fewer than two pairs, or where one side is all the same."""
    means = _mean(first), _mean(second)
    if len(first) < 2 or means[0] is None or means[1] is None:
        return None
    a, b = [x - means[0] for x in first], [x - means[1] for x in second]
    scale = math.sqrt(math.fsum(x * x for x in a) * math.fsum(x * x for x in b))
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / scale if scale else None


def auc(malignant: Sequence[float], harmless: Sequence[float]) -> float | None:
    """How often a malignant one has the higher number of the two, ties counting half (Mann and Whitney)."""
    if not malignant or not harmless:
        return None
    ordered = sorted(harmless)
    wins = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in malignant)
    return wins / 2 / len(malignant) / len(harmless)


def _mean(numbers: Sequence[float]) -> float | None:
    return math.fsum(numbers) / len(numbers) if numbers else None


def _newest_of_each_photo(shadows: ShadowQuerySet) -> list[dict[str, Any]]:
    laboratory = Mismatch.objects.filter(photo=OuterRef("prediction__photo"), kind=Mismatch.Kind.HISTOLOGY)
    rows = shadows.order_by("prediction__created_at", "prediction_id").values(
        "status",
        "band",
        photo=F("prediction__photo"),
        own=F("malignancy_probability"),
        current=F("prediction__malignancy_probability"),
        band_of_current=F("prediction__band"),
        current_version=F("prediction__model_version"),
        mole=F("prediction__photo__mole"),
        moment=Coalesce("prediction__photo__taken_at", "prediction__photo__created_at"),
        removed_on=F("prediction__photo__mole__removed_on"),
        outcome=F("prediction__photo__mole__outcome"),
        histology=Subquery(laboratory.order_by("-created_at", "-pk").values("outcome")[:1]),
    )
    newest: dict[Any, dict[str, Any]] = {row["photo"]: dict(row) for row in rows}
    return list(newest.values())


def _ranking(shadows: ShadowQuerySet, both: list[dict[str, Any]]) -> Ranking:
    closed = Case.objects.filter(status=Case.Status.CLOSED, photo__in=shadows.values("prediction__photo"))
    read = dict(closed.exclude(diagnosis="").order_by("closed_at").values_list("photo", "diagnosis"))
    # Each mole counts once, by its newest photo, and a laboratory's word not for photos of the scar.
    newest = {_fact(row).unit: row for row in both}
    known = [(row, _malignant(_fact(row), read.get(row["photo"], ""))) for row in newest.values()]
    malignant = [row for row, truth in known if truth is True]
    harmless = [row for row, truth in known if truth is False]
    own, current = (
        auc([row[which] for row in malignant], [row[which] for row in harmless])
        for which in ("own", "current")
    )
    return Ranking(len(malignant), len(harmless), own, current)


def _fact(row: dict[str, Any]) -> OfPhoto:
    told = row["outcome"] or "", row["histology"] or ""
    return OfPhoto(row["photo"], row["mole"], row["moment"], row["removed_on"], *told)


def _malignant(of: OfPhoto, diagnosis: str) -> bool | None:
    if of.malignant is not None:
        return of.malignant
    return diagnosis in MALIGNANT if diagnosis else None
