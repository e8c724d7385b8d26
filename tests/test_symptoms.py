"""What a person notices outweighs every number: on the pages, in the API, in the advice."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from diagnosis.models import Photo, Prediction
from diagnosis.services import advice_for, alarm, update_photo
from tests.test_api_photos import upload
from tests.test_api_predictions import succeed
from tests.test_pages_uploads import form, text

ITCHES = "You noticed that this mole itches or hurts. Show it to a doctor now, whatever the number says."


def noticed(photo: Photo, *symptoms: str) -> Photo:
    return update_photo(photo=photo, symptoms=list(symptoms))


def test_the_alarm_names_what_was_noticed(photo: Photo) -> None:
    assert alarm(photo) == ""
    assert alarm(noticed(photo, "itch")) == ITCHES
    assert "itches or hurts and bleeds or weeps. Show" in alarm(noticed(photo, "itch", "bleeding"))
    everything = alarm(noticed(photo, *Photo.Symptom.values))
    assert "weeps, has a crust that does not heal and has changed within weeks or months." in everything


@pytest.mark.parametrize("band", ["low", "unclear", "raised"])
def test_no_band_says_less_than_the_symptoms(photo: Photo, band: str) -> None:
    prediction = succeed(photo.latest_prediction, band=band)
    calm = advice_for(prediction)
    prediction.photo = noticed(photo, "itch")
    assert calm != advice_for(prediction) == ITCHES


def test_it_is_said_before_there_is_a_number_and_where_there_is_none(photo: Photo) -> None:
    prediction = noticed(photo, "itch").latest_prediction
    assert advice_for(prediction) == ITCHES
    prediction.status, prediction.advice = Prediction.Status.REJECTED, "Take another photo."
    assert advice_for(prediction) == f"{ITCHES} Take another photo."
    photo.photo_kind = Photo.Kind.CLINICAL
    plain = succeed(photo.latest_prediction)
    plain.photo = photo
    assert advice_for(plain).startswith(f"{ITCHES} The bands were drawn")


def test_the_result_page_says_it_above_the_number(owner_client: Client, photo: Photo) -> None:
    prediction = succeed(noticed(photo, "itch").latest_prediction, band="low")
    page = text(owner_client.get(reverse("prediction", args=[prediction.pk])))
    assert page.count(ITCHES) == 2  # above the number, and as the next step
    assert page.index(ITCHES) < page.index("The predicted probability")
    assert "photograph it again in about three months" not in page


def test_symptoms_come_with_the_photo_and_can_be_corrected(owner_client: Client) -> None:
    page = text(owner_client.get(reverse("quick-check")))
    assert page.count('name="symptoms"') == len(Photo.Symptom)
    owner_client.post(reverse("quick-check"), form(symptoms=["bleeding", "itch"]))
    photo = Photo.objects.get()
    assert sorted(photo.symptoms) == ["bleeding", "itch"]
    url = reverse("photo", args=[photo.pk])
    assert "It bleeds or weeps." in text(owner_client.get(url))
    owner_client.post(url, {"mole": "", "photo_kind": photo.photo_kind, "taken_on": ""})
    photo.refresh_from_db()
    assert photo.symptoms == []
    assert owner_client.post(reverse("quick-check"), form(symptoms=["hiccups"])).status_code == 422


def test_the_same_photo_with_another_symptom_is_another_photo(owner_client: Client) -> None:
    for symptoms in ([], [], ["itch"]):
        owner_client.post(reverse("quick-check"), form(symptoms=symptoms, idempotency_key="one form"))
    assert sorted(Photo.objects.values_list("symptoms", flat=True)) == [[], ["itch"]]


def test_the_api_takes_them_and_says_what_they_mean(owner_client: Client) -> None:
    body = upload(owner_client, symptoms=["itch", "crust"]).json()
    assert body["symptoms"] == ["itch", "crust"]
    assert "Show it to a doctor now" in body["prediction"]["advice"]
    assert upload(owner_client).json()["symptoms"] == []

    def patch(symptoms: Any) -> Any:
        url = f"/api/v1/photos/{body['id']}/"
        return owner_client.patch(url, json.dumps({"symptoms": symptoms}), "application/json")

    assert patch([]).json()["symptoms"] == []
    for wrong in (["hiccups"], ["itch", "itch"], "itch", None, [None], {"itch": True}):
        assert patch(wrong).status_code == 400, wrong
