"""Model and readers, against the truth."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, OuterRef

from diagnosis.models import Case, Mismatch, Opinion, Prediction
from diagnosis.statistics.accuracy import Called, Judged
from diagnosis.statistics.collection.period import Period
from diagnosis.statistics.collection.predictions import first_results, tested
from diagnosis.statistics.collection.readers import is_malignant
from diagnosis.statistics.collection.truth import OfPhoto, of_photos, with_truth

Row = TypeVar("Row")
SENT_ON = [Opinion.Recommendation.SEE_DOCTOR, Opinion.Recommendation.URGENT]


def _last_of_each(rows: Iterable[tuple[OfPhoto, Row]]) -> list[tuple[OfPhoto, Row]]:
    """Of each mole, the one of the photo taken last."""
    return list(
        {known.unit: (known, row) for known, row in sorted(rows, key=lambda one: one[0].moment)}.values()
    )


def judged_moles(period: Period) -> dict[tuple[str, bool], list[Judged]]:
    """By model version, and whether the photo is of the tested kind: moles with a known truth, each by the
    last photo taken before its removal, or, where the laboratory spoke of photos alone, by the last of
    those. Photos first judged in the period; one that was rejected is of the kind its owner said."""
    ends = [Prediction.Status.SUCCEEDED, Prediction.Status.REJECTED]
    rows = with_truth(first_results(ends).filter(period.within("created_at")))
    columns = ("model_version", "band", "photo__photo_kind", "photo_kind_seen")
    known = [(of, rest) for of, rest in of_photos(rows, *columns) if of.malignant is not None]
    found: dict[tuple[str, bool], list[Judged]] = defaultdict(list)
    for of, (version, band, kind, kind_seen) in _last_of_each(known):
        found[version, tested(kind, kind_seen)].append(Judged(bool(of.malignant), band))
    return dict(sorted(found.items(), key=lambda one: (one[0][0], not one[0][1])))


@dataclass(frozen=True)
class ReadMole:
    """A mole with a known truth, by the case of it that was closed last: what the readers called it, and
    whether they sent it to a doctor."""

    diagnosis: Called
    sent_on: Called


def read_moles(period: Period) -> list[ReadMole]:
    """Of cases closed in the period. Not those whose readers knew the laboratory's word: it had opened the
    case, or had come before its end, and is shown with the prediction."""
    told = Mismatch.objects.filter(
        photo=OuterRef("photo"), kind=Mismatch.Kind.HISTOLOGY, created_at__lt=OuterRef("closed_at")
    )
    cases = Case.objects.kept().filter(period.within("closed_at")).exclude(why=Case.Why.HISTOLOGY)
    cases = cases.filter(~Exists(told))
    rows = of_photos(with_truth(cases).order_by("closed_at", "pk"), "diagnosis", "recommendation")
    last = {of.unit: (of.malignant, *rest) for of, rest in rows if of.malignant is not None}
    return [
        ReadMole(Called(truth, is_malignant(diagnosis)), Called(truth, recommendation in SENT_ON))
        for truth, diagnosis, recommendation in last.values()
    ]
