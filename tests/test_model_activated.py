"""What an activation changes, at once and for good."""

import gc
import weakref
from io import BytesIO

import pytest
from django.urls import reverse

from diagnosis import inference
from diagnosis.classifiers import CURRENT
from diagnosis.models import ModelVersion, Prediction
from diagnosis.models.version import current_version
from diagnosis.services import activate_version, add_version, rollback, submit_photo
from tests.artifacts import VERSION
from tests.model_artifacts import NEW, cut_short
from tests.pictures import noise
from tests.test_pages_moles import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def added(models_folder) -> ModelVersion:
    return add_version(version=NEW)


@pytest.fixture
def judged(make_photo, mole):
    """Judges one more photo, as a worker would, and returns its prediction."""

    def make() -> Prediction:
        prediction = make_photo(mole=mole, photo_kind="dermatoscopic").predictions.get()
        inference.run_prediction(prediction.pk)
        prediction.refresh_from_db()
        return prediction

    return make


def test_the_next_photo_is_judged_by_it_and_earlier_predictions_keep_theirs(added, judged):
    before = judged()
    kept = Prediction.objects.filter(pk=before.pk).values().get()
    activate_version(version=NEW)
    after = judged()
    assert (before.model_version, after.model_version) == (VERSION, NEW)
    assert before.malignancy_probability != pytest.approx(after.malignancy_probability, abs=1e-3)
    rollback()
    assert judged().model_version == VERSION
    assert Prediction.objects.filter(pk=before.pk).values().get() == kept


def test_pages_and_api_speak_of_it_at_once(added, judged, owner_client, anonymous_client):
    judged()
    assert "There is a new model version" not in text(owner_client.get(reverse("mole-list")))
    activate_version(version=NEW)
    assert "There is a new model version" in text(owner_client.get(reverse("mole-list")))
    assert f"<strong>{NEW}</strong>" in text(anonymous_client.get(reverse("about-model")))
    assert anonymous_client.get(reverse("api:model")).json()["version"] == NEW
    assert NEW in text(owner_client.get(reverse("new-model")))
    assert f'skin_model{{version="{NEW}"}} 1.0' in anonymous_client.get("/metrics").content.decode()


def test_a_photo_that_was_being_judged_says_who_really_judged_it(added, judged, monkeypatch):
    def judge(model, photo):
        activate_version(version=NEW)
        return real(model, photo)

    real = inference.judge
    monkeypatch.setattr(inference, "judge", judge)
    assert judged().model_version == VERSION
    assert current_version() == NEW


def test_what_it_declines_is_declined_in_its_name(added, photo):
    activate_version(version=NEW)
    dark = submit_photo(owner=photo.owner, file=BytesIO(noise(8, 4))).prediction
    inference.run_prediction(dark.pk)
    dark.refresh_from_db()
    assert (dark.status, dark.model_version) == ("rejected", NEW)


def test_a_process_holds_one_current_network_at_a_time(added, judged):
    judged()
    first = inference.classifier()
    assert inference.classifier() is first
    activate_version(version=NEW)
    second = inference.classifier()
    assert (second.manifest.version, CURRENT._held[1]) == (NEW, second)
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None


def test_one_that_can_not_be_loaded_lets_photos_wait_until_the_rollback(added, judged, models_folder):
    activate_version(version=NEW)
    cut_short(models_folder / NEW)
    waiting = judged()
    assert (waiting.status, waiting.reason_code, waiting.attempts) == ("queued", "model_unavailable", 0)
    rollback()
    inference.run_prediction(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.model_version) == ("succeeded", VERSION)


def test_a_worker_refuses_another_network_than_the_one_that_was_added(added, judged):
    activate_version(version=NEW)
    ModelVersion.objects.filter(version=NEW).update(sha256="0" * 64)
    assert judged().reason_code == "model_unavailable"
