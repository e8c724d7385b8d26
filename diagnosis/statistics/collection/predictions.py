"""What the model said, and what it saw."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from diagnosis.models import Photo, Prediction
from diagnosis.statistics.collection.period import Period, day_of

DERMATOSCOPIC = Photo.Kind.DERMATOSCOPIC


class PredictionRow(NamedTuple):
    day: date
    status: str
    version: str
    reason_code: str
    stability: float | None
    distance: float | None
    kind: str
    kind_seen: str


def predictions(period: Period) -> list[PredictionRow]:
    """Every one that was finished in the period, of all versions and those run again too."""
    rows = (
        Prediction.objects.kept()
        .filter(period.within("finished_at"))
        .order_by("finished_at", "pk")
        .values_list(
            "finished_at",
            "status",
            "model_version",
            "reason_code",
            "stability",
            "distance",
            "photo__photo_kind",
            "photo_kind_seen",
        )
    )
    return [PredictionRow._make((day_of(row[0]), *row[1:])) for row in rows if row[0]]


def first_results(statuses: Sequence[str]) -> QuerySet[Prediction]:
    """The first prediction of each photo that came to one of these ends: what its owner was told, and what
    decided whether it is read. One that was made again is not asked after."""
    earlier = Prediction.objects.filter(photo=OuterRef("photo"), status__in=statuses)
    return (
        Prediction.objects.kept()
        .filter(~Exists(earlier.filter(created_at__lt=OuterRef("created_at"))), status__in=statuses)
        .order_by("created_at", "pk")
    )


def tested(kind: str, kind_seen: str) -> bool:
    """As `Prediction.intested_input`."""
    return kind == DERMATOSCOPIC and (kind_seen or kind) == DERMATOSCOPIC
