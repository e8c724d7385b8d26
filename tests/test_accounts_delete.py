"""The end of an account: nothing of it stays, nothing of anybody else goes."""

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.test import Client

from diagnosis.models import AuthToken, Consent, Mole, Photo, Prediction, Profile, User
from diagnosis.services import create_mole, create_profile, delete_account, record_consent
from tests.conftest import PASSWORD

PAGE = "/account/delete/"
ME = "/api/v1/me/"


def confirmed(email: str = "owner@example.org") -> Client:
    """Logged in, and the password given once more."""
    client = Client()
    assert client.post("/accounts/login/", {"login": email, "password": PASSWORD}).status_code == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def rows_of(user: User) -> int:
    own = [
        Profile.objects.of(user),
        Mole.objects.of(user),
        Photo.objects.of(user),
        Prediction.objects.of(user),
    ]
    own += [AuthToken.objects.filter(user=user), Consent.objects.filter(user=user)]
    return sum(queryset.count() for queryset in own)


def files() -> set[str]:
    folders = default_storage.listdir("")[0]
    return {f"{folder}/{name}" for folder in folders for name in default_storage.listdir(folder)[1]}


def test_the_page_says_what_goes_and_then_it_is_gone(
    owner: User, mole: Mole, photo: Photo, django_capture_on_commit_callbacks: Any
) -> None:
    record_consent(user=owner)
    create_profile(owner=owner, name="Anna")
    phone, laptop = confirmed(), confirmed()
    page = phone.get(PAGE).content.decode()
    assert "2 profiles, 1 mole, 1 photo and 1 prediction" in page
    assert len(files()) == 2
    with django_capture_on_commit_callbacks(execute=True):
        answer = phone.post(PAGE, {"sure": "on"})
    assert answer.status_code == 200
    assert "owner@example.org" in answer.content.decode()
    assert "2 profiles, 1 mole, 1 photo and 1 prediction" in answer.content.decode()
    assert (get_user_model().objects.count(), rows_of(owner), files()) == (0, 0, set())
    for client in (phone, laptop):
        assert client.get("/account/").url.startswith("/accounts/login/")
    assert not Session.objects.exists()


def test_nothing_goes_without_the_box(owner: User, mole: Mole) -> None:
    client = confirmed()
    answer = client.post(PAGE)
    assert answer.status_code == 422
    assert "Say so by ticking the box" in answer.content.decode()
    assert Mole.objects.of(owner).exists()


def test_who_found_an_open_session_is_asked_for_the_password(owner_client: Client, owner: User) -> None:
    for answer in (owner_client.get(PAGE), owner_client.post(PAGE, {"sure": "on"})):
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/reauthenticate/")
    assert User.objects.filter(pk=owner.pk).exists()


def test_what_others_have_stays(owner: User, another: User, photo: Photo) -> None:
    create_mole(owner=another, name="theirs")
    AuthToken.objects.create(user=another)
    client = confirmed(another.email)
    delete_account(user=owner)
    assert rows_of(another) == 3
    assert client.get("/account/").status_code == 200


def test_the_receipt_is_mailed(owner: User, photo: Photo, settings: Any, mailoutbox: list[Any]) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    client = confirmed()
    mailoutbox.clear()
    page = client.post(PAGE, {"sure": "on"}).content.decode()
    assert "on its way to you by mail" in page
    (mail,) = mailoutbox
    assert mail.to == ["owner@example.org"]
    assert mail.subject == "Your account was deleted"
    assert "1 profile, 1 mole, 1 photo and 1 prediction" in mail.body


def through_the_api(client: Client, user: User, **body: str) -> Any:
    token = AuthToken.objects.create(user=user)[1]
    return client.delete(ME, body, "application/json", headers={"Authorization": f"Token {token}"})


def test_the_api_deletes_the_account_of_who_knows_the_password(
    anonymous_client: Client, owner: User, photo: Photo
) -> None:
    assert through_the_api(anonymous_client, owner).status_code == 400
    answer = through_the_api(anonymous_client, owner, password="a guess")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_credentials")
    assert User.objects.filter(pk=owner.pk).exists()
    assert through_the_api(anonymous_client, owner, password=PASSWORD).status_code == 204
    assert rows_of(owner) == 0
    assert not User.objects.filter(pk=owner.pk).exists()


def test_the_api_asks_for_the_second_factor(anonymous_client: Client, owner: User) -> None:
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(owner).generate_codes()[0]
    answer = through_the_api(anonymous_client, owner, password=PASSWORD)
    assert answer.json()["error"]["code"] == "mfa_required"
    answer = through_the_api(anonymous_client, owner, password=PASSWORD, code="000000")
    assert answer.json()["error"]["code"] == "mfa_invalid"
    assert through_the_api(anonymous_client, owner, password=PASSWORD, code=code).status_code == 204


def test_another_persons_password_deletes_nobody(
    anonymous_client: Client, owner: User, another: User
) -> None:
    another.set_password("quite another one")
    another.save()
    answer = through_the_api(anonymous_client, owner, password="quite another one")
    assert answer.status_code == 401
    assert User.objects.count() == 2


@pytest.mark.parametrize(("method", "status"), [("post", 405), ("put", 405), ("patch", 200)])
def test_only_delete_deletes(owner_client: Client, method: str, status: int) -> None:
    answer = getattr(owner_client, method)(ME, {"password": PASSWORD}, "application/json")
    assert (answer.status_code, User.objects.count()) == (status, 1)
