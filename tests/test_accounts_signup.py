"""Signing up: consents, one account per address, nothing half done."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from diagnosis.models import Consent, User
from diagnosis.services import CONSENT_TEXT_VERSION

PASSWORD = "seven blue kettles"
FORM = {
    "email": "New@Example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
    "storage": "on",
    "of_age": "on",
}


def sign_up(client: Client, **changes: str | None):
    form = {name: value for name, value in (FORM | changes).items() if value is not None}
    return client.post("/accounts/signup/", form)


@pytest.fixture
def with_mail(settings):
    """The settings that EMAIL_URL brings."""
    settings.EMAIL_URL = "smtp://localhost"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False


def test_signing_up_makes_an_account_with_both_consents_and_logs_in(anonymous_client):
    response = sign_up(anonymous_client)
    assert response.status_code == 302
    user = User.objects.get()
    assert user.email == "new@example.org"
    consents = {(consent.kind, consent.text_version) for consent in user.consents.all()}
    assert consents == {("storage", CONSENT_TEXT_VERSION), ("of_age", CONSENT_TEXT_VERSION)}
    assert anonymous_client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("storage", "Without your consent"), ("of_age", "for adults only")],
)
def test_without_a_consent_there_is_no_account(anonymous_client, missing, sentence):
    response = sign_up(anonymous_client, **{missing: None})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not User.objects.exists()
    assert not Consent.objects.exists()
    assert not EmailAddress.objects.exists()


def test_an_account_whose_consents_could_not_be_kept_is_not_made(anonymous_client, monkeypatch):
    def fail(*, user):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("diagnosis.pages.account_forms.record_consent", fail)
    with pytest.raises(RuntimeError):
        sign_up(anonymous_client)
    assert not User.objects.exists()


def test_the_same_address_in_another_case_is_the_same_account(anonymous_client):
    sign_up(Client())
    response = sign_up(anonymous_client, email="NEW@example.ORG")
    assert response.status_code == 200
    assert "There is already an account with this address" in response.content.decode()
    assert User.objects.count() == 1


def test_an_address_that_signs_up_twice_at_once_is_one_account(anonymous_client, monkeypatch):
    sign_up(Client())
    unseen = "allauth.account.forms.flows.manage_email.email_already_exists"
    monkeypatch.setattr(unseen, lambda value: (value, False))
    response = sign_up(anonymous_client)
    assert response.status_code == 302
    page = anonymous_client.get(response.url)
    assert "There is already an account with this address" in page.content.decode()
    assert User.objects.count() == 1


def test_with_mail_the_address_must_be_confirmed_before_the_first_log_in(anonymous_client, with_mail):
    response = sign_up(anonymous_client)
    assert response.url == "/accounts/confirm-email/"
    assert "Look in your mailbox" in anonymous_client.get(response.url).content.decode()
    assert anonymous_client.get("/account/").status_code == 302
    [message] = mail.outbox
    assert message.subject == "Confirm your address"
    assert "example.com" not in message.body
    link = next(line for line in message.body.splitlines() if "/accounts/confirm-email/" in line)
    path = link.removeprefix("http://testserver")
    assert "new@example.org" in anonymous_client.get(path).content.decode()
    assert not EmailAddress.objects.get().verified
    anonymous_client.post(path)
    assert EmailAddress.objects.get().verified
    anonymous_client.post("/accounts/login/", {"login": FORM["email"], "password": PASSWORD})
    assert anonymous_client.get("/account/").status_code == 200


def test_with_mail_a_taken_address_looks_like_a_new_one_and_its_owner_is_told(
    anonymous_client, owner, with_mail
):
    response = sign_up(anonymous_client, email="OWNER@example.org")
    assert response.url == "/accounts/confirm-email/"
    assert User.objects.count() == 1
    [message] = mail.outbox
    assert message.subject == "You already have an account"
    assert message.to == ["owner@example.org"]


def test_with_mail_an_address_that_signs_up_twice_at_once_is_one_account(
    anonymous_client, owner, with_mail, monkeypatch
):
    unseen = "allauth.account.forms.flows.manage_email.email_already_exists"
    monkeypatch.setattr(unseen, lambda value: (value, False))
    assert sign_up(anonymous_client, email=owner.email).url == "/accounts/confirm-email/"
    assert User.objects.count() == 1


def test_a_mail_server_that_is_down_costs_the_mail_alone(anonymous_client, with_mail, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    response = sign_up(anonymous_client)
    page = anonymous_client.get(response.url).content.decode()
    assert "We could not send the mail" in page
    assert Consent.objects.filter(user__email="new@example.org").count() == 2


def test_the_sign_up_page_links_what_one_consents_to(anonymous_client):
    assert 'href="/privacy/"' in anonymous_client.get("/accounts/signup/").content.decode()
    page = anonymous_client.get("/privacy/").content.decode()
    assert CONSENT_TEXT_VERSION in page
