"""A patient says that a prediction looks wrong, or what a laboratory found."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Case, Event, Mismatch, Mole, Photo, Prediction
from diagnosis.services import (
    MOST_REPORTS,
    delete_photo,
    report_mismatch,
    rerun_prediction,
    update_mole,
)
from tests.queries import queries_of
from tests.readings import looked
from tests.test_pages_moles import text

BENIGN = {"kind": "histology", "outcome": "benign"}
WRONG = {"kind": "looks_wrong", "text": "A doctor disagrees."}


@pytest.fixture
def page(photo: Photo) -> str:
    return reverse("photo-mismatch", args=[photo.pk])


@pytest.fixture
def api(photo: Photo) -> str:
    return reverse("api:photo-mismatches", args=[photo.pk])


def refused(photo: Photo, **said: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        report_mismatch(photo=photo, **said)
    assert not Mismatch.objects.exists()
    assert not Case.objects.exists()
    return caught.value.message_dict


# What is kept, and what follows ----------------------------------------------------------------


@pytest.mark.parametrize(("said", "why"), [(WRONG, "mismatch"), (BENIGN, "histology")])
def test_a_report_is_kept_and_its_photo_comes_to_be_read(photo, succeeded, said, why):
    succeeded(photo.latest_prediction, 0.01, "low")
    mismatch = report_mismatch(photo=photo, **said)
    case = Case.objects.get()
    assert (case.photo, case.prediction, case.why, case.status) == (
        photo,
        photo.latest_prediction,
        why,
        "waiting",
    )
    about = Event.objects.filter(object_type__in=["mismatch", "case"])
    events = about.order_by("id").values_list("action", "object_id")
    assert list(events) == [("mismatch.reported", str(mismatch.pk)), ("case.opened", str(case.pk))]


def test_what_is_compared_is_the_newest_prediction_that_says_something(photo, succeeded):
    said = photo.latest_prediction
    succeeded(said, 0.01, "low")
    rerun_prediction(photo=photo)  # waits
    report_mismatch(photo=photo, **WRONG)
    assert Case.objects.get().prediction == said


def test_a_photo_without_any_answer_can_be_reported_too(photo):
    report_mismatch(photo=photo, **BENIGN)
    assert Case.objects.get().prediction == photo.latest_prediction


def test_a_case_that_is_open_stays_the_one_and_a_closed_one_is_not_opened_again(photo, succeeded):
    succeeded(photo.latest_prediction, 0.01, "low")
    report_mismatch(photo=photo, **WRONG)
    report_mismatch(photo=photo, **BENIGN)
    case = Case.objects.get()
    assert case.why == "mismatch"
    looked(photo, "nothing")
    report_mismatch(photo=photo, **BENIGN)
    assert Case.objects.count() == 2
    assert Case.objects.open().get().why == "histology"


def test_a_laboratorys_word_leaves_the_moles_own_outcome_alone(photo, mole):
    report_mismatch(photo=photo, **BENIGN)
    mole.refresh_from_db()
    assert (mole.outcome, mole.removed_on) == ("", None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "opinion"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"kind": "looks_wrong"}, "text"),
        ({"kind": "looks_wrong", "text": " \n "}, "text"),
        (WRONG | {"outcome": "benign"}, "outcome"),
        (WRONG | {"diagnosis": "nv"}, "diagnosis"),
        (WRONG | {"text": "x" * 2001}, "text"),
        ({"kind": "histology"}, "outcome"),
        ({"kind": "histology", "outcome": "unknown"}, "outcome"),
        (BENIGN | {"diagnosis": "wart"}, "diagnosis"),
        (BENIGN | {"diagnosis": "unknown"}, "diagnosis"),
        (BENIGN | {"diagnosis": "mel"}, "diagnosis"),
        ({"kind": "histology", "outcome": "malignant", "diagnosis": "nv"}, "diagnosis"),
        (BENIGN | {"text": "x" * 2001}, "text"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(photo, said, field):
    assert list(refused(photo, **said)) == [field]


@pytest.mark.parametrize("outcome", ["benign", "malignant"])
def test_an_actinic_keratosis_is_called_either(photo, outcome):
    report_mismatch(photo=photo, kind="histology", outcome=outcome, diagnosis="akiec")


def test_a_photo_takes_twenty_reports(photo):
    for _ in range(MOST_REPORTS):
        report_mismatch(photo=photo, **WRONG)
    with pytest.raises(ValidationError, match="20 reports already"):
        report_mismatch(photo=photo, **WRONG)
    assert Mismatch.objects.count() == MOST_REPORTS


def test_a_photo_that_is_deleted_meanwhile_takes_none(photo):
    delete_photo(photo=Photo.objects.get())
    with pytest.raises(ValidationError, match="Restore it first"):
        report_mismatch(photo=photo, **WRONG)
    assert not Mismatch.objects.exists()


# The page --------------------------------------------------------------------------------------


def test_the_photos_page_and_a_finished_result_lead_to_the_form(owner_client, photo, page, succeeded):
    result = reverse("prediction", args=[photo.latest_prediction.pk])
    assert page in text(owner_client.get(reverse("photo", args=[photo.pk])))
    assert page not in text(owner_client.get(result))
    Prediction.objects.update(
        status="rejected", reason_code="too_dark", reason="Too dark.", finished_at=timezone.now()
    )
    assert page in text(owner_client.get(result))


def test_both_forms_are_sent_and_what_was_said_is_listed(owner_client, photo, page):
    assert "What you said" not in text(owner_client.get(page))
    found = text(owner_client.post(page, WRONG, follow=True))
    assert "Thank you. What you said is kept with the photo." in found
    laboratory = {"kind": "histology", "outcome": "malignant", "diagnosis": "mel", "text": "a\r\nb"}
    found = text(owner_client.post(page, laboratory, follow=True))
    assert "A doctor disagrees." in found
    assert "a laboratory has looked at it, malignant, melanoma (skin cancer)" in found
    assert Mismatch.objects.get(kind="histology").text == "a\nb"


def test_a_removal_is_offered_with_what_the_laboratory_found_and_done_by_hand(owner_client, photo, page):
    found = text(owner_client.post(page, BENIGN, follow=True))
    removal = f"{reverse('mole-removal', args=[photo.mole_id])}?outcome=benign"
    assert removal in found
    form = text(owner_client.get(removal))
    assert '<option value="benign" selected>' in form
    day = timezone.localdate() - timedelta(days=3)
    update_mole(mole=Mole.objects.get(), removed_on=day, outcome="malignant")
    assert removal not in text(owner_client.get(page))
    assert '<option value="malignant" selected>' in text(owner_client.get(removal))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "looks_wrong", "text": ""}, "Say in a few words what looks wrong."),
        ({"kind": "histology", "text": "typed"}, "Say what the laboratory found: benign or malignant."),
        (BENIGN | {"diagnosis": "bcc", "text": "typed"}, "This name does not fit what the laboratory found."),
        (BENIGN | {"diagnosis": "x", "text": "typed"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(owner_client, page, form, words):
    answer = owner_client.post(page, form)
    assert answer.status_code == 422
    assert words in text(answer)
    assert form["text"] in text(answer)
    assert not Mismatch.objects.exists()


def test_a_form_of_no_kind_is_shown_again(owner_client, page):
    assert owner_client.post(page, {"text": "x"}).status_code == 422
    assert not Mismatch.objects.exists()


def test_the_twenty_first_report_is_refused_with_its_words_kept(owner_client, photo, page):
    for _ in range(MOST_REPORTS):
        report_mismatch(photo=photo, **WRONG)
    few = queries_of(owner_client, page)
    answer = owner_client.post(page, WRONG | {"text": "One more."})
    assert answer.status_code == 422
    assert "takes no more" in text(answer)
    assert "One more." in text(answer)
    assert few <= 12


def test_what_people_type_is_text(owner_client, page):
    found = text(owner_client.post(page, WRONG | {"text": "<script>alert(1)</script>"}, follow=True))
    assert "<script>alert" not in found


# The API ---------------------------------------------------------------------------------------


def test_the_api_keeps_and_lists_what_is_said(owner_client, photo, api):
    answer = owner_client.post(api, BENIGN | {"diagnosis": "nv"}, content_type="application/json")
    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() == {"id", "photo", "kind", "outcome", "diagnosis", "text", "created_at"}
    assert (body["photo"], body["outcome"], body["diagnosis"]) == (str(photo.pk), "benign", "nv")
    assert owner_client.get(api).json()["results"] == [body]
    assert Case.objects.get().why == "histology"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "kind: This field is required."),
        ({"kind": "looks_wrong"}, "text: Say in a few words what looks wrong."),
        ({"kind": "histology", "outcome": "unknown"}, 'outcome: "unknown" is not a valid choice.'),
        (BENIGN | {"text": "x" * 2001}, "text: Ensure this field has no more than 2000 characters."),
    ],
)
def test_the_api_says_what_is_wrong(owner_client, api, said, words):
    answer = owner_client.post(api, said, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, words)
    assert not Mismatch.objects.exists()


def test_a_photo_of_another_takes_nothing(another_client, staff_client, api, page):
    for client in (another_client, staff_client):
        assert client.post(api, BENIGN, content_type="application/json").status_code == 404
        assert client.post(page, BENIGN).status_code == 404
    assert not Mismatch.objects.exists()
