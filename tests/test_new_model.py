"""A new model version judges old photos again; what was said before stays."""

import pytest
from django.urls import reverse

from diagnosis.models import Mole, Prediction
from diagnosis.services import delete_photo, rerun_all, sweep
from tests.queries import queries_of
from tests.test_pages_moles import text

URL = reverse("new-model")


@pytest.fixture
def judged(settings, mole, make_photo, succeeded):
    """A photo with a result of that version; the site's own version is the last that was named."""

    def make(version: str, probability: float = 0.1, photo=None):
        settings.MODEL_VERSION = version
        photo = photo or make_photo(mole=mole, photo_kind="dermatoscopic")
        waiting = photo.predictions.filter(finished_at=None)
        prediction = waiting.first() or Prediction.objects.create(photo=photo)
        succeeded(prediction, probability, "unclear")
        Prediction.objects.filter(pk=prediction.pk).update(model_version=version)
        return photo

    return make


def test_photos_of_an_earlier_version_are_queued_once(owner, judged, settings):
    photo = judged("one-1")
    assert rerun_all(owner=owner) == 0
    settings.MODEL_VERSION = "two-2"
    assert rerun_all(owner=owner) == 1
    assert rerun_all(owner=owner) == 0
    assert [one.status for one in photo.predictions.all()] == ["queued", "succeeded"]
    assert photo.predictions.last().model_version == "one-1"


def test_a_photo_that_the_current_version_declined_is_not_asked_of_it_again(owner, judged, settings):
    photo = judged("one-1")
    settings.MODEL_VERSION = "two-2"
    Prediction.objects.filter(photo=photo).update(
        status="rejected", model_version="two-2", reason_code="blurred", reason="Blurred.",
        malignancy_probability=None, class_probabilities=None, band="",
    )  # fmt: skip
    assert rerun_all(owner=owner) == 0


def test_somebody_elses_photos_are_left_alone(another, judged, settings):
    judged("one-1")
    settings.MODEL_VERSION = "two-2"
    assert rerun_all(owner=another) == 0
    assert Prediction.objects.count() == 1


def test_the_sweep_rings_for_what_was_queued(owner, judged, settings, monkeypatch):
    photo = judged("one-1")
    settings.MODEL_VERSION = "two-2"
    rung = []
    monkeypatch.setattr("diagnosis.services.predictions.ring", lambda pk: rung.append(pk) or True)
    rerun_all(owner=owner)
    assert sweep() == 1
    assert rung == [photo.predictions.first().pk]


def test_my_moles_offers_it_only_where_there_is_something_to_judge(owner_client, judged, settings):
    judged("one-1")
    assert "There is a new model version" not in text(owner_client.get(reverse("mole-list")))
    settings.MODEL_VERSION = "two-2"
    page = text(owner_client.get(reverse("mole-list")))
    assert "It has not judged 1 of your photos" in page
    assert "Judge 1 photo again" in text(owner_client.get(URL))
    page = text(owner_client.post(URL, follow=True))
    assert "1 photo will be judged again." in page
    assert "1 photo waits to be judged." in page
    assert "There is a new model version" not in text(owner_client.get(reverse("mole-list")))
    assert "has judged all your photos" in text(owner_client.post(URL, follow=True))


def test_the_page_shows_both_numbers_and_whose_they_are(owner_client, judged):
    photo = judged("one-1", 0.12)
    assert "No photo of yours was judged by two versions." in text(owner_client.get(URL))
    judged("two-2", 0.34, photo)
    page = text(owner_client.get(URL))
    table = page[page.index("<tbody>") :]
    assert table.index("12%") < table.index("one-1") < table.index("34%")
    assert "says that the model changed, not the mole" in page


def test_many_photos_cost_no_more_queries_than_one(owner_client, owner, judged):
    judged("two-2", photo=judged("one-1"))
    one = queries_of(owner_client, URL)
    for _ in range(5):
        judged("two-2", photo=judged("one-1"))
    Mole.objects.create(owner=owner, name="another")
    assert queries_of(owner_client, URL) == one <= 12


def test_what_comes_back_is_offered_though_nothing_was_left_to_judge(owner_client, judged, settings):
    photo = judged("one-1")
    settings.MODEL_VERSION = "two-2"
    delete_photo(photo=photo)
    offer, moles = "There is a new model version", reverse("mole-list")
    assert [offer in text(owner_client.get(moles)) for _ in range(2)] == [False, False]
    owner_client.post(reverse("photo-restore", args=[photo.pk]))
    assert offer in text(owner_client.get(moles))
    settings.MODEL_VERSION = "one-1"
    assert offer not in text(owner_client.get(moles))
    settings.MODEL_VERSION = "three-3"
    assert offer in text(owner_client.get(moles))
