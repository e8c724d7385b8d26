"""What stands around a photo: the mole over time, the person, and what was said of their other photos.

Nothing here comes from a model, nor from anybody who is still reading.
"""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from diagnosis.models import Case, Opinion, Photo

# So many of the other photos that were read, the last one first.
AT_MOST = 12


@dataclass(frozen=True)
class Shown:
    """A photo of the same person, and what readers came to where its case is closed."""

    photo: Photo
    conclusion: str = ""
    current: bool = False


@dataclass(frozen=True)
class Surroundings:
    # At the time of the photo; None where the year of birth is not known.
    age: int | None
    sex: str
    skin: str
    # Of the same mole, oldest first; the photo itself is among them.
    timeline: list[Shown]
    # Of the person's other moles.
    siblings: list[Shown]


def surroundings_of(case: Case) -> Surroundings:
    mole = case.photo.mole
    if mole is None:
        return Surroundings(None, "", "", [Shown(case.photo, current=True)], [])
    closed = (
        Case.objects.kept()
        .filter(status=Case.Status.CLOSED, photo__mole__profile=mole.profile_id)
        .exclude(photo=case.photo)
        .select_related("photo__mole")
        .order_by("closed_at", "pk")
    )
    # Of a photo that was read twice, what was said last.
    said = {one.photo_id: one for one in closed}
    others = [one for one in reversed(said.values()) if one.photo.mole_id != mole.pk]
    return Surroundings(
        age=mole.profile.age_in(timezone.localtime(case.photo.moment).year),
        sex=mole.profile.get_sex_display(),
        skin=mole.profile.get_fitzpatrick_display() or "",
        timeline=[
            Shown(photo, conclusion(said.get(photo.pk)), photo.pk == case.photo_id)
            for photo in reversed(Photo.objects.filter(mole=mole).by_date())
        ],
        siblings=[Shown(one.photo, conclusion(one)) for one in others[:AT_MOST]],
    )


def conclusion(case: Case | None) -> str:
    """What the readers of a closed case came to; empty where there is none."""
    if case is None:
        return ""
    diagnosis = Opinion.Diagnosis(case.diagnosis).label if case.diagnosis else gettext("no one diagnosis")
    recommendation = Opinion.Recommendation(case.recommendation).label
    what = {"diagnosis": diagnosis, "recommendation": recommendation}
    return gettext("%(diagnosis)s: %(recommendation)s") % what


def is_in_view(case: Case, photo: Photo) -> bool:
    """Whether the page of this case shows that photo."""
    mole = case.photo.mole
    if photo.pk == case.photo_id:
        return True
    if mole is None or photo.mole is None or photo.mole.profile_id != mole.profile_id:
        return False
    return photo.mole_id == mole.pk or photo.cases.filter(status=Case.Status.CLOSED).exists()
