"""What there is to show a doctor of a mole: the same on the owner's report and behind a share link."""

from collections.abc import Iterable
from dataclasses import dataclass

from diagnosis.models import Mole, Photo, ShareNote
from diagnosis.pages.body_map import Figure, figures
from diagnosis.pages.timeline import Timeline, timeline

# Of a mole with more photos the newest; the table of figures holds them all.
PHOTOS_SHOWN = 12


@dataclass(frozen=True)
class MoleReport:
    """A mole with its place, its figures over time, its newest photos, and what doctors wrote of it."""

    mole: Mole
    figure: Figure | None
    timeline: Timeline
    photos: list[Photo]
    photo_count: int
    notes: list[ShareNote]


def reports(moles: Iterable[Mole]) -> list[MoleReport]:
    return [_report(mole) for mole in moles]


def _report(mole: Mole) -> MoleReport:
    return MoleReport(
        mole=mole,
        figure=next((figure for figure in figures([mole]) if figure.pins), None),
        timeline=timeline(mole),
        photos=list(mole.photos.by_date().with_predictions()[:PHOTOS_SHOWN]),
        photo_count=mole.photos.count(),
        notes=list(ShareNote.objects.filter(mole=mole)),
    )
