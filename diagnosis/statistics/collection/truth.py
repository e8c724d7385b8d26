"""What photos turned out to show."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from diagnosis.models import Mismatch, Mole
from diagnosis.statistics.collection.period import day_of

KNOWN = [Mole.Outcome.BENIGN, Mole.Outcome.MALIGNANT]


class OfPhoto(NamedTuple):
    """What there is to know of a photo's mole: `histology` is the laboratory's last word on this photo."""

    photo: UUID
    mole: UUID | None
    moment: datetime
    removed_on: date | None
    outcome: str
    histology: str

    @property
    def malignant(self) -> bool | None:
        """The outcome of the mole's removal after the photo, else what the laboratory said of the photo;
        None where nobody knows."""
        after = self.removed_on is not None and day_of(self.moment) <= self.removed_on
        word = self.outcome if after and self.outcome in KNOWN else self.histology
        return word == Mole.Outcome.MALIGNANT if word else None

    @property
    def unit(self) -> UUID:
        """What counts once: the mole, or a photo that has none."""
        return self.mole or self.photo


def of_photos(rows: QuerySet[Any], *columns: str) -> Iterator[tuple[OfPhoto, list[Any]]]:
    """Of rows that have a photo, what is known of it, and these columns of the row."""
    histology = dict(
        Mismatch.objects.filter(kind=Mismatch.Kind.HISTOLOGY)
        .order_by("created_at", "pk")
        .values_list("photo_id", "outcome")
    )
    of_photo = ("photo_id", "photo__mole_id", "photo__taken_at", "photo__created_at")
    of_mole = ("photo__mole__removed_on", "photo__mole__outcome")
    for row in rows.values_list(*of_photo, *of_mole, *columns):
        photo, mole, taken_at, created_at, removed_on, outcome, *rest = row
        known = OfPhoto(
            photo, mole, taken_at or created_at, removed_on, outcome or "", histology.get(photo, "")
        )
        yield known, rest


def with_truth(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose photo, or its mole, has an outcome: `OfPhoto.malignant` says which."""
    told = Mismatch.objects.filter(photo=OuterRef("photo"), kind=Mismatch.Kind.HISTOLOGY)
    return rows.filter(Q(photo__mole__outcome__in=KNOWN) | Exists(told))
