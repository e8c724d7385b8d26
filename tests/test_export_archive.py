"""What is in the ZIP: everything, each number checked, nothing secret, nothing a spreadsheet would run."""

import csv
import hashlib
import json
import tracemalloc
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from diagnosis.models import AuthToken, Export, Mole, Photo, Prediction, ReminderMail, User
from diagnosis.services import (
    create_share,
    delete_mole,
    delete_photo,
    leave_note,
    open_share,
    record_consent,
    report_mismatch,
    rerun_prediction,
    run_export,
    set_training_consent,
    start_export,
)
from diagnosis.services.exports.archive import cell
from diagnosis.services.exports.tables import TABLES
from tests.readings import looked, reader
from tests.seen import SEEN


def export_of(owner: User, **fields: Any) -> ZipFile:
    export = start_export(owner=owner)
    Export.objects.filter(pk=export.pk).update(**fields)
    run_export(export.pk)
    return ZipFile(BytesIO(Export.objects.get(pk=export.pk).file.read()))


def data(archive: ZipFile) -> dict[str, list[dict[str, Any]]]:
    return json.loads(archive.read("data.json"))


def sheet(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"))))


# Everything is in it --------------------------------------------------------------------------


@pytest.fixture
def all_of_it(owner: User, another: User, mole: Mole, make_photo: Any, succeeded: Any) -> dict[str, Any]:
    record_consent(user=owner)
    set_training_consent(user=owner, given=True)
    set_training_consent(user=owner, given=False)
    judged = make_photo(
        mole=mole, symptoms=["itch"], taken_at=timezone.now() - timedelta(days=30), photo_kind="dermatoscopic"
    )
    succeeded(judged.predictions.get(), 0.34, "raised")
    Prediction.objects.filter(photo=judged).update(**SEEN)
    rerun_prediction(photo=judged)
    gone_mole = Mole.objects.create(owner=owner, name="gone")
    with_it = make_photo(mole=gone_mole)
    delete_mole(mole=gone_mole)
    by_itself, quick = make_photo(mole=mole), make_photo()
    delete_photo(photo=by_itself)
    issued = create_share(owner=owner, moles=[mole, gone_mole], label="Dr A")
    open_share(share=issued.share)
    leave_note(share=issued.share, mole=mole, author="Dr A", text="Come in.", action="see_doctor")
    ReminderMail.objects.create(user=owner, day=timezone.localdate())
    report_mismatch(photo=judged, kind="looks_wrong", text="A doctor disagrees.")
    looked(judged, "see_doctor", note="Asymmetric.")
    make_photo(owner=another)
    Mole.objects.create(owner=another, name="theirs")
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    token, secret = AuthToken.objects.create(user=owner)
    secrets = ["JBSWY3DPEHPK3PXP", secret, token.digest, issued.token, issued.share.token_hash]
    return {
        "judged": judged,
        "with_it": with_it,
        "by_itself": by_itself,
        "quick": quick,
        "secrets": [*secrets, owner.password],
    }


def test_each_table_has_the_owners_rows_and_nobody_elses(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    counts = {name: len(rows) for name, rows in data(archive).items()}
    assert counts == {
        "account": 1,
        "email_addresses": 0,
        "consents": 3,
        "profiles": 1,
        "moles": 2,
        "last_reminder_mail": 1,
        "photos": 4,
        "predictions": 5,
        "mismatches": 1,
        "reviews": 1,
        "opinions": 1,
        "shares": 1,
        "share_moles": 2,
        "share_openings": 1,
        "share_notes": 1,
        "sessions": 0,
        "second_factors": 1,
        "api_tokens": 1,
        "exports": 1,
    }
    assert {name: len(sheet(archive, name)) for name in counts} == counts
    assert json.loads(archive.read("manifest.json"))["counts"] == counts
    assert "theirs" not in archive.read("data.json").decode()


def test_a_prediction_is_whole(owner: User, all_of_it: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in data(export_of(owner))["predictions"]}
    stored = Prediction.objects.get(photo=all_of_it["judged"], status="succeeded")
    row = rows[str(stored.pk)]
    assert row["class_probabilities"] == stored.class_probabilities
    assert (row["malignancy_probability"], row["band"], row["band_shown"]) == (0.34, "raised", "raised")
    for name in SEEN:
        assert row[name] == getattr(stored, name)
    assert row["model_version"] == "residual128-3"


def test_what_clinicians_said_is_in_it_without_who_they_are(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    (case,), (opinion,) = data(archive)["reviews"], data(archive)["opinions"]
    photo = str(all_of_it["judged"].pk)
    assert (case["photo"], case["recommendation"], case["status"]) == (photo, "see_doctor", "closed")
    assert (opinion["case"], opinion["note"], opinion["photo"]) == (case["id"], "Asymmetric.", photo)
    for content in map(archive.read, archive.namelist()):
        assert reader().pk.hex not in content.decode(errors="ignore").replace("-", "")


def test_photos_are_as_stored_and_the_tables_name_them(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    for rows in (data(archive)["photos"], sheet(archive, "photos")):
        by_id = {row["id"]: row for row in rows}
        for photo in Photo.everything.of(owner):
            jpeg = archive.read(by_id[str(photo.pk)]["file"])
            assert hashlib.sha256(jpeg).hexdigest() == photo.sha256
        taken = all_of_it["judged"]
        day = f"{timezone.localtime(taken.taken_at):%Y-%m-%d}"
        assert by_id[str(taken.pk)]["file"] == f"photos/left-shoulder/{day}-{taken.pk}.jpg"
        assert by_id[str(all_of_it["quick"].pk)]["file"].startswith("photos/without-a-mole/")
    assert len([name for name in archive.namelist() if name.startswith("photos/")]) == 4


def test_what_was_deleted_lately_is_marked(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    marked = {row["id"] for row in data(archive)["photos"] if row["recently_deleted"]}
    assert marked == {str(all_of_it[name].pk) for name in ("with_it", "by_itself")}
    assert {row["name"]: row["recently_deleted"] for row in sheet(archive, "moles")} == {
        "gone": "yes",
        "left shoulder": "no",
    }


def test_the_manifest_names_every_other_file_with_its_hash(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    files = json.loads(archive.read("manifest.json"))["files"]
    assert set(files) == set(archive.namelist()) - {"manifest.json"}
    assert len(archive.namelist()) == len(set(archive.namelist()))
    for name, told in files.items():
        content = archive.read(name)
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert all(info.compress_type == ZIP_STORED for info in archive.infolist() if "photos/" in info.filename)


def test_no_secret_leaves(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    for name in archive.namelist():
        content = archive.read(name)
        for secret in all_of_it["secrets"]:
            assert secret.encode() not in content, name


def test_the_readme_says_what_is_in_it(owner: User, all_of_it: dict[str, Any]) -> None:
    archive = export_of(owner)
    readme = archive.read("README.txt").decode()
    for table in TABLES:
        assert f"{table.name}.csv" in readme
    assert "owner@example.org" in readme
    assert "not a diagnosis" in readme
    assert "&" not in readme


def test_an_empty_account_has_an_export_too(owner: User) -> None:
    archive = export_of(owner)
    assert data(archive)["account"][0]["email"] == "owner@example.org"
    assert data(archive)["photos"] == sheet(archive, "photos") == []


def test_a_photo_that_the_storage_lost_is_told_and_costs_no_other(owner: User, make_photo: Any) -> None:
    lost, kept = make_photo(), make_photo()
    lost.image.storage.delete(lost.image.name)
    archive = export_of(owner)
    files = {row["id"]: row["file"] for row in data(archive)["photos"]}
    assert files[str(lost.pk)] == ""
    assert files[str(kept.pk)] in archive.namelist()
    assert json.loads(archive.read("manifest.json"))["photos_without_file"] == [str(lost.pk)]
    assert "1 photo has no file here" in archive.read("README.txt").decode()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("../../etc/passwd", "etcpasswd"),
        ("Linker Arm, außen", "linker-arm-außen"),
        ("***", "mole"),
        ("C:\\Windows", "cwindows"),
        ("左肩", "左肩"),
    ],
)
def test_a_moles_name_never_leads_out_of_its_folder(
    name: str, folder: str, owner: User, make_photo: Any
) -> None:
    make_photo(mole=Mole.objects.create(owner=owner, name=name))
    (photo,) = [entry for entry in export_of(owner).namelist() if entry.endswith(".jpg")]
    assert photo.rpartition("/")[0] == f"photos/{folder}"


# Spreadsheets ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", '=HYPERLINK("http://x")']
)
def test_no_cell_is_a_formula(typed: str, owner: User) -> None:
    assert cell(typed) == f"'{typed}"
    Mole.objects.create(owner=owner, name="a", notes=typed)
    archive = export_of(owner)
    assert sheet(archive, "moles")[0]["notes"].replace("\r", "").strip("\n") == f"'{typed}".replace("\r", "")
    assert data(archive)["moles"][0]["notes"] == typed


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (True, "yes"), (-0.5, -0.5), (3, 3), ("a, “b”", "a, “b”"), ([], ""), (["itch"], '["itch"]')],
)
def test_other_cells_are_as_they_are(value: Any, shown: Any) -> None:
    assert cell(value) == shown


def test_photos_never_sit_in_memory(owner: User, photo: Photo) -> None:
    """They are copied in pieces, into a file on disk."""
    with open(photo.image.path, "wb") as file:
        file.truncate(24 * 1024 * 1024)
    export = start_export(owner=owner)
    tracemalloc.start()
    run_export(export.pk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    export.refresh_from_db()
    assert export.status == "done"
    assert export.size > 24 * 1024 * 1024
    assert peak < 12 * 1024 * 1024
