"""Files: written before their row, removed after it, so a crash leaves at most an orphan."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils import timezone

from diagnosis.models import Export, Photo
from diagnosis.services.audit import record_event

logger = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(hours=1)


def jpeg_response(file: FieldFile) -> FileResponse:
    """A stored JPEG for a view that has checked who asks.

    Raises `Http404` where it is gone: deleted in this moment, or lost by the storage.
    """
    try:
        return FileResponse(file.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404 from error


def view_photo(*, photo: Photo, field: str, reason: str) -> FileResponse:
    """Somebody's photo (`image` or `thumbnail`) for staff who say why, for a view that has checked who asks.

    Each file is an event. Raises `ValueError` without a reason, `Http404` where the file is gone.
    """
    if not reason.strip():
        raise ValueError("Nobody looks at a patient's photo without a reason.")
    response = jpeg_response(getattr(photo, field))
    record_event("photo.viewed", photo, reason=reason, owner=str(photo.owner_id), field=field)
    return response


def zip_response(export: Export) -> FileResponse:
    """An export's ZIP, to be saved, for a view that has checked who asks.

    Raises `Http404` where it is gone.
    """
    try:
        file = export.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    record_event("export.fetched", export)
    return FileResponse(file, as_attachment=True, filename=export.file_name, content_type="application/zip")


def remove_files_on_commit(photos: Iterable[Photo]) -> None:
    """Once the rows are gone for good, their files go too."""
    remove_names_on_commit(name for photo in photos for name in (photo.image.name, photo.thumbnail.name))


def remove_names_on_commit(names: Iterable[str | None]) -> None:
    """Asked for now, while there are rows to ask; removed once there are none."""
    found = list(names)
    transaction.on_commit(lambda: remove_files(found))


def remove_files(names: Iterable[str | None]) -> None:
    """What can't be removed now is an orphan, and the sweep's. A file never written has no name."""
    for name in filter(None, names):
        try:
            default_storage.delete(name)
        except OSError as error:
            logger.warning("Could not remove %s: %r", name, error)


def sweep_files() -> int:
    """Remove files without a row that are older than an hour: what a crash left.

    Returns how many were removed.
    """
    before = timezone.now() - ORPHAN_AGE
    removed = 0
    for folder in _folders():
        files = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        known = _known(folder)
        orphans = [name for name in files if name not in known and _modified_before(name, before)]
        remove_files(orphans)
        removed += len(orphans)
    if removed:
        logger.info("Removed %d files without a row.", removed)
    return removed


def _known(folder: str) -> set[str]:
    """The files in it that a row names. What is deleted keeps its files until it is removed for good."""
    photos = Photo.everything.filter(image__startswith=f"{folder}/").values_list("image", "thumbnail")
    exports = Export.objects.filter(file__startswith=f"{folder}/").values_list("file")
    return {name for names in [*photos, *exports] for name in names}


def _folders() -> Iterator[str]:
    try:
        yield from default_storage.listdir("")[0]
    except FileNotFoundError:
        return


def _modified_before(name: str, moment: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < moment
    except FileNotFoundError:
        return False
