"""Out of sight at once, restored as it was for seven days, then gone for good: row, predictions and files."""

import logging
import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnosis.models import Mole, Photo, User
from diagnosis.models.deleted import GRACE
from diagnosis.services.audit import record_event
from diagnosis.services.files import remove_files_on_commit
from diagnosis.services.profiles import remove_empty_profile, restore_profile
from diagnosis.services.reminders import refresh_due

logger = logging.getLogger(__name__)


def delete_mole(*, mole: Mole) -> None:
    """Puts the mole, and with it all its photos, into "Recently deleted". Pressed twice, the first counts."""
    with transaction.atomic():
        if Mole.objects.filter(pk=mole.pk).update(deleted_at=timezone.now()):
            record_event("mole.deleted", mole)


def delete_photo(*, photo: Photo) -> None:
    """Puts the photo with its predictions into "Recently deleted"."""
    with transaction.atomic():
        if Photo.everything.filter(pk=photo.pk, deleted_at=None).update(deleted_at=timezone.now()):
            record_event("photo.deleted", photo)
        refresh_due(photo.mole_id)


def restore_mole(*, mole: Mole) -> None:
    """The mole is as it was, with the photos it had, and its person. What is gone for good stays gone."""
    with transaction.atomic():
        # As `delete_profile` does, so that neither sees the other's work half done.
        User.objects.select_for_update().get(pk=mole.owner_id)
        stored = Mole.everything.select_related("profile").filter(pk=mole.pk).first()
        if stored is None:
            return
        if Mole.everything.deleted().filter(pk=mole.pk).update(deleted_at=None):
            record_event("mole.restored", mole)
        if stored.profile.deleted_at:
            restore_profile(profile=stored.profile)
        # While it was deleted, a result may have come, or its owner may have moved.
        refresh_due(mole.pk)


def restore_photo(*, photo: Photo) -> None:
    """The photo is as it was. Raises `ValidationError` where its mole is deleted too: nobody would see it."""
    if Mole.everything.deleted().filter(photos=photo).exists():
        raise ValidationError(_("Its mole is deleted too. Restore the mole first."))
    with transaction.atomic():
        if Photo.everything.filter(pk=photo.pk, deleted_at__isnull=False).update(deleted_at=None):
            record_event("photo.restored", photo)
        refresh_due(photo.mole_id)


def remove_mole(*, mole: Mole) -> bool:
    """Removes a deleted mole for good, with every photo it ever had. False where it is not deleted."""
    return _remove_mole(mole.pk, timezone.now())


def remove_photo(*, photo: Photo) -> bool:
    """Removes a deleted photo for good. False where it is not deleted."""
    return _remove_photo(photo.pk, timezone.now())


def remove_outlived() -> int:
    """Removes for good what was deleted seven days ago or earlier.

    Each is one transaction, and its files go after it: a worker that dies leaves the rest for the next
    run, and at most files without a row, which the sweep of files finds. Returns how many were removed.
    """
    until = timezone.now() - GRACE
    moles = Mole.everything.filter(deleted_at__lte=until).values_list("pk", flat=True)
    removed = sum(_remove_mole(pk, until) for pk in list(moles))
    photos = Photo.everything.filter(deleted_at__lte=until).values_list("pk", flat=True)
    removed += sum(_remove_photo(pk, until) for pk in list(photos))
    if removed:
        logger.info("Removed %d moles and photos for good.", removed)
    return removed


def _remove_mole(pk: uuid.UUID, until: datetime) -> bool:
    with transaction.atomic():
        # Restored in this moment, it is not found.
        mole = Mole.everything.select_for_update().filter(pk=pk, deleted_at__lte=until).first()
        if mole is None:
            return False
        remove_files_on_commit(Photo.everything.filter(mole=mole).only("image", "thumbnail"))
        record_event("mole.removed", mole)
        mole.delete()
        remove_empty_profile(mole.profile_id)
    return True


def _remove_photo(pk: uuid.UUID, until: datetime) -> bool:
    with transaction.atomic():
        photo = Photo.everything.select_for_update().filter(pk=pk, deleted_at__lte=until).first()
        if photo is None:
            return False
        remove_files_on_commit([photo])
        record_event("photo.removed", photo)
        photo.delete()
    return True
