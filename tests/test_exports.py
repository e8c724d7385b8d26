"""An export is asked for, and made once, whatever dies."""

import uuid
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from diagnosis.models import Export
from diagnosis.services import (
    delete_account,
    delete_photo,
    remove_photo,
    run_export,
    start_export,
    sweep_exports,
)
from diagnosis.services.exports import archive as archives
from diagnosis.services.exports import making
from diagnosis.services.exports.rows import photo_entry
from tests.test_pages_moles import text

DAY = timedelta(days=1)
PAGE = "/account/export/"
API = "/api/v1/me/export/"


def zips(folder: Path) -> list[Path]:
    return [path for path in (folder / "exports").glob("*") if path.is_file()]


def made(owner) -> Export:
    export = start_export(owner=owner)
    run_export(export.pk)
    export.refresh_from_db()
    return export


@pytest.fixture
def rung(monkeypatch) -> list[uuid.UUID]:
    """Which exports the broker was told of."""
    told: list[uuid.UUID] = []
    monkeypatch.setattr(making, "ring_export", lambda pk: told.append(pk) or True)
    return told


# Made once, whatever dies ---------------------------------------------------------------------


def test_it_is_asked_for_on_the_page_and_made_by_a_worker(
    owner_client, owner, photo, photo_folder, rung, django_capture_on_commit_callbacks
):
    assert "Start the export" in text(owner_client.get(PAGE))
    with django_capture_on_commit_callbacks(execute=True):
        waiting = owner_client.post(PAGE, follow=True)
    export = Export.objects.get()
    assert rung == [export.pk]
    assert "It waits for its turn" in text(waiting)
    assert f'data-export="/api/v1/me/export/{export.pk}/"' in text(waiting)
    assert '<noscript><meta http-equiv="refresh"' in text(waiting)
    run_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.photo_count, export.photos_done) == ("done", 1, 1)
    (path,) = zips(photo_folder)
    assert (path.stat().st_size, path.stat().st_mode & 0o777) == (export.size, 0o600)
    ready = text(owner_client.get(PAGE))
    assert "with 1 photo" in ready
    assert reverse("export-download", args=[export.pk]) in ready


def test_one_is_made_at_a_time(owner, another, db):
    first = start_export(owner=owner)
    assert start_export(owner=owner) == first
    Export.objects.filter(pk=first.pk).update(status="running", claim_token=uuid.uuid4(), lease_until=Now())
    assert start_export(owner=owner) == first
    assert start_export(owner=another) != first


def test_running_it_twice_makes_one_file(owner, photo, photo_folder):
    export = made(owner)
    run_export(export.pk)
    assert len(zips(photo_folder)) == 1
    assert Export.objects.get().attempts == 1


def test_a_killed_workers_export_is_taken_up_again_with_each_photo_once(
    owner, make_photo, photo_folder, rung, monkeypatch, settings
):
    for _ in range(3):
        make_photo()
    export = start_export(owner=owner)
    seen = []

    def die(photo):
        seen.append(photo)
        if len(seen) == 2:
            raise SystemExit("killed")
        return photo_entry(photo)

    with monkeypatch.context() as patch:
        patch.setattr(archives, "photo_entry", die)
        with pytest.raises(SystemExit):
            run_export(export.pk)
    assert zips(photo_folder) == []
    assert [path.name for path in settings.DATA_DIR.glob("tmp*")] == []
    assert (sweep_exports(), rung) == (0, [])  # its lease still holds
    run_export(export.pk)
    assert Export.objects.get().status == "running"
    Export.objects.update(lease_until=Now() - timedelta(seconds=1), rung_at=None)
    assert (sweep_exports(), rung) == (1, [export.pk])
    run_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.attempts, export.photos_done) == ("done", 2, 3)
    with ZipFile(zips(photo_folder)[0]) as archive:
        photos = [name for name in archive.namelist() if name.startswith("photos/")]
    assert len(photos) == len(set(photos)) == 3


def test_who_was_taken_over_writes_nothing(owner, photo, photo_folder, monkeypatch):
    export = start_export(owner=owner)
    write = making.write_archive

    def slow(*arguments):
        write(*arguments)
        Export.objects.update(claim_token=uuid.uuid4())  # another worker's by now

    monkeypatch.setattr(making, "write_archive", slow)
    run_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.file.name) == ("running", "")
    assert zips(photo_folder) == []


def test_an_account_that_goes_meanwhile_leaves_no_file(
    owner, photo, photo_folder, monkeypatch, django_capture_on_commit_callbacks
):
    export = start_export(owner=owner)
    write = making.write_archive

    def slow(*arguments):
        write(*arguments)
        with django_capture_on_commit_callbacks(execute=True):
            delete_account(user=owner)

    monkeypatch.setattr(making, "write_archive", slow)
    run_export(export.pk)
    assert not Export.objects.exists()
    assert not [path for path in photo_folder.rglob("*") if path.is_file()]


def test_what_goes_wrong_three_times_is_given_up_and_said(owner, owner_client, photo, rung, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "write_archive", fail)
    export = start_export(owner=owner)
    for attempt in (1, 2, 3):
        run_export(export.pk)
        export.refresh_from_db()
        assert (export.status, export.attempts) == ("queued", attempt)
    run_export(export.pk)
    sweep_exports()
    export.refresh_from_db()
    assert (export.status, export.attempts, export.terminal) == ("failed", 3, True)
    assert "could not be made" in text(owner_client.get(PAGE))
    assert owner_client.get(API).json()["status"] == "failed"
    assert start_export(owner=owner) != export


def test_a_photo_removed_while_it_is_made_is_in_no_table(
    owner, make_photo, photo_folder, monkeypatch, django_capture_on_commit_callbacks
):
    stays, goes = make_photo(), make_photo()
    delete_photo(photo=goes)
    export = start_export(owner=owner)
    progress = making._Progress.__call__

    def during(self, done, count):
        progress(self, done, count)
        if (done, count) == (1, 2):
            with django_capture_on_commit_callbacks(execute=True):
                remove_photo(photo=goes)

    monkeypatch.setattr(making._Progress, "__call__", during)
    run_export(export.pk)
    export.refresh_from_db()
    assert export.status == "done"
    with ZipFile(zips(photo_folder)[0]) as archive:
        names = archive.namelist()
        assert str(stays.pk) in archive.read("photos.csv").decode()
        assert str(goes.pk) not in archive.read("data.json").decode()
    assert not [name for name in names if str(goes.pk) in name]
