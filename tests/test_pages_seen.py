"""What the result page shows of what the network saw, beside the number and its band."""

import json
import os
import subprocess
import sys

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Photo, Prediction
from diagnosis.pages.measurements import table
from diagnosis.pages.wording import in_so_many, points, so_many_are
from tests.processes import ROOT
from tests.seen import SEEN, TEST, VERSION, write_manifest
from tests.test_accounts_page import assert_nothing_inline


@pytest.fixture(autouse=True)
def models(settings, tmp_path):
    settings.MODEL_FOLDER = write_manifest(tmp_path / "models")


@pytest.fixture
def show(owner_client, photo, succeeded):
    """The text of the page of a result, after the row was given these fields."""

    def page(band: str = "raised", probability: float = 0.34, **fields) -> str:
        succeeded(photo.latest_prediction, probability, band)
        Prediction.objects.update(**{"model_version": VERSION} | fields)
        response = owner_client.get(reverse("prediction", args=[photo.latest_prediction.pk]))
        assert_nothing_inline(response.content.decode())
        return " ".join(response.content.decode().replace("&#x27;", "'").split())

    return page


def measured(**changes) -> dict:
    return SEEN | {"measurements": SEEN["measurements"] | changes}


# The band ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("band", "words"),
    [
        ("low", "98.0% were above this band (sensitivity), and of the harmless ones 46.0% were in it"),
        ("unclear", "98.0% were in this band or above it (sensitivity)"),
        ("raised", "93.0% were in this band (sensitivity), and of the harmless ones 64.0% were below it"),
    ],
)
def test_a_band_comes_with_what_was_measured_of_it(show, band, words):
    page = show(band, **SEEN)
    assert words in page
    assert ("39.0%" if band == "raised" else "31.0%") + " were malignant (PPV)" in page


def test_a_version_that_is_gone_shows_its_band_without_figures(show):
    page = show(model_version="gone-1", **SEEN)
    assert "Raised" in page
    assert "(sensitivity)" not in page


@pytest.mark.parametrize(
    ("said", "seen", "words"),
    [
        ("dermatoscopic", "clinical", "but to the network it looks like a plain photo"),
        ("clinical", "dermatoscopic", "to the network it looks like one taken through a dermatoscope"),
    ],
)
def test_where_owner_and_network_disagree_the_page_says_so_and_shows_no_band(show, photo, said, seen, words):
    Photo.objects.update(photo_kind=said)
    page = show(**SEEN | {"photo_kind_seen": seen})
    assert "No band: you and the network see different kinds of photo." in page
    assert words in page
    assert reverse("photo", args=[photo.pk]) in page
    for no in ("band-raised", "(sensitivity)", "the true class", "Show this mole to a doctor soon"):
        assert no not in page


def test_a_plain_photo_comes_with_what_was_measured_on_plain_photos(show, settings, tmp_path):
    Photo.objects.update(photo_kind="clinical")
    page = show(**SEEN | {"photo_kind_seen": "clinical"})
    assert "No band for a plain photo." in page
    for figure in ("2298 plain phone photos", "72%", "69% and 75%", "against 91%", "81%", "45%"):
        assert figure in page
    settings.MODEL_FOLDER = write_manifest(tmp_path / "without", clinical=False)
    assert "plain phone photos" not in show(**SEEN | {"photo_kind_seen": "clinical"})


@pytest.mark.parametrize(
    "broken", [{"at_raised": {}}, {"at_raised": TEST["at_raised"] | {"ppv": float("nan")}}]
)
def test_a_band_whose_figures_are_missing_or_undefined_shows_none(show, settings, broken):
    path = settings.MODEL_FOLDER / VERSION / "manifest.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"metrics": {"test": TEST | broken}}))
    page = show(**SEEN)
    assert "Raised" in page
    assert "(sensitivity)" not in page


def test_the_models_page_says_how_it_did_on_plain_photos(anonymous_client, settings):
    settings.MODEL_VERSION = VERSION
    page = anonymous_client.get(reverse("about-model")).content.decode()
    assert "Tried on 2298 plain phone photos" in page


# Sentences -----------------------------------------------------------------------------------


def test_stability_and_the_conformal_set_are_a_sentence_each(show):
    page = show(**SEEN)
    assert "numbers that spread by about 3 percentage points around this one" in page
    assert "In 9 of 10 photos of the validation part the true class was among" in page
    assert "Here it picked: melanoma (skin cancer); common mole (harmless)." in page


def test_where_no_place_spoke_for_malignancy_the_page_says_so_and_draws_nothing(show):
    dark = [[0.0] * 8 for _ in range(8)]
    assert "No place of the square spoke for malignancy" in show(**SEEN | {"explanation": dark})
    assert "No place of the square spoke for malignancy" not in show(**SEEN)


def test_an_old_prediction_shows_nothing_of_what_it_did_not_see(show):
    page = show()
    for no in ("spread by", "true class", "What was measured", "Where the network looked", "crop-picture"):
        assert no not in page
    assert "34%" in page


@pytest.mark.parametrize(
    ("spread", "words"),
    [
        (0.0, "less than 1 percentage point"),
        (0.0049, "less than 1 percentage point"),
        (0.012, "about 1 percentage point"),
        (0.031, "about 3 percentage points"),
    ],
)
def test_a_spread_in_words(spread, words):
    assert points(spread) == words


# What was measured ---------------------------------------------------------------------------


def test_measurements_are_a_table_beside_the_outline_over_the_photos_square(show, photo):
    Photo.objects.update(crop_x=0.5, crop_y=0.5, crop_size=0.5)
    page = show(**SEEN)
    assert "What was measured" in page
    for value in (
        "8% and 11%",
        "1.31",
        "9.4",
        "24.0",
        "red 151, green 98, blue 80",
        "43% of the photo’s width",
    ):
        assert value in page
    assert 'fill="rgb(151, 98, 80)"' in page
    assert 'points="25.00,25.00 75.00,30.00 70.00,75.00 30.00,70.00"' in page
    # The square is the 150 pixels in the middle of 400 x 300: drawn 100 wide, the photo starts at -125 / 1.5.
    image = reverse("photo-image", args=[photo.pk])
    assert f'<image href="{image}" x="-83.33' in page
    assert 'y="-50.0"' in page
    assert "cut off" not in page


def test_an_outline_that_is_cut_off_says_so_and_gives_lower_bounds(show):
    page = show(**measured(cut_off=True))
    assert "part of the mole is cut off" in page
    assert "at least 43% of the photo’s width" in page
    assert "at least 21% of the square" in page


def test_without_skin_around_there_is_no_row_for_contrast():
    names = [row.name for row in table(measured(contrast=None)["measurements"])]
    assert names == ["Asymmetry", "Border", "Shades", "Mean colour", "Diameter", "Area"]


def test_where_the_network_looked_is_a_grid_over_the_square_and_no_reason(show):
    page = show(**SEEN)
    assert "Where the network looked, not why" in page
    assert page.count("fill-opacity=") == 64
    assert 'x="87.5" y="87.5" width="12.5" height="12.5" fill-opacity="0.7"' in page


def test_the_picture_under_the_outline_is_its_owners_alone(show, photo, another_client, anonymous_client):
    show(**SEEN)
    assert another_client.get(reverse("photo-image", args=[photo.pk])).status_code == 404
    assert anonymous_client.get(reverse("photo-image", args=[photo.pk])).status_code == 302


# Prevalence ----------------------------------------------------------------------------------


def test_without_a_prevalence_nothing_is_said_of_it(show):
    assert "Not validated" not in show(**SEEN)


def test_the_number_at_the_sites_prevalence_is_marked_and_moves_no_band(show, settings):
    settings.PREVALENCE = 0.02
    page = show(probability=0.5, **SEEN)
    assert "Not validated" in page
    assert "about 2 in 100 photographed moles are malignant" in page
    assert "<strong>about 8 are malignant</strong>" in page  # 0.1 / (0.1 + 1.225)
    assert "no all-clear" in page
    assert "band-raised" in page
    assert "50%" in page


def test_at_the_sites_prevalence_it_is_never_none(show, settings):
    settings.PREVALENCE = 0.001
    page = show("low", probability=0.001, **SEEN)
    assert "<strong>fewer than 1 is malignant</strong>" in page


def test_a_photo_without_a_band_says_nothing_of_the_prevalence(show, settings):
    settings.PREVALENCE = 0.02
    Photo.objects.update(photo_kind="clinical")
    assert "Not validated" not in show(**SEEN)


@pytest.mark.parametrize("value", ["0", "1", "-0.1", "2", "nan", "few"])
def test_a_prevalence_that_is_no_share_stops_the_start_and_says_what_it_must_be(value, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=os.environ | {"PREVALENCE": value, "DATA_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode != 0
    assert f"PREVALENCE is '{value}', but must be a share between 0 and 1" in done.stderr


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.5, "50 in 100"),
        (0.025, "2.5 in 100"),
        (0.01, "1 in 100"),
        (0.004, "4 in 1,000"),
        (0.0002, "2 in 10,000"),
    ],
)
def test_a_small_share_in_words(share, words):
    assert in_so_many(share) == words


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "fewer than 1 is"),
        (0.0099, "fewer than 1 is"),
        (0.01, "about 1 is"),
        (0.075, "about 8 are"),
        (1.0, "more than 99 are"),
    ],
)
def test_so_many_of_a_hundred_are_never_none_and_never_all(probability, words):
    assert so_many_are(probability) == words


# What can't be judged ------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["blurred", "no_mole", "not_skin", "unstable"])
def test_a_photo_that_cannot_be_judged_shows_reason_and_advice_and_no_number(owner_client, photo, code):
    Prediction.objects.update(
        status="rejected", reason_code=code, reason=f"Because of {code}.", advice="Do this.",
        model_version=VERSION, finished_at=timezone.now(),
    )  # fmt: skip
    page = owner_client.get(reverse("prediction", args=[photo.latest_prediction.pk])).content.decode()
    for words in (f"Because of {code}.", "Do this.", "There is no number", "Take another photo"):
        assert words in page
    assert "in 100" not in page
