"""Training sets that a site exported: what is taken in, what is refused, and what is never trained on."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from ml.data import METADATA, Ham10000
from ml.extra import MANIFEST, ExtraSet, ExtraSetError, WithExtra, check_apart, part_of, upright
from tests.extra_sets import SITE, make_extra_rows, write_extra, write_table
from tests.ham10000 import make_rows, write_zip

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return write_extra(tmp_path / "set", make_extra_rows())


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Ham10000:
    return Ham10000(write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=2, photos=1)))


def manifest(folder) -> dict:
    return json.loads((folder / MANIFEST).read_text())


def test_a_lesions_part_never_changes():
    # By hand: the SHA-256 of "20180814:a" begins with 9bec, which is 0.609 of the way to ffff; b: cddc,
    # 0.804; p: e9d0, 0.913.
    assert {name: part_of(name) for name in "abp"} == {"a": "train", "b": "validation", "p": "test"}


def test_lesions_are_split_70_15_15():
    counts = Counter(part_of(f"mole-{number}") for number in range(20_000))
    shares = [counts[part] / 20_000 for part in ("train", "validation", "test")]
    assert shares == pytest.approx([0.70, 0.15, 0.15], abs=0.01)


def test_a_set_is_read_and_its_lesions_stay_together(folder):
    found = ExtraSet(folder)
    assert found.site == SITE
    assert len(found.rows) == 3 * 7 * 2
    lesions = [{row.lesion_id for row in found.part(name)} for name in ("train", "validation", "test")]
    assert [len(one) for one in lesions] == [7, 7, 7]
    assert len(set.union(*lesions)) == 21
    assert {row.lesion_id for row in found.held_out} == lesions[1] | lesions[2]
    assert found.squares(found.rows[:2], 32).shape == (2, 32, 32, 3)


def test_a_lesion_keeps_its_part_when_the_set_grows(tmp_path):
    rows = make_extra_rows(lesions=2)
    small = ExtraSet(write_extra(tmp_path / "small", rows[::3]))
    large = ExtraSet(write_extra(tmp_path / "large", rows[::-1]))
    for part in ("train", "validation", "test"):
        assert {row.lesion_id for row in small.part(part)} <= {row.lesion_id for row in large.part(part)}


def test_only_the_training_part_joins_training(folder, data):
    extra = ExtraSet(folder)
    together = WithExtra(data, [extra])
    assert together.part("train") == data.part("train") + extra.part("train")
    for part in ("validation", "test"):
        assert together.part(part) == data.part(part)
    rows = together.part("train")
    assert [together.has_mask(row) for row in rows] == [True] * 14 + [False] * 14
    wholes = together.wholes(rows, (40, 30))
    assert (wholes[:14, ..., 3].max(axis=(1, 2)) == 255).all()
    assert wholes[14:, ..., 3].max() == 0
    assert np.array_equal(wholes[:14], data.wholes(rows[:14], (40, 30)))
    assert np.array_equal(wholes[14:], extra.wholes(rows[14:], (40, 30)))


def test_two_sets_make_one_training_part_in_whatever_order_they_are_named(tmp_path, data):
    one = ExtraSet(write_extra(tmp_path / "one", make_extra_rows(name="a")))
    two = ExtraSet(write_extra(tmp_path / "two", make_extra_rows(name="b"), site="other"))
    rows = WithExtra(data, [one, two]).part("train")
    assert rows == WithExtra(data, [two, one]).part("train")
    assert len(rows) == 14 + 14 + 14


def test_a_set_is_known_by_what_it_holds_and_not_by_when_it_was_looked_up(tmp_path):
    rows = make_extra_rows()
    first = ExtraSet(write_extra(tmp_path / "first", rows))
    again = ExtraSet(write_extra(tmp_path / "again", rows[::-1], made_at=NOW.isoformat()))
    assert first.origin == again.origin
    assert (first.origin.site, first.origin.photos) == (SITE, 14)
    fewer = ExtraSet(write_extra(tmp_path / "fewer", rows[1:]))
    relabelled = [rows[0] | {"dx": "mel"}, *rows[1:]]
    other = ExtraSet(write_extra(tmp_path / "other", relabelled))
    assert len({first.sha256, fewer.sha256, other.sha256}) == 3


def refused(folder, now=None) -> str:
    with pytest.raises(ExtraSetError) as caught:
        ExtraSet(folder, now)
    message = str(caught.value)
    assert message.startswith(f"{folder}: ")
    assert "{" not in message
    return message


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (24.01, "more than 24 hours ago, and may have been withdrawn since"),
        (-0.1, "lies in the future. Set the clocks"),
    ],
)
def test_a_set_whose_consents_were_not_looked_up_lately_is_refused(hours, said, tmp_path):
    checked = (NOW - timedelta(hours=hours)).isoformat()
    folder = write_extra(tmp_path, make_extra_rows(), checked_at=checked)
    message = refused(folder, NOW)
    assert said in message
    assert f"run `manage.py export_training_set {folder} --refresh`" in message


@pytest.mark.parametrize("hours", [23.99, 0, -0.05])
def test_a_set_looked_up_within_a_day_is_taken(hours, tmp_path):
    checked = (NOW - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
    assert ExtraSet(write_extra(tmp_path, make_extra_rows(), checked_at=checked), NOW).rows


@pytest.mark.parametrize(
    "change",
    [
        {"site": None},
        {"site": ""},
        {"photos": {}},
        {"photos": [{"image_id": "a"}]},
        {"photos": [{"image_id": "../a", "lesion_id": "b", "sha256": "c"}]},
        {"photos": [{"image_id": "a", "lesion_id": "b", "sha256": "c"}] * 2},
        {"checked_at": "yesterday"},
        {"checked_at": "2026-11-25T12:00:00"},
        {"made_at": 5},
    ],
)
def test_a_damaged_manifest_is_refused(change, folder):
    (folder / MANIFEST).write_text(json.dumps(manifest(folder) | change))
    assert refused(folder).endswith(
        f"{MANIFEST} is damaged. Please export it anew: `manage.py export_training_set {folder}`."
    )


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"5"])
def test_a_manifest_that_is_none_is_refused(content, folder):
    (folder / MANIFEST).write_bytes(content)
    assert "damaged" in refused(folder)


def test_a_set_without_a_manifest_or_of_another_format_is_refused(folder):
    (folder / MANIFEST).write_text(json.dumps(manifest(folder) | {"format": 2}))
    assert "has format 2; this version reads format 1" in refused(folder)
    (folder / MANIFEST).unlink()
    assert "there is no manifest.json, so nobody knows who consented. Please export it anew" in refused(
        folder
    )


def test_a_set_without_a_table_or_with_a_damaged_one_is_refused(folder):
    table = folder / METADATA
    text = table.read_text()
    table.write_text(text.replace("41.0", "old", 1))
    assert "could not convert string to float" in refused(folder)
    table.write_text(text.replace("lesion_id", "mole_id", 1))
    assert "has no column 'lesion_id'" in refused(folder)
    table.write_text(text.splitlines()[0] + "\n")
    assert "it holds no photo" in refused(folder)
    table.unlink()
    assert f"there is no {METADATA}" in refused(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dx": "scc"}, "image mole-photo-0003 has class 'scc'; there are akiec, bcc"),
        ({"age": "nan"}, "has age nan, which nobody has"),
        ({"age": "-1"}, "has age -1, which nobody has"),
        ({"image_id": "stranger"}, "image stranger is not in manifest.json"),
        ({"image_id": "mole-photo-0000"}, "has two rows for image mole-photo-0000"),
        ({"lesion_id": "another"}, "image mole-photo-0003 has another lesion in"),
    ],
)
def test_a_row_that_cant_be_trained_on_is_named(change, said, folder):
    rows = make_extra_rows()
    rows[3] |= change
    write_table(folder, rows)
    assert said in refused(folder)


def test_a_photo_without_a_row_is_named(folder):
    write_table(folder, make_extra_rows()[1:])
    assert f"image mole-photo-0000 has no row in {METADATA}" in refused(folder)


def test_an_image_that_is_missing_changed_or_not_listed_is_named(folder):
    image = folder / "images" / "mole-photo-0002.jpg"
    content = image.read_bytes()
    image.write_bytes(content + b"\0")
    assert "images/mole-photo-0002.jpg has another SHA-256 than in manifest.json" in refused(folder)
    image.unlink()
    assert "images/mole-photo-0002.jpg is missing" in refused(folder)
    image.write_bytes(content)
    (folder / "images" / "withdrawn.jpg").write_bytes(content)
    said = "images/withdrawn.jpg is not in manifest.json. Nobody is known to have allowed it: remove it"
    assert said in refused(folder)


def test_what_a_site_exported_as_a_photo_and_is_none_is_named(folder):
    found = ExtraSet(folder)
    (folder / "images" / "mole-photo-0000.jpg").write_bytes(b"no photo")
    with pytest.raises(ExtraSetError, match=r"images/mole-photo-0000\.jpg is no photo"):
        found.squares(found.rows, 32)


@pytest.mark.parametrize("name", ["lesion_id", "image_id"])
def test_what_ham10000_has_already_is_refused(name, tmp_path, data):
    rows = make_extra_rows(photos=1)
    rows[0][name] = getattr(data.rows[5], name)
    extra = ExtraSet(write_extra(tmp_path, rows))
    with pytest.raises(ExtraSetError, match=f"{rows[0][name]} is in HAM10000 already"):
        WithExtra(data, [extra])


def test_two_exports_of_the_same_moles_are_refused(tmp_path, data):
    old = ExtraSet(write_extra(tmp_path / "old", make_extra_rows(photos=1)))
    new = ExtraSet(write_extra(tmp_path / "new", make_extra_rows(photos=2)))
    with pytest.raises(ExtraSetError, match=f"is in {tmp_path}/old already. Pass one export of each site"):
        check_apart(data, [old, new])


def test_a_set_without_a_lesion_to_train_on_or_to_measure_on_is_refused(tmp_path, data):
    rows = make_extra_rows()
    training = [row for row in rows if part_of(row["lesion_id"]) == "train"]
    held_out = ExtraSet(write_extra(tmp_path / "held", [row for row in rows if row not in training]))
    with pytest.raises(ExtraSetError, match="none of its lesions falls into the training part"):
        WithExtra(data, [held_out])
    with pytest.raises(ExtraSetError, match="all of its lesions fall into the training part"):
        _ = ExtraSet(write_extra(tmp_path / "train", training)).held_out


def stripes(width: int, height: int) -> Image.Image:
    """Red grows from left to right, green from top to bottom."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.dstack([x, y, 0 * x]).astype(np.uint8))


def test_pictures_of_any_shape_keep_theirs():
    plain = upright(stripes(400, 300), (40, 30)).astype(int)
    wide = upright(stripes(800, 300), (40, 30)).astype(int)
    narrow = upright(stripes(300, 300), (40, 30)).astype(int)
    high = upright(stripes(300, 400), (40, 30)).astype(int)
    assert {one.shape for one in (plain, wide, narrow, high)} == {(30, 40, 3)}
    assert np.abs(plain[15, [0, 39], 0] - [0, 255]).max() < 8  # all of it
    assert np.abs(wide[15, [0, 39], 0] - [64, 191]).max() < 8  # the middle half
    assert np.abs(narrow[15, [5, 34], 0] - [0, 255]).max() < 10  # thirty columns wide
    assert np.array_equal(narrow[:, :5], narrow[:, 9:4:-1])
    assert np.array_equal(narrow[:, 35:], narrow[:, 34:29:-1])
    assert np.ptp(high[15, :, 1]) > 240  # what was down lies along
    for one in (plain, wide, narrow):
        assert np.abs(one[[0, 29], 20, 1] - [0, 255]).max() < 10
