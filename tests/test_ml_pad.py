"""PAD-UFES-20 is read: its labels, and its photos as the network sees them."""

from collections import Counter

import pytest

from ml.labels import CLASSES, MALIGNANT
from ml.pad import Pad, Row
from tests.pad import write_pad
from tests.pictures import mole_jpeg


def test_a_row_says_what_the_table_says(tmp_path):
    rows = Pad(write_pad(tmp_path)).rows
    assert rows[3] == Row("PAT_3_3_7", "nv", False, "PAT_3")
    assert [row.dx for row in rows if row.malignant] == ["akiec", "bcc", "mel", "scc"]
    assert rows[0].patient_id == rows[1].patient_id != rows[2].patient_id


def test_the_folder_above_is_as_good(tmp_path):
    write_pad(tmp_path / "pad_ufes_20")
    assert len(Pad(tmp_path).rows) == 6


def test_a_photo_comes_as_its_bytes_and_as_a_square(tmp_path):
    found = Pad(write_pad(tmp_path))
    assert found.read("PAT_3_3_7") == mole_jpeg(160, 150, seed=3)
    assert found.squares(found.rows, 32).shape == (6, 32, 32, 3)


@pytest.mark.parametrize("missing", ["labels.csv", "images.zip"])
def test_a_folder_without_the_data_set_is_named(missing, tmp_path):
    (write_pad(tmp_path) / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} holds no labels.csv"):
        Pad(tmp_path)


def test_a_photo_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"PAT_9\.jpg is not in"):
        Pad(write_pad(tmp_path)).read("PAT_9")


def test_every_real_photo_can_be_decoded_and_is_labelled_in_our_words(lesion_data):
    real = Pad(lesion_data)
    assert real.squares(real.rows, 64).shape == (140, 64, 64, 3)
    assert Counter(row.malignant for row in real.rows) == {True: 87, False: 53}
    assert {row.dx for row in real.rows} <= {*CLASSES, "scc"}
    assert all(row.malignant == (row.dx in (*MALIGNANT, "scc")) for row in real.rows)
