from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnosis.images import CleanPhoto, Crop, clean_photo
from diagnosis.models import Mole, Photo, Prediction, User
from diagnosis.queue import ring
from diagnosis.services.audit import changed_fields, record_event
from diagnosis.services.checks import check_numbers
from diagnosis.services.files import remove_files
from diagnosis.services.profiles import check_not_before_birth
from diagnosis.services.reminders import refresh_due, take_in
from diagnosis.services.versions import check_version


class IdempotencyConflict(Exception):
    """The key was used before, for another photo."""


@dataclass(frozen=True)
class Submitted:
    """`created` is False where the same Idempotency-Key had brought this photo before."""

    photo: Photo
    prediction: Prediction
    created: bool


def submit_photo(
    *,
    owner: User,
    file: BinaryIO,
    mole: Mole | None = None,
    photo_kind: str = Photo.Kind.CLINICAL,
    taken_at: datetime | None = None,
    symptoms: Iterable[str] = (),
    note: str = "",
    crop: Crop | None = None,
    idempotency_key: str = "",
) -> Submitted:
    """Clean the photo, store it with a queued prediction, and ring for a worker.

    Raises `BadImage` where the bytes are no usable photo, `ValidationError` where another
    field is not allowed, `IdempotencyConflict`; nothing is stored then.
    """
    _check_owner(mole, owner)
    _check_taken_at(taken_at)
    _check_born(mole, taken_at)
    clean = clean_photo(file.read(), owner.zone)
    crop = crop or Crop()
    photo = Photo(
        owner=owner,
        mole=mole,
        width=clean.width,
        height=clean.height,
        sha256=clean.sha256,
        original_format=clean.original_format,
        photo_kind=photo_kind,
        symptoms=list(symptoms),
        note=note,
        crop_x=crop.x,
        crop_y=crop.y,
        crop_size=crop.size,
        taken_at=taken_at or _plausible(clean.taken_at, mole),
        idempotency_key=idempotency_key,
    )
    photo.clean_fields(exclude=["image", "thumbnail"])
    check_numbers(photo, "crop_x", "crop_y", "crop_size")
    photo.validate_constraints(exclude=["image", "thumbnail", "idempotency_key"])
    if earlier := _earlier(photo):
        return earlier
    try:
        _write_files(photo, clean)
        with transaction.atomic():
            photo.save(force_insert=True)
            prediction = _queue(photo)
            take_in(photo)
            record_event("photo.added", photo, mole=str(photo.mole_id or ""), prediction=str(prediction.pk))
    except BaseException as error:
        remove_files([photo.image.name, photo.thumbnail.name])
        # The same key arrived twice at once: the other request stored the photo.
        if isinstance(error, IntegrityError) and (earlier := _earlier(photo)):
            return earlier
        raise
    return Submitted(photo, prediction, created=True)


def queue_prediction(*, photo: Photo) -> Prediction:
    """One more prediction of a stored photo; the earlier ones stay."""
    with transaction.atomic():
        prediction = _queue(photo)
        record_event("prediction.queued", prediction, photo=str(photo.pk))
    return prediction


class PhotoChanges(TypedDict, total=False):
    """What can be corrected of a stored photo. Without a mole it is filed under none."""

    mole: Mole | None
    photo_kind: str
    taken_at: datetime | None
    symptoms: list[str]
    note: str


def update_photo(*, photo: Photo, version: str = "", **changes: Unpack[PhotoChanges]) -> Photo:
    """File the photo under a mole, or correct what was said of it; what is not given stays.

    Raises `ValidationError` where a value is not allowed, `ChangedMeanwhile` where the photo changed since
    `version` of `version_of` was read; nothing is stored then.
    """
    _check_owner(changes.get("mole"), photo.owner)
    _check_taken_at(changes.get("taken_at"))
    if changes.keys() & {"mole", "taken_at"}:
        _check_born(changes.get("mole", photo.mole), changes.get("taken_at", photo.taken_at))
    before = photo.mole_id
    with transaction.atomic():
        stored = check_version(photo, version)
        for name, value in changes.items():
            setattr(photo, name, value)
        photo.clean_fields()
        photo.save(update_fields=list(changes))
        refresh_due(before)
        if photo.mole_id != before:
            take_in(photo)
        if changed := changed_fields(stored, photo, changes):
            record_event("photo.changed", photo, fields=changed)
    return photo


def _queue(photo: Photo) -> Prediction:
    prediction = Prediction.objects.create(photo=photo)
    transaction.on_commit(lambda: ring(prediction.pk))
    return prediction


def _write_files(photo: Photo, clean: CleanPhoto) -> None:
    photo.image.save("photo.jpg", ContentFile(clean.jpeg), save=False)
    photo.thumbnail.save("thumbnail.jpg", ContentFile(clean.thumbnail), save=False)


def _earlier(photo: Photo) -> Submitted | None:
    if not photo.idempotency_key:
        return None
    same_key = {"owner": photo.owner, "idempotency_key": photo.idempotency_key}
    earlier = Photo.objects.filter(**same_key).first()
    if not earlier:
        # A key of what is deleted is free again.
        Photo.everything.filter(**same_key).exclude(pk__in=Photo.objects.filter(**same_key)).update(
            idempotency_key=""
        )
        return None
    if (earlier.sha256, earlier.mole_id) != (photo.sha256, photo.mole_id):
        raise IdempotencyConflict
    return Submitted(earlier, earlier.latest_prediction, created=False)


def _check_owner(mole: Mole | None, owner: User) -> None:
    if mole and mole.owner_id != owner.pk:
        raise ValidationError({"mole": _("There is no such mole.")})


def _check_taken_at(taken_at: datetime | None) -> None:
    if taken_at and taken_at > timezone.now():
        raise ValidationError({"taken_at": _("The photo can't have been taken in the future.")})


def _check_born(mole: Mole | None, taken_at: datetime | None) -> None:
    if mole:
        check_not_before_birth(mole.profile, taken_at, "taken_at")


def _plausible(taken_at: datetime | None, mole: Mole | None) -> datetime | None:
    """What the camera wrote, unless its clock was wrong: nobody sees that before the photo is sent."""
    try:
        _check_born(mole, taken_at)
    except ValidationError:
        return None
    return taken_at
