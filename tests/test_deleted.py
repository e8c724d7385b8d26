"""Deleted is out of sight at once, comes back as it was for seven days, and then is gone: rows and files."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from diagnosis.inference import run_prediction
from diagnosis.models import Mole, Photo, Prediction, Share
from diagnosis.services import (
    create_share,
    delete_account,
    delete_mole,
    delete_photo,
    leave_note,
    remove_mole,
    remove_outlived,
    remove_photo,
    restore_mole,
    restore_photo,
    submit_photo,
    sweep_files,
)
from tests.pictures import mole_jpeg
from tests.test_pages_moles import text

DAY = timedelta(days=1)
NOTE = {"author": "Dr A", "text": "Come in.", "action": "see_doctor"}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def deleted_ago(row, age):
    type(row).everything.filter(pk=row.pk).update(deleted_at=timezone.now() - age)


def values(model) -> list[dict]:
    return list(model._base_manager.order_by("pk").values())


# Out of sight ---------------------------------------------------------------------------------


def test_a_deleted_mole_is_nowhere(owner, owner_client, mole, photo, succeeded):
    prediction = photo.predictions.get()
    succeeded(prediction, 0.4, "raised")
    issued = create_share(owner=owner, moles=[mole])
    leave_note(share=issued.share, mole=mole, **NOTE)
    delete_mole(mole=mole)
    for queryset in (Mole.objects, Photo.objects, Prediction.objects):
        assert not queryset.of(owner).exists()
    shared = reverse("shared", args=[issued.token])
    for address in ("/moles/", "/moles/?show=all", "/photos/", "/shares/", shared, "/moles/new-model/"):
        page = text(owner_client.get(address))
        assert "left shoulder" not in page
        assert str(photo.pk) not in page
        assert "Come in." not in page
    gone = [reverse(name, args=[mole.pk]) for name in ("mole", "mole-edit", "mole-delete", "mole-report")]
    gone += [reverse("mole-compare", args=[mole.pk]), reverse("photo-add", args=[mole.pk])]
    gone += [reverse(name, args=[photo.pk]) for name in ("photo", "photo-image", "photo-thumbnail")]
    gone += [reverse("prediction", args=[prediction.pk]), f"/s/{issued.token}/photos/{photo.pk}/"]
    gone += [f"/api/v1/moles/{mole.pk}/", f"/api/v1/moles/{mole.pk}/photos/", f"/api/v1/photos/{photo.pk}/"]
    gone += [f"/api/v1/photos/{photo.pk}/image/", f"/api/v1/predictions/{prediction.pk}/"]
    for address in gone:
        assert owner_client.get(address).status_code == 404, address
    for address in ("/api/v1/moles/", "/api/v1/photos/"):
        assert owner_client.get(address).json()["results"] == []


def test_staff_see_nothing_of_what_is_deleted(staff_client, owner, mole, photo):
    delete_mole(mole=mole)
    for model in ("mole", "photo", "prediction"):
        page = staff_client.get(reverse(f"admin:diagnosis_{model}_changelist"))
        assert page.context["cl"].result_count == 0
    person = text(staff_client.get(reverse("admin:diagnosis_user_change", args=[owner.pk])))
    assert "left shoulder" not in person
    assert staff_client.get(reverse("admin:diagnosis_photo_image", args=[photo.pk])).status_code == 404
    accounts = staff_client.get(reverse("admin:diagnosis_user_changelist")).context["cl"].result_list
    assert {user.email: user.mole_count for user in accounts}["owner@example.org"] == 0


def test_a_mole_is_told_without_its_deleted_photos(owner_client, mole, make_photo, succeeded):
    kept, gone = make_photo(mole=mole), make_photo(mole=mole)
    succeeded(kept.predictions.get(), 0.12, "low")
    succeeded(gone.predictions.get(), 0.87, "raised")
    delete_photo(photo=gone)
    overview = Mole.objects.with_overview().get()
    assert (overview.photo_count, overview.latest_probability) == (1, 0.12)
    assert overview.last_photo_at == kept.created_at
    for name in ("mole", "mole-report", "mole-list"):
        page = text(owner_client.get(reverse(name, args=[] if name == "mole-list" else [mole.pk])))
        assert "87%" not in page
        assert str(gone.pk) not in page


def test_the_queue_keeps_the_place_of_a_deleted_photo_and_shows_it_once_it_is_back(
    owner, photo, mole, tiny_artifact, settings
):
    settings.MODEL_FOLDER, settings.MODEL_VERSION = tiny_artifact, "tiny-1"
    prediction = photo.predictions.get()
    delete_mole(mole=mole)
    run_prediction(prediction.pk)
    prediction.refresh_from_db()
    assert prediction.terminal
    assert not Prediction.objects.of(owner).exists()
    restore_mole(mole=mole)
    assert Prediction.objects.of(owner).get() == prediction


# And back -------------------------------------------------------------------------------------


def test_a_mole_comes_back_exactly_as_it_was(owner, mole, make_photo, photo_folder):
    issued = create_share(owner=owner, moles=[mole])
    leave_note(share=issued.share, mole=mole, **NOTE)
    for _ in range(2):
        make_photo(mole=mole, symptoms=["itch"], idempotency_key=f"k-{_}")
    before = [values(model) for model in (Mole, Photo, Prediction, Share)], files(photo_folder)
    delete_mole(mole=mole)
    restore_mole(mole=mole)
    assert ([values(model) for model in (Mole, Photo, Prediction, Share)], files(photo_folder)) == before
    assert issued.share.moles.get() == mole


def test_a_photo_deleted_by_itself_does_not_come_back_with_its_mole(owner, mole, make_photo):
    stays, before = make_photo(mole=mole), make_photo(mole=mole)
    delete_photo(photo=before)
    delete_mole(mole=mole)
    with pytest.raises(ValidationError, match="Restore the mole first"):
        restore_photo(photo=before)
    restore_mole(mole=mole)
    assert list(mole.photos.all()) == [stays]
    restore_photo(photo=before)
    assert set(mole.photos.all()) == {stays, before}


def test_deleting_twice_does_not_put_off_the_end(mole, photo):
    for row, delete in ((photo, delete_photo), (mole, delete_mole)):
        deleted_ago(row, 3 * DAY)
        delete(**{type(row).__name__.lower(): row})
        row.refresh_from_db()
        assert timezone.now() - row.deleted_at > 2 * DAY


def test_a_key_of_a_deleted_photo_is_free_again(owner, mole, photo_folder):
    def send():
        return submit_photo(owner=owner, mole=mole, file=io.BytesIO(mole_jpeg()), idempotency_key="k-1")

    first = send().photo
    delete_photo(photo=first)
    second = send()
    assert second.created
    restore_photo(photo=first)
    assert Photo.objects.count() == 2
    assert (send().photo, send().created) == (second.photo, False)


# And gone -------------------------------------------------------------------------------------


def test_after_seven_days_rows_and_files_are_gone_and_nothing_else(
    mole, photo, make_photo, owner, photo_folder, django_capture_on_commit_callbacks
):
    other = make_photo()
    late, early = make_photo(), make_photo()
    of_the_mole = make_photo(mole=mole)
    delete_photo(photo=of_the_mole)
    deleted_ago(mole, 7 * DAY)
    deleted_ago(late, 7 * DAY - timedelta(minutes=1))
    deleted_ago(early, 8 * DAY)
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_outlived() == 2
    assert set(Photo.everything.all()) == {other, late}
    assert not Mole.everything.exists()
    assert Prediction.objects.count() == 2
    kept = {Path(name).name for row in (other, late) for name in (row.image.name, row.thumbnail.name)}
    assert files(photo_folder) == kept
    assert remove_outlived() == 0


def test_a_worker_that_dies_between_rows_and_files_leaves_nothing_for_long(
    mole, photo, photo_folder, monkeypatch, django_capture_on_commit_callbacks
):
    other = Mole.objects.create(owner=mole.owner, name="other")
    for row in (mole, other):
        deleted_ago(row, 8 * DAY)

    def die(names):
        raise SystemExit("killed")

    monkeypatch.setattr("diagnosis.services.files.remove_files", die)
    with pytest.raises(SystemExit), django_capture_on_commit_callbacks(execute=True):
        remove_outlived()
    monkeypatch.undo()
    assert not Mole.everything.exists()
    assert len(files(photo_folder)) == 2  # of no row; the sweep takes them once they are an hour old
    for path in photo_folder.rglob("*.jpg"):
        os.utime(path, (0, 0))
    assert sweep_files() == 2
    assert files(photo_folder) == set()


def test_the_sweep_of_files_lets_the_deleted_ones_be(photo, mole, photo_folder):
    delete_mole(mole=mole)
    for path in photo_folder.rglob("*.jpg"):
        os.utime(path, (0, 0))
    assert sweep_files() == 0
    assert len(files(photo_folder)) == 2


def test_what_was_restored_in_the_last_moment_stays(mole, photo):
    assert not remove_mole(mole=mole)
    assert not remove_photo(photo=photo)
    assert Photo.objects.get() == photo


def test_the_account_takes_along_what_is_in_the_grace_period(
    owner, mole, photo, make_photo, photo_folder, django_capture_on_commit_callbacks
):
    delete_mole(mole=mole)
    delete_photo(photo=make_photo())
    with django_capture_on_commit_callbacks(execute=True):
        receipt = delete_account(user=owner)
    assert (receipt.holdings.moles, receipt.holdings.photos, receipt.holdings.predictions) == (1, 2, 2)
    assert not Mole.everything.exists()
    assert not Photo.everything.exists()
    assert files(photo_folder) == set()
