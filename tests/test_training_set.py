"""What leaves for training: which photos, in whose words, and under which names."""

import hashlib
import json
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from diagnosis.models import Event
from diagnosis.services import (
    CONSENT_TEXT_VERSION,
    Crop,
    create_mole,
    delete_photo,
    export_training_set,
    set_training_consent,
)
from diagnosis.services.training import rows as training_rows
from diagnosis.services.training import sets
from diagnosis.services.training.rows import Why
from ml.data import Ham10000
from ml.labels import CLASSES
from tests.pictures import encoded, mole_jpeg
from tests.training_sets import agrees, histology, images_of, manifest_of, read, rows_of, why_not

DERMATOSCOPIC = {"photo_kind": "dermatoscopic"}


@pytest.fixture
def allowed(owner):
    set_training_consent(user=owner, given=True)
    return owner


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "set"


# What a set looks like ------------------------------------------------------------------------


def test_it_has_ham10000s_layout_and_a_manifest_of_each_image(allowed, make_photo, mole, folder):
    for dx in ("nv", "mel"):
        read(make_photo(mole=mole, file=BytesIO(mole_jpeg(seed=len(dx))), **DERMATOSCOPIC), dx)
    before = timezone.now().replace(microsecond=0)
    made = export_training_set(folder=folder)
    assert (made.photos, made.moles, made.without.total()) == ({"nv": 1, "mel": 1}, 1, 0)
    data = Ham10000(folder)
    assert {row.dx for row in data.rows} == {"nv", "mel"}
    assert len({row.lesion_id for row in data.rows}) == 1
    assert agrees(folder)
    manifest = manifest_of(folder)
    assert [photo["image_id"] for photo in manifest["photos"]] == sorted(images_of(folder))
    for photo, row in zip(manifest["photos"], data.rows, strict=True):
        content = (folder / "images" / f"{row.image_id}.jpg").read_bytes()
        assert data.read(row.image_id) == content
        sha256 = hashlib.sha256(content).hexdigest()
        assert photo == {"image_id": row.image_id, "lesion_id": row.lesion_id, "sha256": sha256}
    assert manifest["format"] == 1
    assert manifest["consent_text_versions"] == [CONSENT_TEXT_VERSION]
    assert before <= datetime.fromisoformat(manifest["made_at"]) <= timezone.now()
    assert manifest["made_at"] == manifest["checked_at"]
    assert manifest["made_at"].endswith("+00:00")


def test_an_image_is_the_square_over_the_mole_without_metadata(allowed, make_photo, folder):
    picture = Image.new("RGB", (2000, 1400), "white")
    picture.paste((200, 30, 30), (100, 400, 1000, 1300))
    crop = Crop(x=0.275, y=850 / 1400, size=900 / 1400)
    read(make_photo(file=BytesIO(encoded(picture)), crop=crop, **DERMATOSCOPIC), "nv")
    export_training_set(folder=folder)
    (path,) = (folder / "images").iterdir()
    with Image.open(path) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (600, 600), "RGB")
        assert not image.getexif()
        assert not set(image.info) & {"comment", "exif", "icc_profile", "photoshop", "xmp"}
        corners = [image.getpixel(xy) for xy in ((3, 3), (596, 3), (3, 596), (596, 596))]
    assert all(abs(a - b) < 6 for pixel in corners for a, b in zip(pixel, (200, 30, 30), strict=True))
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_small_square_is_not_enlarged_and_one_too_small_is_left_out(allowed, make_photo, folder):
    jpeg = mole_jpeg(400, 300)
    read(make_photo(file=BytesIO(jpeg), crop=Crop(size=0.5), **DERMATOSCOPIC), "nv")
    read(make_photo(file=BytesIO(jpeg), crop=Crop(size=0.3), **DERMATOSCOPIC), "nv")
    made = export_training_set(folder=folder)
    assert made.without == {("nv", Why.SMALL): 1}
    (path,) = (folder / "images").iterdir()
    with Image.open(path) as image:
        assert image.size == (150, 150)


def test_names_are_made_up_and_the_same_in_every_export_of_one_site(
    allowed, owner, make_photo, mole, folder, tmp_path, settings
):
    photos = [make_photo(mole=mole, **DERMATOSCOPIC), make_photo(**DERMATOSCOPIC)]
    for photo in photos:
        read(photo, "nv")
    export_training_set(folder=folder)
    export_training_set(folder=tmp_path / "again")
    assert rows_of(folder) == rows_of(tmp_path / "again")
    assert len({row["lesion_id"] for row in rows_of(folder)}) == 2
    for row in rows_of(folder):
        assert row["lesion_id"].startswith("mole_")
        assert row["image_id"].startswith("photo_")
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for known in (owner.email, mole.name, str(owner.pk), str(mole.pk), *(str(photo.pk) for photo in photos)):
        assert known.encode() not in everything
        assert known.replace("-", "").encode() not in everything
    settings.SECRET_KEY = "another site's"
    export_training_set(folder=tmp_path / "elsewhere")
    assert manifest_of(folder)["site"] != manifest_of(tmp_path / "elsewhere")["site"]
    assert not images_of(folder) & images_of(tmp_path / "elsewhere")


# Which photos ---------------------------------------------------------------------------------


def test_without_consent_nothing_leaves(owner, photo, folder):
    read(photo, "nv")
    assert why_not(folder) == {("nv", Why.CONSENT): 1}
    set_training_consent(user=owner, given=True)
    set_training_consent(user=owner, given=False)
    assert why_not(folder) == {("nv", Why.CONSENT): 1}


def test_an_open_case_is_no_review(allowed, photo, folder):
    assert why_not(folder) == {}


def test_plain_photos_leave_only_when_asked_for(allowed, make_photo, mole, folder):
    read(make_photo(mole=mole), "nv")
    assert why_not(folder) == {("nv", Why.KIND): 1}
    assert export_training_set(folder=folder, kinds=["clinical", "dermatoscopic"]).photos == {"nv": 1}


def test_what_readers_could_not_tell_or_use_stays(allowed, make_photo, folder):
    read(make_photo(**DERMATOSCOPIC), "unknown", "unknown")
    read(make_photo(**DERMATOSCOPIC), "nv", quality="unusable")
    assert why_not(folder) == {("", Why.NO_CLASS): 1, ("nv", Why.UNUSABLE): 1}


def test_what_is_deleted_or_lost_stays(allowed, make_photo, mole, folder):
    deleted, lost, damaged = (make_photo(mole=mole, **DERMATOSCOPIC) for _ in range(3))
    for photo in (deleted, lost, damaged):
        read(photo, "nv")
    delete_photo(photo=deleted)
    lost.image.storage.delete(lost.image.name)
    with open(damaged.image.path, "wb") as file:
        file.write(b"\xff\xd8\xff not much of a photo")
    assert why_not(folder) == {("nv", Why.LOST): 2}


def test_the_newest_closed_case_counts_and_a_photo_is_there_once(allowed, photo, folder):
    first = read(photo, "nv")
    type(first).objects.filter(pk=first.pk).update(closed_at=timezone.now() - timedelta(days=9))
    read(photo, "bkl", "bkl")
    export_training_set(folder=folder)
    assert [(row["dx"], row["dx_type"]) for row in rows_of(folder)] == [("bkl", "consensus")]


def test_every_class_that_readers_can_name_is_one_of_the_networks(allowed, make_photo, folder):
    for dx in CLASSES:
        read(make_photo(**DERMATOSCOPIC), dx)
    assert export_training_set(folder=folder).photos == dict.fromkeys(CLASSES, 1)


# The command, the log, the cost ---------------------------------------------------------------


def test_the_command_says_what_left_and_what_did_not(allowed, make_photo, mole, folder):
    read(make_photo(mole=mole, **DERMATOSCOPIC), "nv")
    read(make_photo(mole=mole), "mel")
    said = StringIO()
    call_command("export_training_set", str(folder), stdout=said)
    assert said.getvalue().splitlines() == [
        f"{folder} holds 1 photo of 1 mole.",
        "  nv: 1",
        "Left out: 1",
        "  mel: 1, not taken through a dermatoscope",
    ]


def test_with_nothing_to_export_it_says_why_and_writes_nothing(owner, photo, folder):
    read(photo, "nv")
    said = StringIO()
    with pytest.raises(CommandError, match="No photo can be exported"):
        call_command("export_training_set", str(folder), stdout=said)
    assert "nv: 1, use for training is not allowed" in said.getvalue()
    assert not folder.exists()
    assert not Event.objects.filter(action__startswith="training_set").exists()


def test_a_folder_that_holds_something_is_left_alone(allowed, photo, folder, tmp_path):
    read(photo, "nv")
    export_training_set(folder=folder)
    (tmp_path / "letter.txt").write_text("Dear doctor")
    for place in (tmp_path, tmp_path / "letter.txt", folder):
        with pytest.raises(CommandError, match="not an empty folder"):
            call_command("export_training_set", str(place))
    assert (tmp_path / "letter.txt").read_text() == "Dear doctor"
    assert not (tmp_path / "images").exists()
    assert agrees(folder)


def test_an_export_has_one_event_which_names_nobody(allowed, owner, photo, folder):
    read(photo, "nv")
    export_training_set(folder=folder)
    event = Event.objects.get(action="training_set.exported")
    sha256 = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert (event.object_type, event.object_id) == ("site", "site")
    assert event.details == {
        "count": 1,
        "removed": 0,
        "site": manifest_of(folder)["site"],
        "manifest_sha256": sha256,
    }
    assert str(owner.pk) not in json.dumps(event.details)


def test_an_export_that_fails_leaves_nothing_behind(allowed, make_photo, folder, monkeypatch):
    for _ in range(2):
        read(make_photo(**DERMATOSCOPIC), "nv")
    cut, seen = sets.cut_square, []

    def full(*arguments):
        seen.append(arguments)
        if len(seen) == 2:
            raise OSError(28, "No space left on device")
        return cut(*arguments)

    monkeypatch.setattr(sets, "cut_square", full)
    with pytest.raises(CommandError, match="can't be written: No space left on device"):
        call_command("export_training_set", str(folder))
    assert len(seen) == 2
    assert not folder.exists()
    assert not Event.objects.filter(action="training_set.exported").exists()


def test_more_photos_cost_no_more_queries_until_a_chunk_is_full(
    allowed, owner, make_photo, tmp_path, monkeypatch
):
    def queries(name):
        with CaptureQueriesContext(connection) as captured:
            export_training_set(folder=tmp_path / name)
        return len(captured)

    monkeypatch.setattr(training_rows, "CHUNK", 4)

    def more(count):
        for number in range(count):
            mole = create_mole(owner=owner, name=f"mole {number}")
            photo = make_photo(mole=mole, **DERMATOSCOPIC)
            read(photo, "nv")
            histology(photo, "benign")

    more(1)
    few = queries("few")
    more(2)
    assert queries("more") == few
    more(2)
    assert queries("two chunks") == few + 2 * 3


def test_the_consent_at_the_end_of_the_export_counts(
    allowed, owner, another, make_photo, folder, monkeypatch
):
    set_training_consent(user=another, given=True)
    photos = [
        make_photo(**DERMATOSCOPIC),
        make_photo(**DERMATOSCOPIC),
        make_photo(owner=another, **DERMATOSCOPIC),
    ]
    for photo in photos:
        read(photo, "nv")
    cut = sets.cut_square

    def slow(*arguments):
        set_training_consent(user=another, given=False)
        if photos[0].deleted_at is None:
            delete_photo(photo=photos[0])
        return cut(*arguments)

    monkeypatch.setattr(sets, "cut_square", slow)
    made = export_training_set(folder=folder)
    assert made.photos == {"nv": 1}
    assert agrees(folder)
    assert made.without.total() == 2
