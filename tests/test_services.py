"""Photos go in whole or not at all, and their files leave with them."""

import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from PIL import Image

from diagnosis.models import Consent, Mole, Photo, Prediction
from diagnosis.services import (
    BadImage,
    Crop,
    IdempotencyConflict,
    create_mole,
    delete_mole,
    record_consent,
    rerun_prediction,
    submit_photo,
    sweep_files,
    update_mole,
    update_photo,
)
from diagnosis.storage import PhotoFolder
from tests.pictures import mole_jpeg

NAN, INFINITY = float("nan"), float("inf")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def submit(owner, *, jpeg: bytes | None = None, **fields):
    return submit_photo(owner=owner, file=io.BytesIO(mole_jpeg() if jpeg is None else jpeg), **fields)


# A photo goes in ----------------------------------------------------------------------------


def test_a_photo_is_stored_with_a_queued_prediction(owner, mole, photo_folder):
    done = submit(owner, mole=mole, photo_kind="dermatoscopic", crop=Crop(0.4, 0.6, 0.5))
    photo = Photo.objects.get()
    assert done.created
    assert (photo, photo.predictions.get()) == (done.photo, done.prediction)
    assert (photo.owner, photo.mole, photo.photo_kind) == (owner, mole, "dermatoscopic")
    assert (photo.width, photo.height, photo.original_format) == (400, 300, "JPEG")
    assert (photo.crop_x, photo.crop_y, photo.crop_size) == (0.4, 0.6, 0.5)
    assert (done.prediction.status, done.prediction.attempts) == ("queued", 0)


def test_its_files_are_two_jpegs_named_by_its_id_that_this_user_alone_can_read(owner, photo_folder):
    photo = submit(owner).photo
    folder = photo_folder / photo.id.hex[:2]
    assert files(photo_folder) == [folder / f"{photo.id}-thumbnail.jpg", folder / f"{photo.id}.jpg"]
    assert {path.stat().st_mode & 0o777 for path in files(photo_folder)} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Image.open(folder / f"{photo.id}.jpg").size == (400, 300)


def test_what_the_person_says_of_the_date_counts_more_than_the_camera(owner):
    said = datetime(2024, 5, 6, tzinfo=UTC)
    assert submit(owner, taken_at=said).photo.taken_at == said
    assert submit(owner).photo.taken_at is None


def refusals(another_mole: Mole) -> dict[str, dict]:
    return {
        "no picture": {"jpeg": b"<html>"},
        "empty": {"jpeg": b""},
        "another's mole": {"mole": another_mole},
        "future": {"taken_at": timezone.now() + timedelta(hours=1)},
        "kind": {"photo_kind": "drawing"},
        "off the photo": {"crop": Crop(1.5, 0.5, 1)},
        "no square": {"crop": Crop(0.5, 0.5, 0)},
        "NaN": {"crop": Crop(NAN, 0.5, 1)},
        "NaN size": {"crop": Crop(0.5, 0.5, NAN)},
        "infinite": {"crop": Crop(0.5, INFINITY, 1)},
        "symptom": {"symptoms": ["itch", "hiccups"]},
        "symptom twice": {"symptoms": ["itch", "itch"]},
        "no symptom": {"symptoms": [7]},
        "long key": {"idempotency_key": "k" * 256},
    }


@pytest.mark.parametrize("name", refusals(None))
def test_what_is_refused_leaves_no_row_and_no_file(name, owner, another, photo_folder):
    fields = refusals(Mole.objects.create(owner=another, name="theirs"))[name]
    with pytest.raises((BadImage, ValidationError)):
        submit(owner, **fields)
    assert not Photo.objects.exists()
    assert not Prediction.objects.exists()
    assert files(photo_folder) == []


class FullDisk(PhotoFolder):
    """Room for the photo, none for its thumbnail."""

    def _save(self, name, content):
        if "thumbnail" in name:
            raise OSError(28, "No space left on device")
        return super()._save(name, content)


def test_a_full_disk_leaves_no_row_and_no_file(owner, photo_folder, settings):
    options = {"BACKEND": "tests.test_services.FullDisk", "OPTIONS": {"location": photo_folder}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    with pytest.raises(OSError, match="No space left"):
        submit(owner)
    assert not Photo.objects.exists()
    assert files(photo_folder) == []


def test_a_file_that_cannot_be_written_whole_is_not_there(photo_folder):
    class Torn:
        def chunks(self):
            yield b"half"
            raise OSError("the client hung up")

    with pytest.raises(OSError, match="hung up"):
        PhotoFolder(photo_folder)._save("ab/photo.jpg", Torn())
    assert files(photo_folder) == []


# Idempotency --------------------------------------------------------------------------------


def test_the_same_key_brings_the_same_photo(owner, mole, photo_folder):
    first = submit(owner, mole=mole, idempotency_key="k-1")
    again = submit(owner, mole=mole, idempotency_key="k-1")
    assert (again.photo, again.prediction, again.created) == (first.photo, first.prediction, False)
    assert Prediction.objects.count() == 1
    assert len(files(photo_folder)) == 2


def test_the_same_key_for_another_photo_or_mole_is_a_conflict(owner, mole, photo_folder):
    submit(owner, idempotency_key="k-1")
    for fields in ({"jpeg": mole_jpeg(seed=2)}, {"mole": mole}):
        with pytest.raises(IdempotencyConflict):
            submit(owner, idempotency_key="k-1", **fields)
    assert Photo.objects.count() == 1
    assert len(files(photo_folder)) == 2


def test_keys_are_each_persons_own(owner, another):
    assert submit(owner, idempotency_key="k-1").created
    assert submit(another, idempotency_key="k-1").created
    assert submit(owner).created  # and without a key every photo is a new one
    assert submit(owner).created


@pytest.mark.django_db(transaction=True)
def test_the_same_key_from_two_threads_at_once_stores_one_photo(owner, photo_folder):
    start = threading.Barrier(4)

    def send(_: int):
        try:
            start.wait()
            return submit(owner, idempotency_key="k-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))
    assert sorted(answer.created for answer in answers) == [False, False, False, True]
    assert {answer.photo.pk for answer in answers} == {Photo.objects.get().pk}
    assert {answer.prediction.pk for answer in answers} == {Prediction.objects.get().pk}
    assert len(files(photo_folder)) == 2


# Changes and ends ---------------------------------------------------------------------------


def test_a_quick_check_is_filed_under_a_mole_later(make_photo, mole):
    photo = make_photo()
    update_photo(photo=photo, mole=mole, photo_kind="dermatoscopic")
    photo.refresh_from_db()
    assert (photo.mole, photo.photo_kind) == (mole, "dermatoscopic")
    update_photo(photo=photo, mole=None)
    photo.refresh_from_db()
    assert (photo.mole, photo.photo_kind) == (None, "dermatoscopic")


def test_a_photo_is_not_changed_to_what_is_not_allowed(photo, another):
    theirs = Mole.objects.create(owner=another, name="theirs")
    future = timezone.now() + timedelta(days=1)
    for change in ({"mole": theirs}, {"taken_at": future}, {"photo_kind": "drawing"}):
        with pytest.raises(ValidationError):
            update_photo(photo=Photo.objects.get(), **change)
    again = Photo.objects.get()
    assert (again.mole, again.taken_at, again.photo_kind) == (photo.mole, None, "dermatoscopic")


def test_running_again_adds_a_prediction_but_waits_for_one_that_waits(photo, succeeded):
    first = photo.predictions.get()
    assert rerun_prediction(photo=photo) == first
    succeeded(first, 0.3, "raised")
    second = rerun_prediction(photo=photo)
    assert second != first
    assert photo.predictions.count() == 2
    assert photo.predictions.get(pk=first.pk).malignancy_probability == 0.3


def test_a_mole_is_made_and_changed_within_what_is_allowed(owner):
    mole = create_mole(owner=owner, name="left shoulder", body_view="front", body_x=0.4, body_y=0.3)
    update_mole(mole=mole, name="right shoulder")
    assert Mole.objects.get().name == "right shoulder"
    for bad in ({"name": ""}, {"body_x": 2}, {"body_view": "side"}, {"body_x": NAN}, {"body_site": "moon"}):
        with pytest.raises(ValidationError):
            update_mole(mole=Mole.objects.get(), **bad)
    assert (Mole.objects.get().name, Mole.objects.get().body_x) == ("right shoulder", 0.4)


def test_consent_is_kept_for_storage_and_age_with_the_texts_version(owner):
    record_consent(user=owner, text_version="2026-11")
    assert {(c.kind, c.text_version) for c in Consent.objects.filter(user=owner)} == {
        ("storage", "2026-11"),
        ("of_age", "2026-11"),
    }


# Files without a row ------------------------------------------------------------------------


def age(path: Path, hours: float) -> None:
    moment = timezone.now().timestamp() - hours * 3600
    os.utime(path, (moment, moment))


def test_the_sweep_removes_old_files_without_a_row_and_nothing_else(photo, photo_folder):
    delete_mole(mole=photo.mole)
    kept = files(photo_folder)
    for path in kept:
        age(path, 48)  # old, but a row names them, although it is deleted
    folder = kept[0].parent
    old = [folder / "orphan.jpg", folder / "torn.part", photo_folder / "zz" / "orphan.jpg"]
    new = folder / "being-uploaded.jpg"
    for path in (*old, new):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    for path in old:
        age(path, 1.1)
    age(new, 0.9)
    assert sweep_files() == 3
    assert files(photo_folder) == sorted([*kept, new])
    assert sweep_files() == 0


def test_the_sweep_finds_nothing_where_no_photo_was_ever_stored(db, photo_folder):
    assert not photo_folder.exists()
    assert sweep_files() == 0
