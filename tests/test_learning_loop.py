"""The driver of the learning loop, as far as a drawn data set and the real site's pages carry it."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp

from benchmarks import learning_loop, uploads
from benchmarks.learning_loop import Loop, predicted
from benchmarks.reading_room import HALF_MINUTE, Reader, code_of, make_staff
from ml.data import Ham10000, read_split
from ml.labels import MALIGNANT
from tests.ham10000 import make_rows, write_zip
from tests.processes import Site

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> str:
    return str(write_zip(tmp_path_factory.mktemp("ham"), make_rows()))


def test_photos_are_of_whole_lesions_of_the_test_part_and_the_same_each_time(data):
    rows = Ham10000(data).rows
    chosen = uploads.choose(rows, 12)
    assert len(chosen) == 12
    assert {read_split()[row.lesion_id] for row in chosen} == {"test"}
    lesions = {row.lesion_id for row in chosen}
    assert len([row for row in rows if row.lesion_id in lesions]) == 12
    assert sum(row.dx in MALIGNANT for row in chosen) == 6
    assert chosen == uploads.choose(rows, 12)
    assert chosen != uploads.choose(rows, 12, seed=2)
    others = uploads.choose(rows, 4, without=lesions)
    assert not {row.lesion_id for row in others} & lesions


def test_more_photos_than_there_are_is_an_error(data):
    with pytest.raises(ValueError, match="no 1000 photos"):
        uploads.choose(Ham10000(data).rows, 1000)


def test_codes_are_those_of_an_authenticator_app():
    for at in (59, 1_111_111_109, 20_000_000_000, time.time()):
        expected = totp.format_hotp_value(totp.hotp_value(SECRET, int(at) // HALF_MINUTE))
        assert code_of(SECRET, at) == expected


def test_staff_get_in_with_password_and_code_and_not_with_a_wrong_one(site: Site):
    make_staff(site, "driver@example.org", SECRET)
    reader = Reader(site, "driver@example.org", SECRET)
    reader.log_in()
    assert reader.seconds
    with pytest.raises(RuntimeError, match="did not get into the administration"):
        Reader(site, "driver@example.org", "KRSXG5CTMVRXEZLU").log_in()
    with pytest.raises(AssertionError, match="there is no such group"):
        make_staff(site, "driver2@example.org", SECRET, "surgeons")


def test_photos_are_uploaded_as_moles_of_people_and_judged(site: Site, data, tmp_path):
    loop = Loop(data, tmp_path)
    loop.site = site
    site.make_user("loop@example.org")
    api = site.api("loop@example.org")
    rows = uploads.choose(loop.ham.rows, 4)
    photos = uploads.upload(loop.ham, [api], rows)
    assert sorted(row.image_id for row in photos.values()) == sorted(row.image_id for row in rows)
    moles = api.get("moles/")["results"]
    assert sorted(mole["photo_count"] for mole in moles) == [2, 2]
    assert {mole["body_site"] for mole in moles} == {"posterior torso"}
    people = {one["name"].split()[0]: one for one in api.get("profiles/")["results"] if not one["is_self"]}
    assert people.keys() == {row.lesion_id for row in rows}
    assert {one["sex"] for one in people.values()} == {"female"}
    assert sum(predicted(loop, photos).values()) == 4
    version = api.get(f"photos/{next(iter(photos))}/")["prediction"]["model_version"]
    assert version == learning_loop.SHIPPED
