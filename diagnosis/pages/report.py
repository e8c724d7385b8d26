"""What there is to show a doctor of moles: the same on the owner's reports and behind a share link."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from diagnosis.models import Mole, Photo, Profile, ShareNote
from diagnosis.pages.body_map import Figure, figures
from diagnosis.pages.timeline import Timeline, timelines

# Of a mole with more photos the newest; the table of figures holds them all.
PHOTOS_SHOWN = 12
# Where a whole person goes on paper.
PHOTOS_OF_EACH = 6


@dataclass(frozen=True)
class PersonFacts:
    """What a doctor is told of a person; empty or None where it was not said."""

    name: str
    age: int | None
    sex: str
    skin_type: str


@dataclass(frozen=True)
class MoleReport:
    """A mole with its place, its figures over time, its newest photos, and what doctors wrote of it."""

    mole: Mole
    person: PersonFacts
    figure: Figure | None
    timeline: Timeline
    photos: list[Photo]
    photo_count: int
    notes: list[ShareNote]


@dataclass(frozen=True)
class NumberedFigure:
    """One view of the body, with a number and a point for each mole on it."""

    figure: Figure
    pins: list[tuple[int, float, float]]


def reports(moles: Iterable[Mole], photos_shown: int = PHOTOS_SHOWN) -> list[MoleReport]:
    """Of each mole, with so many photos, in as many queries for one as for all.

    The moles come with their profiles (`by_name`).
    """
    moles = list(moles)
    over_time, photos = timelines(moles), _newest_photos(moles, photos_shown)
    notes = _by_mole(ShareNote.objects.filter(mole__in=moles))
    return [
        MoleReport(
            mole=mole,
            person=person_facts(mole.profile),
            figure=next((figure for figure in figures([mole]) if figure.pins), None),
            timeline=over_time[mole.pk],
            photos=photos[mole.pk],
            photo_count=photos[mole.pk][0].of_mole if photos[mole.pk] else 0,  # type: ignore[attr-defined]
            notes=notes[mole.pk],
        )
        for mole in moles
    ]


def numbered_figures(moles: list[Mole]) -> list[NumberedFigure]:
    """Front and back; the moles are numbered as they come, from 1."""
    numbers = {mole.pk: number for number, mole in enumerate(moles, 1)}
    return [
        NumberedFigure(figure, [(numbers[mole.pk], x, y) for mole, x, y in figure.pins])
        for figure in figures(moles)
    ]


def person_facts(profile: Profile) -> PersonFacts:
    """A person who was given no name stays without one: "Me" tells a doctor nothing."""
    return PersonFacts(
        name=profile.name,
        age=profile.age_in(timezone.localdate().year),
        sex=profile.get_sex_display(),
        skin_type=profile.get_fitzpatrick_display() or "",
    )


def _newest_photos(moles: list[Mole], shown: int) -> defaultdict[UUID, list[Photo]]:
    return _by_mole(Photo.objects.filter(mole__in=moles).newest_of_each_mole(shown).with_predictions())


def _by_mole(rows: Iterable[Any]) -> defaultdict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.mole_id].append(row)
    return found
