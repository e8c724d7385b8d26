"""In whose words a photo is described that leaves for training, and how its label was made."""

from datetime import UTC, date, datetime

import pytest

from diagnosis.models import Mole
from diagnosis.services import (
    create_mole,
    export_training_set,
    set_training_consent,
    update_mole,
    update_profile,
)
from diagnosis.services.training import rows as training_rows
from diagnosis.services.training.rows import Why
from tests.training_sets import histology, read, rows_of, why_not

DERMATOSCOPIC = {"photo_kind": "dermatoscopic"}


@pytest.fixture
def allowed(owner):
    set_training_consent(user=owner, given=True)
    return owner


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "set"


@pytest.mark.parametrize(
    ("born", "age"),
    [(1961, "65.0"), (1964, "60.0"), (1963, "65.0"), (1926, "85.0"), (2025, "0.0"), (None, "")],
)
def test_ages_are_rounded_to_five_years_of_when_the_photo_was_taken(
    born, age, allowed, anna, hers, make_photo, folder
):
    update_profile(profile=anna, birth_year=born)
    taken = datetime(2026, 6, 1, tzinfo=UTC)
    read(make_photo(mole=hers, taken_at=taken, **DERMATOSCOPIC), "nv")
    export_training_set(folder=folder)
    assert [row["age"] for row in rows_of(folder)] == [age]


@pytest.mark.parametrize(("said", "sex"), [("female", "female"), ("other", "unknown"), ("", "unknown")])
def test_sex_is_one_of_ham10000s_words(said, sex, allowed, anna, hers, make_photo, folder):
    update_profile(profile=anna, sex=said)
    read(make_photo(mole=hers, **DERMATOSCOPIC), "nv")
    export_training_set(folder=folder)
    assert [row["sex"] for row in rows_of(folder)] == [sex]


def test_places_are_ham10000s_where_it_has_a_word_for_them(allowed, owner, make_photo, folder):
    words = {"posterior torso": "back", "palms/soles": "acral", "head/neck": "unknown", "": "unknown"}
    for site in words:
        mole = create_mole(owner=owner, name=f"on {site}", body_site=site)
        read(make_photo(mole=mole, **DERMATOSCOPIC), "nv")
    read(make_photo(**DERMATOSCOPIC), "nv")  # of no mole
    export_training_set(folder=folder)
    assert sorted(row["localization"] for row in rows_of(folder)) == sorted([*words.values(), "unknown"])
    from ml.person import SITES

    assert set(training_rows.LOCALIZATION.values()) <= set(SITES)
    assert set(training_rows.LOCALIZATION) <= set(Mole.BodySite.values)


# How the label was made -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "dx", "dx_type"),
    [
        (("nv",), "nv", "single_reader"),
        (("mel", "mel"), "mel", "consensus"),
        (("mel", "nv", "bcc"), "bcc", "consensus"),
    ],
)
def test_the_table_says_how_a_label_was_made(said, dx, dx_type, allowed, photo, folder):
    read(photo, *said)
    export_training_set(folder=folder)
    assert [(row["dx"], row["dx_type"]) for row in rows_of(folder)] == [(dx, dx_type)]


def test_a_laboratory_that_agrees_makes_it_histo(allowed, photo, mole, make_photo, folder):
    read(photo, "mel")
    # Told with another photo of the same mole, it holds for the mole.
    histology(make_photo(mole=mole), "malignant", "mel")
    export_training_set(folder=folder)
    assert [row["dx_type"] for row in rows_of(folder)] == ["histo"]


def test_the_outcome_of_a_removal_counts_as_the_laboratorys_word(allowed, photo, mole, folder):
    read(photo, "nv")
    update_mole(mole=mole, removed_on=date(2026, 5, 1), outcome="benign")
    export_training_set(folder=folder)
    assert [row["dx_type"] for row in rows_of(folder)] == ["histo"]


def test_an_outcome_that_nobody_knows_says_nothing(allowed, photo, mole, folder):
    read(photo, "nv")
    update_mole(mole=mole, removed_on=date(2026, 5, 1), outcome="unknown")
    export_training_set(folder=folder)
    assert [row["dx_type"] for row in rows_of(folder)] == ["single_reader"]


@pytest.mark.parametrize(
    ("dx", "outcome", "named", "why"),
    [
        ("nv", "malignant", "", Why.MALIGNANT),
        ("mel", "benign", "", Why.BENIGN),
        ("mel", "malignant", "bcc", Why.CLASS),
    ],
)
def test_where_the_laboratory_contradicts_the_readers_the_photo_stays(
    dx, outcome, named, why, allowed, photo, folder
):
    read(photo, dx)
    histology(photo, outcome, named)
    assert why_not(folder) == {(dx, why): 1}
