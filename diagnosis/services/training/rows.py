"""Which photos may leave for training, why others may not, and what is said of each, in HAM10000's words."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from diagnosis.images import BOUNDS
from diagnosis.models import Mismatch, Mole, Opinion, Photo
from diagnosis.models.opinion import MALIGNANT
from diagnosis.services.profiles import person_details
from diagnosis.services.training.pseudonyms import image_id, lesion_id

COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
# Photos looked at with the same three queries.
CHUNK = 200
# HAM10000's ages are whole fives, and 85 is the highest: who is older is not told apart.
AGE_STEP, OLDEST = 5, 85
# HAM10000 has no word for the whole head, and none that holds both mouth and genitals.
LOCALIZATION: dict[str, str] = {
    Mole.BodySite.UPPER_EXTREMITY: "upper extremity",
    Mole.BodySite.LOWER_EXTREMITY: "lower extremity",
    Mole.BodySite.ANTERIOR_TORSO: "trunk",
    Mole.BodySite.POSTERIOR_TORSO: "back",
    Mole.BodySite.LATERAL_TORSO: "trunk",
    Mole.BodySite.PALMS_SOLES: "acral",
}


class Why(StrEnum):
    """Why a photo that readers have finished with is not in a set, or no longer."""

    CONSENT = "use for training is not allowed"
    KIND = "not taken through a dermatoscope"
    NO_CLASS = "the readers named no class"
    UNUSABLE = "a reader called it unusable"
    BENIGN = "the laboratory says benign"
    MALIGNANT = "the laboratory says malignant"
    CLASS = "the laboratory names another class"
    SMALL = "its square is too small"
    LOST = "its file is missing or damaged"
    DELETED = "deleted"
    READ_ANEW = "read as another class since"


@dataclass(frozen=True)
class Laboratory:
    """What a laboratory said of a mole: benign or malignant, and the class where that was told."""

    outcome: str
    diagnosis: str = ""


@dataclass(frozen=True)
class Candidate:
    """A photo that readers have finished with and whose owner allows its use.

    `dx` is the class of its newest closed case, `case_id`; empty where the readers named none.
    """

    photo: Photo
    dx: str
    text_version: str
    opinions: list[Opinion]
    case_id: UUID
    laboratory: list[Laboratory]

    @property
    def image_id(self) -> str:
        return image_id(self.photo.pk)

    def why_not(self, kinds: Collection[str]) -> Why | None:
        """Why it may not leave; None: it may."""
        if self.photo.photo_kind not in kinds:
            return Why.KIND
        if not self.dx:
            return Why.NO_CLASS
        if any(one.quality == Opinion.Quality.UNUSABLE for one in self.opinions):
            return Why.UNUSABLE
        if contradiction := self._contradiction():
            return contradiction
        side = self.photo.crop_size * min(self.photo.width, self.photo.height)
        return Why.SMALL if round(side) < BOUNDS.min_side else None

    def row(self) -> dict[str, str]:
        person = person_details(mole=self.photo.mole, at=self.photo.moment)
        return {
            "lesion_id": lesion_id(self.photo),
            "image_id": self.image_id,
            "dx": self.dx,
            "dx_type": self._dx_type(),
            "age": "" if person.age is None else f"{_in_steps(person.age):.1f}",
            "sex": person.sex if person.sex in ("female", "male") else "unknown",
            "localization": LOCALIZATION.get(person.body_site or "", "unknown"),
        }

    def _contradiction(self) -> Why | None:
        for said in self.laboratory:
            if said.diagnosis == self.dx:
                continue  # an actinic keratosis is called benign by some laboratories
            if (said.outcome == Mole.Outcome.MALIGNANT) != (self.dx in MALIGNANT):
                return Why.MALIGNANT if said.outcome == Mole.Outcome.MALIGNANT else Why.BENIGN
            if said.diagnosis not in ("", self.dx):
                return Why.CLASS
        return None

    def _dx_type(self) -> str:
        """HAM10000's `histo` and `consensus`, and a word of our own for what one reader alone has said."""
        if self.laboratory:
            return "histo"
        of_case = [one for one in self.opinions if one.case_id == self.case_id]
        settled = any(one.stage == Opinion.Stage.SETTLING for one in of_case)
        last = {one.reader_id: one.diagnosis for one in of_case}
        agreeing = [dx for dx in last.values() if dx == self.dx]
        return "consensus" if settled or len(agreeing) > 1 else "single_reader"


def candidates() -> Iterator[Candidate]:
    """All of them, by the photos' ids, with three queries a chunk."""
    last: UUID | None = None
    while chunk := _chunk_after(last):
        yield from _candidates(chunk)
        last = chunk[-1].pk


def not_allowed() -> Counter[str]:
    """How many photos that readers have finished with may not be used for training, by class."""
    everybody = _by_class(Photo.objects.read_to_an_end())
    return everybody - _by_class(Photo.objects.consented_to_training().read_to_an_end())


def why_gone(image_ids: Collection[str]) -> dict[str, Why]:
    """Of images that no candidate stands for any more: whether their photo is gone, or only not allowed."""
    if not image_ids:
        return {}
    there = (image_id(pk) for pk in Photo.objects.order_by().values_list("pk", flat=True).iterator())
    kept = set(image_ids).intersection(there)
    return {name: Why.CONSENT if name in kept else Why.DELETED for name in image_ids}


def _by_class(photos: Any) -> Counter[str]:
    return Counter(dict(photos.order_by().values_list("read_as").annotate(Count("pk"))))


def _chunk_after(last: UUID | None) -> list[Photo]:
    photos = Photo.objects.consented_to_training().read_to_an_end().with_training_text()
    after = photos.filter(pk__gt=last) if last else photos
    return list(after.select_related("mole__profile").order_by("pk")[:CHUNK])


def _candidates(photos: list[Photo]) -> Iterator[Candidate]:
    opinions: dict[UUID, list[Opinion]] = {photo.pk: [] for photo in photos}
    given = Opinion.objects.filter(case__photo__in=photos).select_related("case")
    for opinion in given.order_by("created_at", "pk"):
        opinions[opinion.case.photo_id].append(opinion)
    laboratory = _laboratory(photos)
    for photo in photos:
        yield Candidate(
            photo=photo,
            dx=photo.read_as,  # type: ignore[attr-defined]
            text_version=photo.training_text,  # type: ignore[attr-defined]
            opinions=opinions[photo.pk],
            case_id=photo.read_case,  # type: ignore[attr-defined]
            laboratory=laboratory[photo.mole_id or photo.pk],
        )


def _laboratory(photos: list[Photo]) -> dict[UUID, list[Laboratory]]:
    """By mole, or by photo where it has none: what a laboratory said, told with whichever of its photos."""
    said: dict[UUID, list[Laboratory]] = {photo.mole_id or photo.pk: [] for photo in photos}
    for mole in {photo.mole for photo in photos if photo.mole}:
        if mole.outcome in (Mole.Outcome.BENIGN, Mole.Outcome.MALIGNANT):
            said[mole.pk].append(Laboratory(mole.outcome))
    of_these = Q(photo__in=photos) | Q(photo__mole__in=[photo.mole_id for photo in photos if photo.mole_id])
    told = Mismatch.objects.filter(of_these, kind=Mismatch.Kind.HISTOLOGY, photo__deleted_at=None)
    for one in told.select_related("photo"):
        said[one.photo.mole_id or one.photo_id].append(Laboratory(one.outcome, one.diagnosis))
    return said


def _in_steps(age: int) -> int:
    return min(AGE_STEP * round(age / AGE_STEP), OLDEST)
