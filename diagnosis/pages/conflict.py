"""What two browsers made of one row: how it is stored now, and what was typed here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Mole, Photo, Profile

Row = Mole | Photo | Profile


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment))


# What a form says, by its label, in words.
_WORDS: dict[type[Any], list[tuple[Any, Callable[[Any], Any]]]] = {
    Mole: [
        (_("Person"), lambda mole: mole.profile),
        (_("Name"), lambda mole: mole.name),
        (_("Part of the body"), lambda mole: mole.get_body_site_display()),
        (_("Place on the body map"), lambda mole: mole.nearest_place and mole.nearest_place.name),
        (_("Notes"), lambda mole: mole.notes),
    ],
    Photo: [
        (_("Mole"), lambda photo: photo.mole),
        (_("Taken through a dermatoscope?"), lambda photo: photo.get_photo_kind_display()),
        (_("What you notice"), lambda photo: ", ".join(str(words) for words in photo.symptoms_in_words)),
        (_("Date taken"), lambda photo: photo.taken_at and _day(photo.taken_at)),
        (_("Note"), lambda photo: photo.note),
    ],
    Profile: [
        (_("Name"), str),
        (_("Year of birth"), lambda profile: profile.birth_year),
        (_("Sex"), lambda profile: profile.get_sex_display()),
        (_("Skin type"), lambda profile: profile.get_fitzpatrick_display()),
    ],
}


@dataclass(frozen=True)
class Difference:
    """One thing that a form says, `stored` now and as `typed` here; empty where nothing is said."""

    label: str
    stored: str
    typed: str


def differences(stored: Row, typed: Row) -> list[Difference]:
    """Everything in which the two rows differ in words; a pin moved by a hair's breadth does not."""
    pairs = [(label, words(stored), words(typed)) for label, words in _WORDS[type(stored)]]
    return [Difference(str(label), str(one or ""), str(two or "")) for label, one, two in pairs if one != two]
