"""The commands from a shell, through the same service and a real worker."""

import json
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from diagnosis.models import Mole, Photo, User
from diagnosis.services import delete_photo, submit_photo
from tests.pictures import mole_jpeg
from tests.processes import Site, wait_for


def test_predict_prints_what_the_worker_recorded(site: Site, tmp_path: Path) -> None:
    site.make_user("shell@example.org")
    path = tmp_path / "mole.jpg"
    path.write_bytes(mole_jpeg())
    printed = site.manage(
        "predict", str(path), "--user", "Shell@example.org", "--mole", "neck", "--kind", "dermatoscopic"
    )
    answer = json.loads(printed)
    assert answer["status"] == "succeeded"
    assert 0 < answer["malignancy_probability"] < 1
    assert answer["band"] in {"low", "unclear", "raised"}


def test_the_photos_of_the_demo_account_are_all_judged(site: Site) -> None:
    said = site.manage("demo", "--password", "a drawn mole")
    assert "4 moles with 10 drawn photos" in said
    count = (
        "from diagnosis.models import Prediction as P; "
        "print(P.objects.filter(photo__owner__email='demo@example.org', status='succeeded').count())"
    )
    wait_for("ten results", lambda: site.manage("shell", "-v0", "-c", count).strip() == "10", 90, pause=1)


def test_predict_names_the_account_that_is_missing(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no account with the address nobody@example\.org"):
        call_command("predict", str(tmp_path / "mole.jpg"), user="nobody@example.org")


def test_predict_says_what_is_wrong_with_a_file_and_stores_nothing(owner: User, tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("Dear doctor")
    with pytest.raises(CommandError, match="not a JPEG, PNG or WebP"):
        call_command("predict", str(path), user=owner.email)
    with pytest.raises(CommandError, match="could not be read"):
        call_command("predict", str(tmp_path / "missing.jpg"), user=owner.email)
    assert not Photo.objects.exists()


def test_predict_without_a_worker_says_that_the_photo_waits(owner: User, tmp_path: Path) -> None:
    path = tmp_path / "mole.jpg"
    path.write_bytes(mole_jpeg())
    with pytest.raises(CommandError, match="stored and waits"):
        call_command("predict", str(path), user=owner.email, wait=0, stdout=StringIO())
    assert Photo.objects.get().owner == owner


def test_a_second_demo_empties_the_first(db: None) -> None:
    call_command("demo", stdout=StringIO())
    for file in (mole_jpeg(), mole_jpeg()):
        quick_check = submit_photo(owner=User.objects.get(), file=BytesIO(file)).photo
    delete_photo(photo=quick_check)
    call_command("demo", stdout=StringIO())
    assert User.objects.count() == 1
    assert Mole.everything.count() == 4
    assert Photo.everything.count() == 10
