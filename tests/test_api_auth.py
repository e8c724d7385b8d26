"""Tokens: given only where a log-in would be."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from diagnosis.models import AuthToken, User
from diagnosis.services import record_consent
from tests.conftest import PASSWORD

TOKEN_URL = "/api/v1/auth/token/"
SECRET = "JBSWY3DPEHPK3PXP"


def ask(client: Client, **body: Any) -> Any:
    body = {"email": "owner@example.org", "password": PASSWORD, **body}
    return client.post(TOKEN_URL, body, content_type="application/json")


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def totp_code(offset: int = 0) -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + offset))


@pytest.fixture
def client(anonymous_client: Client) -> Client:
    return anonymous_client


@pytest.fixture
def totp(owner: User) -> None:
    TOTP.activate(owner, SECRET)


@pytest.fixture
def recovery_code(owner: User) -> str:
    return RecoveryCodes.activate(owner).generate_codes()[0]


def test_a_token_opens_the_api_until_it_is_ended(client: Client, owner: User) -> None:
    answer = ask(client)
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expires_at"}
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies
    header = {"Authorization": f"Token {answer.json()['token']}"}
    assert client.get("/api/v1/me/", headers=header).json()["email"] == "owner@example.org"
    assert client.post("/api/v1/auth/logout/", headers=header).status_code == 204
    assert client.get("/api/v1/me/", headers=header).status_code == 401


def test_only_the_hash_of_a_token_is_stored(client: Client, owner: User) -> None:
    token = ask(client).json()["token"]
    row = AuthToken.objects.get()
    assert token not in (row.digest, row.token_key)


def test_the_address_may_be_written_in_any_case(client: Client, owner: User) -> None:
    assert ask(client, email="Owner@Example.ORG").status_code == 200


def test_logging_out_of_all_ends_every_token_of_this_person_alone(
    client: Client, owner: User, another: User
) -> None:
    first, second = ask(client).json()["token"], ask(client).json()["token"]
    ask(client, email="another@example.org")
    header = {"Authorization": f"Token {first}"}
    assert client.post("/api/v1/auth/logoutall/", headers=header).status_code == 204
    assert client.get("/api/v1/me/", headers={"Authorization": f"Token {second}"}).status_code == 401
    assert [token.user for token in AuthToken.objects.all()] == [another]


def test_a_session_has_no_token_to_end(owner_client: Client) -> None:
    assert code_of(owner_client.post("/api/v1/auth/logout/")) == (400, "no_token")
    assert owner_client.post("/api/v1/auth/logoutall/").status_code == 204


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, owner: User) -> None:
    wrong = ask(client, password="wrong")
    unknown = ask(client, email="nobody@example.org")
    assert code_of(wrong) == (401, "invalid_credentials")
    assert wrong["WWW-Authenticate"] == "Token"
    assert wrong.json() == unknown.json()
    assert not AuthToken.objects.exists()


def test_missing_and_impossible_values_are_named(client: Client, owner: User) -> None:
    answer = client.post(TOKEN_URL, {"email": "no address"}, content_type="application/json")
    assert code_of(answer) == (400, "invalid")
    assert set(answer.json()["error"]["details"]) == {"email", "password"}
    assert code_of(ask(client, email="a\0b@example.org"))[0] == 400
    assert code_of(ask(client, password="x" * 2000))[0] == 400


def test_failed_attempts_are_limited_for_an_address_and_the_right_password_waits_too(
    client: Client, owner: User
) -> None:
    for _ in range(5):
        assert ask(client, password="wrong").status_code == 401
    limited = ask(client)
    assert code_of(limited) == (429, "too_many_attempts")
    assert int(limited["Retry-After"]) == 300
    assert not AuthToken.objects.exists()


def test_failed_attempts_over_the_api_limit_the_log_in_page_too(client: Client, owner: User) -> None:
    for _ in range(5):
        ask(client, password="wrong")
    client.post("/accounts/login/", {"login": "owner@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_attempts_of_one_machine_are_limited_over_all_addresses(client: Client, owner: User) -> None:
    for number in range(10):
        ask(client, email=f"nobody{number}@example.org")
    assert code_of(ask(client)) == (429, "too_many_attempts")


def test_a_closed_account_gets_no_token_and_its_tokens_end(client: Client, owner: User) -> None:
    header = {"Authorization": f"Token {ask(client).json()['token']}"}
    get_user_model().objects.update(is_active=False)
    assert code_of(ask(client)) == (403, "account_inactive")
    assert client.get("/api/v1/me/", headers=header).status_code == 401


def test_where_mail_is_set_up_the_address_must_be_confirmed(
    client: Client, owner: User, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert code_of(ask(client)) == (403, "email_not_confirmed")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    assert ask(client).status_code == 200


@pytest.mark.usefixtures("totp")
def test_an_account_with_an_authenticator_app_needs_its_code_once(client: Client, owner: User) -> None:
    assert code_of(ask(client)) == (401, "mfa_required")
    assert code_of(ask(client, code="000000")) == (401, "mfa_invalid")
    code = totp_code()
    assert ask(client, code=code).status_code == 200
    assert code_of(ask(client, code=code)) == (401, "mfa_invalid")
    assert Authenticator.objects.get().last_used_at


@pytest.mark.usefixtures("totp")
def test_a_wrong_password_does_not_tell_that_there_is_a_second_factor(client: Client, owner: User) -> None:
    assert code_of(ask(client, password="wrong")) == (401, "invalid_credentials")


@pytest.mark.usefixtures("totp")
def test_a_recovery_code_works_once(client: Client, recovery_code: str) -> None:
    assert ask(client, code=recovery_code).status_code == 200
    assert code_of(ask(client, code=recovery_code)) == (401, "mfa_invalid")


@pytest.mark.usefixtures("totp")
def test_wrong_codes_are_limited(client: Client, owner: User) -> None:
    for _ in range(5):
        assert code_of(ask(client, code="000000")) == (401, "mfa_invalid")
    assert code_of(ask(client, code=totp_code())) == (429, "too_many_attempts")


def test_an_account_with_a_passkey_alone_is_told_to_use_a_recovery_code(
    client: Client, owner: User, recovery_code: str
) -> None:
    Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data={"name": "key"})
    refused = ask(client)
    assert code_of(refused) == (401, "mfa_required")
    assert "recovery code" in refused.json()["error"]["message"]
    assert ask(client, code=recovery_code).status_code == 200


def test_an_expired_token_is_refused(client: Client, owner: User) -> None:
    header = {"Authorization": f"Token {ask(client).json()['token']}"}
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/me/", headers=header).status_code == 401


def test_the_oldest_token_makes_room_for_the_fifty_first(owner: User, client: Client) -> None:
    for _ in range(50):
        AuthToken.objects.create(user=owner)
    oldest = AuthToken.objects.order_by("created").first()
    assert ask(client).status_code == 200
    assert AuthToken.objects.count() == 50
    assert not AuthToken.objects.filter(pk=oldest.pk).exists()


def test_changing_the_password_ends_every_token(owner: User, owner_client: Client) -> None:
    AuthToken.objects.create(user=owner)
    new = "another good password"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    owner_client.post("/accounts/password/change/", form)
    owner.refresh_from_db()
    assert owner.check_password(new)
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token x", "Token \xff\xfe", "Token " + "a" * 5000])
def test_a_broken_token_is_refused(client: Client, owner: User, header: str) -> None:
    answer = client.get("/api/v1/me/", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"


def test_me_tells_of_the_account_and_its_consents(owner: User, owner_client: Client) -> None:
    record_consent(user=owner)
    me = owner_client.get("/api/v1/me/").json()
    settings = {"time_zone", "language", "reminder_mails", "review_mails"}
    assert set(me) == {"id", "email", "date_joined", "mfa_enabled", "allows_training", "consents"} | settings
    assert (me["email"], me["mfa_enabled"]) == ("owner@example.org", False)
    assert {consent["kind"] for consent in me["consents"]} == {"storage", "of_age"}
    assert all(consent["text_version"] and consent["given_at"] for consent in me["consents"])


@pytest.mark.usefixtures("totp")
def test_me_tells_of_a_second_factor(owner_client: Client) -> None:
    assert owner_client.get("/api/v1/me/").json()["mfa_enabled"] is True
