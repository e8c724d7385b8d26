"""A training set is looked up again: what may not be in it any more is taken out, and nothing else."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from diagnosis.models import Event
from diagnosis.services import (
    create_mole,
    delete_account,
    delete_photo,
    export_training_set,
    refresh_training_set,
    set_training_consent,
    update_photo,
)
from diagnosis.services.training import folder as training_folder
from diagnosis.services.training import sets
from diagnosis.services.training.pseudonyms import image_id
from diagnosis.services.training.rows import Why
from tests.training_sets import agrees, histology, images_of, manifest_of, read, rows_of

DERMATOSCOPIC = {"photo_kind": "dermatoscopic"}


@pytest.fixture
def stays(owner, make_photo, mole):
    set_training_consent(user=owner, given=True)
    photo = make_photo(mole=mole, **DERMATOSCOPIC)
    read(photo, "nv")
    return photo


@pytest.fixture
def goes(another, make_photo):
    set_training_consent(user=another, given=True)
    photo = make_photo(owner=another, **DERMATOSCOPIC)
    read(photo, "mel")
    return photo


@pytest.fixture
def folder(stays, goes, tmp_path):
    """A set of two photos, whose consents were looked up a while ago."""
    folder = tmp_path / "set"
    export_training_set(folder=folder)
    path = folder / "manifest.json"
    old = manifest_of(folder) | dict.fromkeys(("made_at", "checked_at"), "2026-01-01T08:00:00+00:00")
    path.write_text(json.dumps(old))
    return folder


def taken_out(folder: Path) -> dict[tuple[str, Why], int]:
    before = timezone.now().replace(microsecond=0)
    without = dict(refresh_training_set(folder=folder).without)
    assert agrees(folder)
    manifest = manifest_of(folder)
    assert manifest["made_at"] == "2026-01-01T08:00:00+00:00"
    assert manifest["checked_at"] >= before.isoformat()
    return without


def test_where_all_is_as_it_was_only_the_date_is_another(folder):
    rows, images = rows_of(folder), images_of(folder)
    assert taken_out(folder) == {}
    assert (rows_of(folder), images_of(folder)) == (rows, images)


def test_a_withdrawn_consent_takes_the_image_out(folder, another, stays):
    set_training_consent(user=another, given=False)
    assert taken_out(folder) == {("mel", Why.CONSENT): 1}
    assert images_of(folder) == {image_id(stays.pk)}


def test_what_is_deleted_goes_at_once_and_with_the_account(folder, another, stays, goes):
    delete_photo(photo=stays)
    assert taken_out(folder) == {("nv", Why.DELETED): 1}
    delete_account(user=another)
    assert taken_out(folder) == {("mel", Why.DELETED): 1}
    assert manifest_of(folder)["photos"] == rows_of(folder) == []


def test_what_was_read_as_another_class_goes(folder, goes):
    read(goes, "nv", "nv")
    assert taken_out(folder) == {("mel", Why.READ_ANEW): 1}


def test_what_a_laboratory_contradicts_goes(folder, goes):
    histology(goes, "benign")
    assert taken_out(folder) == {("mel", Why.BENIGN): 1}


def test_what_turns_out_to_be_a_plain_photo_goes_unless_all_were_exported(folder, goes, stays, tmp_path):
    export_training_set(folder=tmp_path / "all", kinds=["dermatoscopic", "clinical"])
    update_photo(photo=goes, photo_kind="clinical")
    assert taken_out(folder) == {("mel", Why.KIND): 1}
    assert not refresh_training_set(folder=tmp_path / "all").without


def test_what_is_said_of_a_photo_that_stays_is_brought_up_to_date(folder, owner, stays):
    histology(stays, "benign")
    update_photo(photo=stays, mole=create_mole(owner=owner, name="another", body_site="palms/soles"))
    before = {row["image_id"]: row for row in rows_of(folder)}[image_id(stays.pk)]
    assert taken_out(folder) == {}
    after = {row["image_id"]: row for row in rows_of(folder)}[image_id(stays.pk)]
    assert (after["dx_type"], after["localization"]) == ("histo", "acral")
    assert after["lesion_id"] != before["lesion_id"]
    listed = {photo["image_id"]: photo["lesion_id"] for photo in manifest_of(folder)["photos"]}
    assert listed[image_id(stays.pk)] == after["lesion_id"]


def test_nothing_is_added(folder, make_photo):
    read(make_photo(**DERMATOSCOPIC), "bcc")
    assert taken_out(folder) == {}
    assert len(rows_of(folder)) == 2


def test_an_image_that_is_missing_or_was_altered_goes(folder, stays, goes):
    (folder / "images" / f"{image_id(stays.pk)}.jpg").unlink()
    (folder / "images" / f"{image_id(goes.pk)}.jpg").write_bytes(b"painted over")
    assert taken_out(folder) == {("nv", Why.LOST): 1, ("mel", Why.LOST): 1}


def test_it_has_one_event(folder, another):
    set_training_consent(user=another, given=False)
    taken_out(folder)
    event = Event.objects.get(action="training_set.refreshed")
    assert (event.details["count"], event.details["removed"]) == (1, 1)


def test_the_command_says_what_it_took_out(folder, another):
    set_training_consent(user=another, given=False)
    said = StringIO()
    call_command("export_training_set", str(folder), refresh=True, stdout=said)
    assert said.getvalue().splitlines() == [
        f"{folder} holds 1 photo of 1 mole.",
        "  nv: 1",
        "Taken out: 1",
        "  mel: 1, use for training is not allowed",
    ]
    said = StringIO()
    call_command("export_training_set", str(folder), refresh=True, stdout=said)
    assert "Taken out: none" in said.getvalue()


# A crash in between -----------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["remove_image", "write_table", "write_manifest"])
@pytest.mark.parametrize("done", [False, True])
def test_killed_at_any_step_it_is_whole_or_not_agreeing_and_refreshed_again_it_is_whole(
    step, done, folder, another, monkeypatch
):
    set_training_consent(user=another, given=False)
    real = getattr(training_folder.TrainingFolder, step)

    def die(*arguments):
        if done:
            real(*arguments)
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(training_folder.TrainingFolder, step, die)
        with pytest.raises(SystemExit):
            refresh_training_set(folder=folder)
    # Nobody trains with half of it: it is as it was, done, or in disagreement with its manifest.
    old, new = not done and step == "remove_image", done and step == "write_manifest"
    assert agrees(folder) == (old or new)
    assert (manifest_of(folder)["checked_at"] == "2026-01-01T08:00:00+00:00") == (not new)
    assert sum(taken_out(folder).values()) == (0 if new else 1)
    assert len(rows_of(folder)) == 1


# What is no such set ----------------------------------------------------------------------------


def refused(folder: Path, words: str) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(CommandError, match=words):
        call_command("export_training_set", str(folder), refresh=True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_no_set_is_refused(db, tmp_path):
    refused(tmp_path, "is no training set")
    refused(tmp_path / "missing", "is no training set")
    (tmp_path / "manifest.json").write_text("{}")
    refused(tmp_path, "not one that this version")
    (tmp_path / "manifest.json").write_text('["a list"]')
    refused(tmp_path, "not one that this version")
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe")
    refused(tmp_path, "is no training set")


def test_a_manifest_can_name_no_file_outside_its_folder(folder):
    manifest = manifest_of(folder)
    manifest["photos"][0]["image_id"] = "../../photos/somebody"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    refused(folder, "not one that this version")


@pytest.mark.parametrize("change", [{"format": 2}, {"photos": [{}]}, {"photos": None}, {"photos": ["a"]}])
def test_a_damaged_manifest_is_refused(change, folder):
    (folder / "manifest.json").write_text(json.dumps(manifest_of(folder) | change))
    refused(folder, "not one that this version")


def test_a_set_of_another_site_is_refused(folder, settings):
    settings.SECRET_KEY = "another site's"
    refused(folder, "another site, or before SECRET_KEY was changed")


def test_an_image_that_the_manifest_does_not_know_is_refused(folder):
    shutil.copy(next((folder / "images").iterdir()), folder / "images" / "somebody.jpg")
    refused(folder, r"somebody\.jpg is not in manifest\.json")


def test_a_missing_table_is_refused(folder):
    (folder / "HAM10000_metadata.csv").unlink()
    refused(folder, "missing or damaged")


def test_a_set_keeps_its_kinds(folder):
    with pytest.raises(CommandError, match="leave out --kind"):
        call_command("export_training_set", str(folder), refresh=True, kind="all")


def test_a_consent_withdrawn_while_it_is_refreshed_counts_where_it_came_in_time(folder, another, monkeypatch):
    has_image = training_folder.TrainingFolder.has_image

    def slow(*arguments):
        set_training_consent(user=another, given=False)
        return has_image(*arguments)

    monkeypatch.setattr(sets.TrainingFolder, "has_image", slow)
    assert taken_out(folder) == {("mel", Why.CONSENT): 1}
