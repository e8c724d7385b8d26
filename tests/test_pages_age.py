"""The result page beside the number of the picture: that of picture and age together."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from diagnosis.models import Photo, Prediction, Profile
from tests.queries import queries_of
from tests.seen import SEEN, VERSION, write_manifest

AGE = {"slope": 1.0, "per_year": 0.05, "offset": 0.0, "centre": 50.0, "youngest": 20.0, "oldest": 85.0}
MEASURED = {"malignancy_auc": {"value": 0.9104}, "malignancy_auc_of_the_picture": {"value": 0.8961}}
SAID = "With the age taken into account"


@pytest.fixture
def manifest(settings, tmp_path):
    """The path of a version's manifest that tells of ages."""
    settings.MODEL_FOLDER = write_manifest(tmp_path / "models")
    path = settings.MODEL_FOLDER / VERSION / "manifest.json"
    data = json.loads(path.read_text())
    data["metrics"]["test"]["with_age"] = MEASURED
    path.write_text(json.dumps(data | {"age": AGE}))
    return path


@pytest.fixture
def address(photo, succeeded):
    """Of a result with odds of 1 to 4, of a photo taken in 2026."""
    succeeded(photo.latest_prediction, 0.2, "raised")
    Prediction.objects.update(model_version=VERSION, **SEEN)
    Photo.objects.update(taken_at=datetime(2026, 3, 1, tzinfo=UTC))
    return reverse("prediction", args=[photo.latest_prediction.pk])


def read(client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def born(year: int | None) -> None:
    Profile.objects.update(birth_year=year)


def test_it_is_said_where_the_age_is_known(owner_client, address, manifest):
    born(1956)  # 70 years: odds of 1 to 4 times e, or 40 in 100
    page = read(owner_client, address)
    assert "At an age of 70 years the predicted probability is <strong>about 40 in 100</strong>." in page
    assert "with an AUC of 0.910, the picture alone with 0.896." in page
    assert "It changes neither the band nor what to do next" in page
    assert "band-raised" in page
    assert '<p class="result-number">20%</p>' in page


def test_a_low_number_at_a_young_age_leaves_the_band_where_it_was(owner_client, address, manifest):
    born(2008)  # 18 years, held at 20: odds of 1 to 4 times e to the power of -1.5
    page = read(owner_client, address)
    assert "At an age of 18 years the predicted probability is <strong>about 5 in 100</strong>." in page
    assert "band-raised" in page


def test_it_is_asked_for_with_no_query_more(owner_client, address, manifest):
    without = queries_of(owner_client, address)
    born(1956)
    assert queries_of(owner_client, address) == without <= 12


def test_without_an_age_a_band_or_a_measurement_nothing_is_said(owner_client, address, manifest):
    born(None)
    assert SAID not in read(owner_client, address)
    born(1956)
    assert SAID in read(owner_client, address)
    Photo.objects.update(photo_kind="clinical")
    assert SAID not in read(owner_client, address)
    Photo.objects.update(photo_kind="dermatoscopic", mole=None)
    assert SAID not in read(owner_client, address)


def test_a_version_without_ages_says_nothing_of_them(owner_client, address, settings, tmp_path):
    settings.MODEL_FOLDER = write_manifest(tmp_path / "others")
    born(1956)
    assert SAID not in read(owner_client, address)
