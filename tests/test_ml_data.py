"""HAM10000 is read from either layout and split by lesion."""

import sys
from collections import Counter

import numpy as np
import pytest

from ml import data
from ml.data import METADATA, SPLIT_FILE, Ham10000, make_split, read_split, split_sha256, write_split
from ml.labels import CLASSES, MALIGNANT
from tests.ham10000 import make_rows, picture, write_kaggle, write_zip

LAYOUTS = [write_kaggle, write_zip]
LESIONS, IMAGES = 7470, 10015


def test_the_committed_split_names_every_lesion_once():
    lines = SPLIT_FILE.read_text().splitlines()[1:]
    lesions = [line.split(",")[0] for line in lines]
    assert len(lesions) == len(set(lesions)) == len(read_split()) == LESIONS
    assert lesions == sorted(lesions)
    assert set(read_split().values()) == {"train", "validation", "test"}


def test_the_split_is_70_15_15():
    counts = Counter(read_split().values())
    assert counts["train"] / LESIONS == pytest.approx(0.70, abs=0.001)
    assert counts["validation"] / LESIONS == pytest.approx(0.15, abs=0.001)


def test_no_lesion_crosses_the_split(lesion_data):
    real = Ham10000(lesion_data)
    parts = {name: real.part(name) for name in data.PARTS}
    lesions = {name: {row.lesion_id for row in rows} for name, rows in parts.items()}
    images = [row.image_id for rows in parts.values() for row in rows]
    assert len(images) == len(set(images)) == IMAGES
    assert sum(map(len, lesions.values())) == len(set().union(*lesions.values())) == LESIONS


def test_each_classs_lesions_are_split_70_15_15(lesion_data):
    real, split = Ham10000(lesion_data), read_split()
    for dx in CLASSES:
        of_class = {row.lesion_id for row in real.rows if row.dx == dx}
        counts = Counter(split[lesion] for lesion in of_class)
        for part, share in data.PARTS.items():
            assert abs(counts[part] - share * len(of_class)) <= 1, (dx, part)


def test_splitting_again_writes_the_committed_file_byte_for_byte(lesion_data, tmp_path, monkeypatch, capsys):
    again = tmp_path / "split.csv"
    monkeypatch.setattr(sys, "argv", ["ml.data", "--data", lesion_data, "--out", str(again)])
    data.main()
    assert again.read_bytes() == SPLIT_FILE.read_bytes()
    assert "train: 5230 lesions, 7011 images" in capsys.readouterr().out


def test_every_real_image_is_there_and_can_be_decoded(lesion_data):
    real = Ham10000(lesion_data)
    assert Counter(row.dx in MALIGNANT for row in real.rows) == {False: 8061, True: 1954}
    some = real.rows[::500]
    assert real.squares(some, 96).shape == (len(some), 96, 96, 3)


@pytest.mark.parametrize("write", LAYOUTS)
def test_both_layouts_are_read(write, tmp_path):
    rows = make_rows()
    found = Ham10000(write(tmp_path / "set", rows))
    assert [row.image_id for row in found.rows] == [row["image_id"] for row in rows]
    assert found.read("ISIC_0000003") == picture(rows[3])
    assert found.squares(found.rows[:3], 32).shape == (3, 32, 32, 3)
    assert found.wholes(found.rows[:3], (40, 30)).shape == (3, 30, 40, 3 + 1)


@pytest.mark.parametrize("write", LAYOUTS)
def test_the_folder_above_is_as_good(write, tmp_path):
    write(tmp_path / "ham10000", make_rows(1, 1))
    assert len(Ham10000(tmp_path).rows) == 21


def test_a_row_says_what_the_table_says(tmp_path):
    first, second, *_ = Ham10000(write_zip(tmp_path, make_rows())).rows
    assert (first.age, second.age) == (None, 55.0)
    assert (second.dx, second.dx_type, second.sex, second.localization) == (
        "akiec",
        "histo",
        "female",
        "back",
    )
    assert second.malignant
    assert list(data.class_indices([first, second])) == [CLASSES.index("akiec")] * 2


def test_the_parts_hold_the_lesions_of_the_split(tmp_path):
    found = Ham10000(write_zip(tmp_path, make_rows(lesions=2, photos=3)))
    split = read_split()
    for part in data.PARTS:
        rows = found.part(part)
        assert Counter(row.dx for row in rows) == dict.fromkeys(CLASSES, 6)
        assert {split[row.lesion_id] for row in rows} == {part}


def test_a_split_does_not_depend_on_the_order_of_the_rows(tmp_path):
    rows = Ham10000(write_zip(tmp_path, make_rows(lesions=9))).rows
    assert make_split(rows) == make_split(rows[::-1])
    assert make_split(rows) != make_split(rows, seed=1)


def test_a_split_is_read_as_it_was_written(tmp_path):
    split, path = {"HAM_2": "test", "HAM_1": "train"}, tmp_path / "split.csv"
    write_split(split, path)
    assert read_split(path) == split
    assert path.read_text() == "lesion_id,part\nHAM_1,train\nHAM_2,test\n"
    assert len(split_sha256(path)) == 64


def test_a_folder_without_the_data_set_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} holds no {METADATA}.*--data"):
        Ham10000(tmp_path)


@pytest.mark.parametrize("write", LAYOUTS)
def test_an_image_that_is_missing_is_named(write, tmp_path):
    found = Ham10000(write(tmp_path, make_rows(1, 1)))
    with pytest.raises(FileNotFoundError, match=r"ISIC_9999999\.jpg is not in"):
        found.read("ISIC_9999999")


def test_a_lesion_outside_the_split_is_named(tmp_path):
    rows = make_rows(1, 1)
    rows[4]["lesion_id"] = "HAM_9999999"
    with pytest.raises(ValueError, match="1 lesions are in no part of the split, HAM_9999999"):
        Ham10000(write_zip(tmp_path, rows)).part("train")


def test_the_squares_are_the_centres_that_serving_sees(tmp_path):
    found = Ham10000(write_zip(tmp_path, make_rows(1, 1)))
    centre, whole = found.squares(found.rows[:1], 30)[0], found.wholes(found.rows[:1], (40, 30))[0]
    assert np.abs(centre.astype(int) - whole[:, 5:35, :3]).mean() < 2
