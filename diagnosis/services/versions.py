"""Two browsers that change one row: the second is told, instead of undoing the first unseen."""

import hashlib
from typing import TypeVar

from diagnosis.models import Mole, Photo, Profile

Row = Mole | Photo | Profile
_Stored = TypeVar("_Stored", Mole, Photo, Profile)

# What the form of each says. Anything else may change meanwhile, and nobody need know.
_SAID: dict[type[Mole] | type[Photo] | type[Profile], tuple[str, ...]] = {
    Mole: ("profile_id", "name", "body_site", "body_view", "body_x", "body_y", "notes"),
    Photo: ("mole_id", "photo_kind", "symptoms", "taken_at", "note"),
    Profile: ("name", "birth_year", "sex", "fitzpatrick"),
}


class ChangedMeanwhile(Exception):
    """The row is not as it was when the form was opened; nothing was stored."""


def version_of(row: Row) -> str:
    """Names what the row's form says: the same words, the same version."""
    said = [str(getattr(row, name)) for name in _SAID[type(row)]]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def check_version(row: _Stored, version: str) -> _Stored:
    """In a transaction: locks the row, and raises `ChangedMeanwhile` unless it is still of this version.
    Returns it as it is stored.

    An empty version is nobody's who has read the row before: then there is nothing to check.
    """
    # Of a photo the mole is read too, and PostgreSQL locks no row that need not be there.
    stored = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if version and version_of(stored) != version:
        raise ChangedMeanwhile
    return stored
