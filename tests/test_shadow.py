"""A version on trial judges in the background; nobody who uses the site sees it, or waits for it."""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now
from django.urls import reverse

from diagnosis import inference, trials
from diagnosis.classifiers import ON_TRIAL
from diagnosis.models import Event, ModelVersion, Prediction, ShadowPrediction
from diagnosis.services import (
    activate_version,
    add_version,
    delete_account,
    delete_photo,
    restore_photo,
    start_shadow,
    stop_shadow,
)
from tests.model_artifacts import NEW, cut_short
from tests.pictures import mole_jpeg, noise
from tests.test_export_archive import export_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_trial(models_folder) -> ModelVersion:
    add_version(version=NEW)
    return start_shadow(version=NEW)


@pytest.fixture
def judged(make_photo, mole):
    """One more photo, judged by the current version."""

    def make(jpeg: bytes = b"") -> Prediction:
        file = BytesIO(jpeg or mole_jpeg())
        prediction = make_photo(mole=mole, photo_kind="dermatoscopic", file=file).predictions.get()
        inference.run_prediction(prediction.pk)
        prediction.refresh_from_db()
        return prediction

    return make


def test_what_the_current_version_judged_is_judged_by_the_one_on_trial_too(on_trial, judged):
    prediction = judged()
    before = Prediction.objects.filter(pk=prediction.pk).values().get()
    shadow = ShadowPrediction.objects.get()
    assert (shadow.prediction, shadow.version, shadow.status) == (prediction, on_trial, "queued")
    assert trials.run_trial() == 1
    shadow.refresh_from_db()
    assert (shadow.status, shadow.attempts, shadow.band in ("low", "unclear", "raised")) == (
        "succeeded",
        1,
        True,
    )
    assert shadow.finished_at is not None
    assert Event.objects.filter(object_id=str(shadow.pk)).get().action == "shadow.recorded"
    # Calibrated otherwise, it gives another number.
    assert abs(shadow.malignancy_probability - prediction.malignancy_probability) > 1e-3
    assert set(shadow.class_probabilities) == set(prediction.class_probabilities)
    assert Prediction.objects.filter(pk=prediction.pk).values().get() == before
    assert trials.run_trial() == 0


def test_what_the_current_one_declines_is_put_to_it_too(on_trial, judged):
    assert judged(noise(8, 4)).status == "rejected"
    trials.run_trial()
    shadow = ShadowPrediction.objects.get()
    assert (shadow.status, shadow.reason_code, shadow.malignancy_probability) == (
        "rejected",
        "too_dark",
        None,
    )


def test_without_a_trial_nothing_is_queued_and_no_second_network_is_held(on_trial, judged):
    judged()
    trials.run_trial()
    assert ON_TRIAL._held is not None
    stop_shadow()
    assert trials.run_trial() == 0
    assert ON_TRIAL._held is None
    judged()
    assert ShadowPrediction.objects.count() == 1


def test_the_trial_steps_aside_as_long_as_a_photo_waits(on_trial, judged, make_photo):
    judged()
    make_photo()
    assert trials.run_trial() == 0
    assert ShadowPrediction.objects.get().attempts == 0
    assert ON_TRIAL._held is None


def test_a_photo_that_comes_meanwhile_is_let_past(on_trial, judged, make_photo, monkeypatch):
    judged(), judged()

    def judge(model, photo):
        make_photo()
        return real(model, photo)

    real = trials.judge
    monkeypatch.setattr(trials, "judge", judge)
    assert trials.run_trial() == 1
    assert sorted(ShadowPrediction.objects.values_list("status", flat=True)) == ["queued", "succeeded"]


def test_it_looks_at_its_queue_again_after_a_while(on_trial, judged, monkeypatch):
    judged(), judged()
    monkeypatch.setattr(trials, "SECONDS", 0.0)
    assert trials.run_trial() == 0


# Failures ------------------------------------------------------------------------------------


def test_a_prediction_is_recorded_though_its_shadow_can_not_be_queued(on_trial, judged, monkeypatch, caplog):
    def broken(**fields):
        raise IntegrityError("no such version any more")

    monkeypatch.setattr(ShadowPrediction.objects, "create", broken)
    assert judged().status == "succeeded"
    assert "was not put to the version on trial" in caplog.text


def test_a_version_that_can_not_be_loaded_costs_nobody_a_prediction(on_trial, judged, models_folder, caplog):
    cut_short(models_folder / NEW)
    assert judged().status == "succeeded"
    assert trials.run_trial() == 0
    assert ShadowPrediction.objects.get().attempts == 0
    assert f"The trial waits: Model {NEW}" in caplog.text
    assert judged().status == "succeeded"


def test_what_fails_three_times_is_given_up_and_the_prediction_stays(on_trial, judged):
    prediction = judged()
    Path(prediction.photo.image.path).write_bytes(b"not a photo any more")
    for attempt in (1, 2, 3):
        assert trials.run_trial() == 1
        shadow = ShadowPrediction.objects.get()
        assert (shadow.status, shadow.attempts) == ("running", attempt)
        assert trials.run_trial() == 0  # as long as the lease lasts
        ShadowPrediction.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert trials.run_trial() == 0
    shadow.refresh_from_db()
    assert (shadow.status, shadow.reason_code) == ("failed", "gave_up")
    prediction.refresh_from_db()
    assert prediction.status == "succeeded"


def test_two_workers_do_not_judge_one_photo_twice(on_trial, judged, monkeypatch):
    judged()

    def judge(model, photo):
        assert trials.run_trial() == 0
        return real(model, photo)

    real = trials.judge
    monkeypatch.setattr(trials, "judge", judge)
    assert trials.run_trial() == 1
    assert ShadowPrediction.objects.get().attempts == 1


def test_the_end_of_a_trial_drops_what_waits_and_what_is_being_judged(on_trial, judged, monkeypatch):
    judged(), judged()

    def judge(model, photo):
        stop_shadow()
        return real(model, photo)

    real = trials.judge
    monkeypatch.setattr(trials, "judge", judge)
    trials.run_trial()
    assert not ShadowPrediction.objects.exists()


def test_activating_it_ends_the_trial_and_its_shadows_stay(on_trial, judged):
    judged()
    trials.run_trial()
    judged()
    activate_version(version=NEW)
    assert ShadowPrediction.objects.get().status == "succeeded"
    assert judged().model_version == NEW
    assert ShadowPrediction.objects.count() == 1


def test_what_is_deleted_waits_until_it_is_back_and_goes_with_its_account(on_trial, judged, owner):
    photo = judged().photo
    delete_photo(photo=photo)
    assert trials.run_trial() == 0
    restore_photo(photo=photo)
    assert trials.run_trial() == 1
    delete_account(user=owner)
    assert not ShadowPrediction.objects.exists()


# Unseen --------------------------------------------------------------------------------------


def test_nothing_that_people_see_tells_of_it(on_trial, judged, owner, mole, owner_client, anonymous_client):
    prediction = judged()
    trials.run_trial()
    number = 0.98765432
    ShadowPrediction.objects.update(malignancy_probability=number, class_probabilities={"mel": number})
    photo = prediction.photo
    addresses = [reverse(name) for name in ("home", "mole-list", "new-model", "photo-list", "about-model")]
    addresses += [reverse(name, args=[mole.pk]) for name in ("mole", "mole-report")]
    addresses += [reverse("photo", args=[photo.pk]), reverse("prediction", args=[prediction.pk])]
    api = [reverse(f"api:{name}") for name in ("mole-list", "photo-list", "me", "model")]
    api += [reverse("api:photo-predictions", args=[photo.pk])]
    api += [reverse("api:prediction-detail", args=[prediction.pk])]
    said = {address: owner_client.get(address) for address in addresses + api}
    assert {response.status_code for response in said.values()} == {200}
    texts = {address: response.content.decode() for address, response in said.items()}
    archive = export_of(owner)
    texts |= {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    for where, text in texts.items():
        for trace in ("shadow", NEW, "98.8%", "98.77", "0.98765", str(ShadowPrediction.objects.get().pk)):
            if not where.startswith("photos/"):
                assert trace not in text.lower(), (where, trace)


def test_the_worker_knows_the_task_and_beat_rings_it(settings):
    from diagnosis.tasks import trial_task

    beat = settings.CELERY_BEAT_SCHEDULE["trial"]
    assert beat["task"] == trial_task.name
    # Nobody else takes it, and unread bells do not pile up beyond the next one's time.
    assert json.dumps(beat["options"]) == '{"expires": 10}'
