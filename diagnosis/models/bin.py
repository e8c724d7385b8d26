"""What is in "Recently deleted": moles and photos together, the last deleted first."""

from typing import Any

from django.db.models import BooleanField, CharField, Count, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from diagnosis.models.mole import Mole
from diagnosis.models.photo import MOMENT, Photo

COLUMNS = ("kind", "id", "mole_pk", "mole_name", "photo_count", "dated", "deleted_at", "with_mole")


def recently_deleted(user: Any) -> QuerySet[Any, dict[str, Any]]:
    """One dict of `COLUMNS` for each mole, and for each photo that was deleted by itself.

    `photo_count` is how many photos come back with it; `dated` when the photo was taken, or what it is of
    added; `with_mole` whether a photo's mole is deleted too, and so has to come back first.
    """
    moles = Mole.everything.of(user).deleted().order_by()
    moles_rows = moles.annotate(
        kind=Value("mole", CharField()),
        mole_pk=F("id"),
        mole_name=F("name"),
        photo_count=Count("photos", filter=Q(photos__deleted_at=None)),
        dated=F("created_at"),
        with_mole=Value(False, BooleanField()),
    ).values(*COLUMNS)
    photos = Photo.everything.of(user).deleted().order_by()
    photos_rows = photos.annotate(
        kind=Value("photo", CharField()),
        mole_pk=F("mole_id"),
        mole_name=Coalesce(F("mole__name"), Value("")),
        photo_count=Value(1, IntegerField()),
        dated=MOMENT,
        with_mole=Q(mole__deleted_at__isnull=False),
    ).values(*COLUMNS)
    return moles_rows.union(photos_rows, all=True).order_by("-deleted_at", "id")
