"""Everything an account holds, as one ZIP: asked for, made by a worker, kept for seven days."""

import logging
import math
import time
import uuid

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import get_language

from diagnosis.models import Export, User
from diagnosis.models.claims import SWEEP_AT_MOST
from diagnosis.models.export import LEASE
from diagnosis.queue import ring_export
from diagnosis.services.audit import record_event, record_events
from diagnosis.services.exports.archive import scratch_file, write_archive
from diagnosis.services.files import remove_files, remove_names_on_commit

logger = logging.getLogger(__name__)

# How often a worker writes down how far it is.
PROGRESS_SECONDS = 1.0


class _TakenOver(Exception):
    """Another worker has this export now, or its account is gone."""


def start_export(*, owner: User) -> Export:
    """Queues an export of everything. Where one is waiting or being made, that one is returned."""
    with transaction.atomic():
        # Pressed twice at once, the second waits here, and then finds the first.
        User.objects.select_for_update().get(pk=owner.pk)
        if unfinished := Export.objects.of(owner).unfinished().first():
            return unfinished
        export = Export.objects.create(owner=owner, language=(get_language() or "en")[:10])
        record_event("export.asked", export)
        transaction.on_commit(lambda: ring_export(export.pk))
    return export


def run_export(export_id: uuid.UUID | str) -> None:
    """Claim the export, write its ZIP, record it. Running it twice, or on two workers, is harmless.

    Each try begins anew, in a file of its own, so no photo is in it twice.
    """
    token = Export.objects.claim(export_id, photo_count=None, photos_done=0)
    if token is None:
        return
    try:
        _make(token)
    except _TakenOver:
        logger.warning("Export %s was taken over or its account is gone; it was dropped.", export_id)
    except Exception:
        logger.exception("Export %s could not be made.", export_id)
        # Queued again at once, or failed by the next sweep where no attempt is left.
        Export.objects.held(token).update(status=Export.Status.QUEUED, claim_token=None, lease_until=None)


def sweep_exports() -> int:
    """Ring again for what nobody took, fail what was tried too often, and end what was kept long enough.

    Returns how many exports were rung for.
    """
    if failed := _give_up():
        logger.error("Gave up on %d exports.", failed)
    for pk in list(Export.objects.outlived().values_list("pk", flat=True)):
        _expire(pk)
    rung = 0
    for pk in list(Export.objects.to_ring().values_list("pk", flat=True)):
        if not ring_export(pk):
            break  # the broker is down for all of them
        rung += 1
    return rung


def _make(token: uuid.UUID) -> None:
    export = Export.objects.held(token).select_related("owner").get()
    with scratch_file() as scratch:
        write_archive(export, scratch, _Progress(token))
        size = scratch.tell()
        scratch.seek(0)
        name = default_storage.save(f"exports/{export.pk}-{token}.zip", File(scratch))
    try:
        _record(export, token, name, size)
    except BaseException:
        remove_files([name])
        raise


def _record(export: Export, token: uuid.UUID, name: str, size: int) -> None:
    """Conditional on the token. The account's earlier exports end: it keeps one."""
    with transaction.atomic():
        done = Export.objects.held(token).update(
            status=Export.Status.DONE,
            photos_done=F("photo_count"),
            file=name,
            size=size,
            lease_until=None,
            finished_at=Now(),
        )
        if not done:
            raise _TakenOver
        record_event("export.made", export, size=size)
        earlier = Export.objects.filter(owner=export.owner_id, status=Export.Status.DONE)
        for pk in list(earlier.exclude(pk=export.pk).values_list("pk", flat=True)):
            _expire(pk)


def _expire(pk: uuid.UUID) -> None:
    with transaction.atomic():
        export = Export.objects.select_for_update().filter(pk=pk, status=Export.Status.DONE).first()
        if export:
            remove_names_on_commit([export.file.name])
            Export.objects.filter(pk=pk).update(status=Export.Status.EXPIRED, file="")
            record_event("export.expired", export)


def _give_up() -> int:
    """Fails what was tried too often, so many at a time. Returns how many."""
    with transaction.atomic():
        exhausted = list(Export.objects.exhausted().select_for_update().only("pk")[:SWEEP_AT_MOST])
        Export.objects.filter(pk__in=[export.pk for export in exhausted]).update(
            status=Export.Status.FAILED, finished_at=Now()
        )
        record_events("export.failed", exhausted)
    return len(exhausted)


class _Progress:
    """Writes down how far the export is, and with it lengthens the lease. Raises `_TakenOver`."""

    def __init__(self, token: uuid.UUID):
        self.token = token
        self.written = -math.inf

    def __call__(self, done: int, count: int) -> None:
        now = time.monotonic()
        if now - self.written < PROGRESS_SECONDS:
            return
        self.written = now
        fields = {"photo_count": count, "photos_done": done, "lease_until": Now() + LEASE}
        if not Export.objects.held(self.token).update(**fields):
            raise _TakenOver
