"""Consents: storage from sign-up, training only while it is given, and what was said stays on record."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from diagnosis.models import Consent, Photo
from diagnosis.services import CONSENT_TEXT_VERSION, delete_mole, record_consent, set_training_consent
from tests.queries import queries_of
from tests.test_models import write
from tests.test_pages_moles import text

PAGE = "/account/consents/training/"
API = "/api/v1/me/consents/training/"


def test_training_is_off_until_it_is_allowed(owner, photo):
    record_consent(user=owner)
    assert not owner.allows_training
    assert not Photo.objects.consented_to_training().exists()
    set_training_consent(user=owner, given=True)
    assert owner.allows_training
    assert Photo.objects.consented_to_training().get() == photo
    set_training_consent(user=owner, given=False)
    assert not owner.allows_training
    assert not Photo.objects.consented_to_training().exists()


def test_only_photos_of_who_allows_it_and_has_not_deleted_them_are_used(
    owner, another, photo, make_photo, mole
):
    make_photo(owner=another)
    set_training_consent(user=owner, given=True)
    assert list(Photo.objects.consented_to_training()) == [photo]
    delete_mole(mole=mole)
    assert not Photo.objects.consented_to_training().exists()


def test_what_was_said_stays_on_record(owner):
    for given in (True, True, False, False, True):
        set_training_consent(user=owner, given=given)
    first, second = Consent.objects.filter(user=owner).order_by("given_at")
    assert {first.text_version, second.text_version} == {CONSENT_TEXT_VERSION}
    assert first.given_at <= first.withdrawn_at <= second.given_at
    assert second.withdrawn_at is None


def test_the_account_page_shows_both_and_gives_and_takes_back(owner_client, owner):
    record_consent(user=owner, text_version="2001-01")
    page = text(owner_client.get("/account/"))
    assert "Storing health photos" in page
    assert "Text of 2001-01" in page
    assert "<strong>Off.</strong>" in page
    assert "delete the account, below" in page
    page = text(owner_client.post(PAGE, {"given": "yes"}, follow=True))
    assert "<strong>On</strong> since" in page
    assert f"Text of {CONSENT_TEXT_VERSION}, given on" in page
    page = text(owner_client.post(PAGE, {"given": "no"}, follow=True))
    assert "<strong>Off.</strong>" in page
    assert ", withdrawn on" in page


@pytest.mark.parametrize("said", [{}, {"given": ""}, {"given": "perhaps"}])
def test_anything_but_a_clear_yes_is_a_no(said, owner_client, owner):
    set_training_consent(user=owner, given=True)
    owner_client.post(PAGE, said)
    assert not owner.allows_training


def test_nobody_else_says_it_for_me(owner, another_client, anonymous_client):
    another_client.post(PAGE, {"given": "yes"})
    assert anonymous_client.post(PAGE, {"given": "yes"})["Location"].startswith("/accounts/login/")
    assert anonymous_client.put(API, {"given": True}, "application/json").status_code == 401
    assert not owner.allows_training


def test_the_api_shows_both_and_changes_training(owner_client, owner):
    record_consent(user=owner)
    assert owner_client.get("/api/v1/me/").json()["allows_training"] is False
    answer = owner_client.put(API, {"given": True}, "application/json")
    assert answer.status_code == 200
    assert answer.json()["allows_training"] is True
    training = answer.json()["consents"][0]
    assert (training["kind"], training["text_version"]) == ("training", CONSENT_TEXT_VERSION)
    assert training["withdrawn_at"] is None
    assert {row["kind"] for row in answer.json()["consents"]} == {"storage", "of_age", "training"}
    answer = owner_client.put(API, {"given": False}, "application/json").json()
    assert answer["allows_training"] is False
    assert answer["consents"][0]["withdrawn_at"]


@pytest.mark.parametrize("body", [{}, {"given": None}, {"given": "perhaps"}, [], {"given": [True]}])
def test_the_api_wants_a_clear_word(body, owner_client, owner):
    assert owner_client.put(API, body, "application/json").status_code == 400
    assert not Consent.objects.exists()


def test_only_put_changes_it(owner_client):
    for method in ("get", "post", "patch", "delete"):
        assert getattr(owner_client, method)(API).status_code == 405


def test_a_long_history_costs_no_more_queries(owner_client, owner):
    record_consent(user=owner)
    few = queries_of(owner_client, "/account/")
    for _ in range(5):
        set_training_consent(user=owner, given=True)
        set_training_consent(user=owner, given=False)
    assert queries_of(owner_client, "/account/") == few <= 12


def test_staff_read_it_and_change_nothing(staff_client, owner):
    set_training_consent(user=owner, given=True)
    consent = Consent.objects.get()
    assert "Use for training" in text(
        staff_client.get(reverse("admin:diagnosis_consent_changelist"))
    ) or "use for training" in text(staff_client.get(reverse("admin:diagnosis_consent_changelist")))
    page = reverse("admin:diagnosis_consent_change", args=[consent.pk])
    assert staff_client.post(page, {"kind": "storage"}).status_code == 403
    consent.refresh_from_db()
    assert consent.kind == "training"


def test_the_privacy_page_says_what_training_means(anonymous_client):
    page = text(anonymous_client.get("/privacy/"))
    for words in (
        "Use for training",
        "the square over the mole",
        "under a made-up number",
        "keeps what it learned",
        CONSENT_TEXT_VERSION,
    ):
        assert words in page


def test_use_for_training_is_allowed_once_at_a_time(owner):
    given = {"user": owner, "kind": "training", "text_version": "1"}
    first = Consent.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(**given)
    write(first, {"withdrawn_at": datetime(2999, 1, 1, tzinfo=UTC)})
    Consent.objects.create(**given)
