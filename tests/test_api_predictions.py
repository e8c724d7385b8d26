"""Predictions over the API."""

import math
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from diagnosis.models import Photo, Prediction
from tests.seen import SEEN, VERSION, write_manifest

FIELDS = [
    "id",
    "photo",
    "status",
    "terminal",
    "malignancy_probability",
    "band",
    "class_probabilities",
    "threshold",
    "photo_kind_seen",
    "stability",
    "distance",
    "conformal_set",
    "measurements",
    "outline",
    "explanation",
    "at_prevalence",
    "model_version",
    "reason",
    "advice",
    "created_at",
    "started_at",
    "finished_at",
]
CLASSES = {"akiec": 0.1, "bcc": 0.2, "bkl": 0.1, "df": 0.1, "mel": 0.3, "nv": 0.1, "vasc": 0.1}


def succeed(prediction: Prediction, **fields: Any) -> Prediction:
    """Writes a result as the worker does."""
    result = {
        "status": "succeeded",
        "malignancy_probability": math.fsum(CLASSES[name] for name in ("akiec", "bcc", "mel")),
        "class_probabilities": CLASSES,
        "band": "raised",
        "threshold_low": 0.02,
        "threshold_raised": 0.07,
        "model_version": "residual128-3",
        "started_at": timezone.now(),
        "finished_at": timezone.now(),
        **fields,
    }
    Prediction.objects.filter(pk=prediction.pk).update(**result)
    prediction.refresh_from_db()
    return prediction


def get(client: Client, prediction: Prediction) -> Any:
    return client.get(f"/api/v1/predictions/{prediction.pk}/")


def test_a_waiting_prediction_has_every_field_and_no_number(photo: Photo, owner_client: Client) -> None:
    answer = get(owner_client, photo.latest_prediction)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    body = answer.json()
    assert list(body) == FIELDS
    assert (body["status"], body["terminal"], body["photo"]) == ("queued", False, str(photo.pk))
    unknown = set(FIELDS) - {"id", "photo", "status", "terminal", "created_at"}
    assert {body[name] for name in unknown} == {None}


def test_a_result_is_whole(photo: Photo, owner_client: Client) -> None:
    body = get(owner_client, succeed(photo.latest_prediction)).json()
    assert (body["status"], body["terminal"], body["band"]) == ("succeeded", True, "raised")
    assert body["class_probabilities"] == CLASSES
    malignant = math.fsum(body["class_probabilities"][name] for name in ("akiec", "bcc", "mel"))
    assert body["malignancy_probability"] == malignant
    assert body["threshold"] == {"low": 0.02, "raised": 0.07}
    assert body["model_version"] == "residual128-3"
    assert "doctor" in body["advice"]
    assert body["started_at"]
    assert body["finished_at"]


def test_what_the_network_saw_comes_as_it_was_recorded(photo: Photo, owner_client: Client) -> None:
    body = get(owner_client, succeed(photo.latest_prediction, **SEEN)).json()
    assert {name: body[name] for name in SEEN} == SEEN


def test_a_prediction_of_an_older_version_has_null_for_what_it_did_not_see(
    photo: Photo, owner_client: Client
) -> None:
    body = get(owner_client, succeed(photo.latest_prediction)).json()
    assert {body[name] for name in [*SEEN, "at_prevalence"]} == {None}


def test_without_skin_around_the_mole_there_is_no_contrast(photo: Photo, owner_client: Client) -> None:
    seen = SEEN | {"measurements": SEEN["measurements"] | {"contrast": None}}
    body = get(owner_client, succeed(photo.latest_prediction, **seen)).json()
    assert body["measurements"] == seen["measurements"]


def test_the_probability_at_the_sites_prevalence_is_null_unless_it_is_set(
    photo: Photo, owner_client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MODEL_FOLDER = write_manifest(tmp_path)
    prediction = succeed(photo.latest_prediction, model_version=VERSION, malignancy_probability=0.5, **SEEN)
    assert get(owner_client, prediction).json()["at_prevalence"] is None
    settings.PREVALENCE = 0.02
    body = get(owner_client, prediction).json()
    # From 20 to 2 in 100: odds of 1 become (0.02 / 0.2) / (0.98 / 0.8).
    assert body["at_prevalence"] == pytest.approx(0.1 / (0.1 + 1.225))
    assert (body["band"], body["malignancy_probability"]) == ("raised", 0.5)
    Photo.objects.update(photo_kind="clinical")
    assert get(owner_client, prediction).json()["at_prevalence"] is None


def test_a_version_that_is_gone_says_nothing_of_the_prevalence(
    photo: Photo, owner_client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MODEL_FOLDER, settings.PREVALENCE = tmp_path, 0.02
    assert get(owner_client, succeed(photo.latest_prediction)).json()["at_prevalence"] is None


def test_every_band_comes_with_advice(photo: Photo, owner_client: Client) -> None:
    for band in ("low", "unclear", "raised"):
        body = get(owner_client, succeed(photo.latest_prediction, band=band)).json()
        assert (body["band"], bool(body["advice"])) == (band, True)


def test_a_plain_photo_gets_no_band_and_is_told_why(photo: Photo, owner_client: Client) -> None:
    Photo.objects.update(photo_kind="clinical")
    body = get(owner_client, succeed(photo.latest_prediction)).json()
    assert body["band"] is None
    assert body["malignancy_probability"] == 0.6
    assert "not on plain photos" in body["advice"]


@pytest.mark.parametrize(
    ("said", "seen", "words"),
    [
        ("dermatoscopic", "clinical", "to the network it looks like a plain photo"),
        ("clinical", "dermatoscopic", "to the network it looks like one taken through a dermatoscope"),
    ],
)
def test_where_owner_and_network_disagree_there_is_no_band_and_the_advice_says_so(
    photo: Photo, owner_client: Client, said: str, seen: str, words: str
) -> None:
    Photo.objects.update(photo_kind=said)
    body = get(owner_client, succeed(photo.latest_prediction, **SEEN | {"photo_kind_seen": seen})).json()
    assert (body["band"], body["photo_kind_seen"]) == (None, seen)
    assert words in body["advice"]
    assert "show it to a doctor" in body["advice"]


def test_a_photo_that_cannot_be_judged_says_why_and_what_to_do(photo: Photo, owner_client: Client) -> None:
    Prediction.objects.update(
        status="rejected",
        reason_code="blurred",
        reason="The photo is blurred.",
        advice="Take it again.",
        finished_at=timezone.now(),
    )
    body = get(owner_client, photo.latest_prediction).json()
    assert (body["status"], body["terminal"]) == ("rejected", True)
    assert (body["reason"], body["advice"]) == ("The photo is blurred.", "Take it again.")
    assert (body["malignancy_probability"], body["band"], body["threshold"]) == (None, None, None)


def test_running_again_adds_a_prediction_and_keeps_the_old_one(photo: Photo, owner_client: Client) -> None:
    first = succeed(photo.latest_prediction)
    url = f"/api/v1/photos/{photo.pk}/predictions/"
    answer = owner_client.post(url)
    assert answer.status_code == 202
    new = answer.json()
    assert new["status"] == "queued"
    assert answer["Location"] == f"http://testserver/api/v1/predictions/{new['id']}/"
    history = owner_client.get(url).json()["results"]
    assert [row["id"] for row in history] == [new["id"], str(first.pk)]


def test_running_again_while_one_waits_answers_that_one(photo: Photo, owner_client: Client) -> None:
    answer = owner_client.post(f"/api/v1/photos/{photo.pk}/predictions/")
    assert answer.json()["id"] == str(photo.latest_prediction.pk)
    assert Prediction.objects.count() == 1


def test_predictions_of_somebody_else_do_not_exist(
    photo: Photo, another_client: Client, staff_client: Client, anonymous_client: Client
) -> None:
    for client, status in ((another_client, 404), (staff_client, 404), (anonymous_client, 401)):
        assert get(client, photo.latest_prediction).status_code == status
        assert client.get(f"/api/v1/photos/{photo.pk}/predictions/").status_code == status
        assert client.post(f"/api/v1/photos/{photo.pk}/predictions/").status_code == status
    assert Prediction.objects.count() == 1
