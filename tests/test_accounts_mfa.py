"""Second factors: without them a password is enough, with them it is not."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from tests.conftest import PASSWORD
from tests.test_accounts_login import is_logged_in, log_in


def code_of(secret: str, steps: int = 0) -> str:
    counter = int(time.time()) // 30 + steps
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


@pytest.fixture
def secret(owner, owner_client, settings) -> str:
    """The owner's, after setting an app up through the pages.

    A code counts once and for its own half minute. Taking the last one's too spares the tests
    the wait for a second code.
    """
    settings.MFA_TOTP_TOLERANCE = 1
    asked = owner_client.get("/accounts/2fa/totp/activate/")
    assert asked.url.startswith("/accounts/reauthenticate/")
    owner_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = owner_client.get("/accounts/2fa/totp/activate/")
    assert "data:image/svg+xml" in page.content.decode()
    secret = page.context["form"].secret
    done = owner_client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret, -1)})
    assert done.url == "/accounts/2fa/recovery-codes/"
    return secret


def test_an_app_can_be_set_up_where_no_address_is_confirmed(secret, owner):
    types = set(Authenticator.objects.filter(user=owner).values_list("type", flat=True))
    assert types == {"totp", "recovery_codes"}


def test_where_mail_is_configured_an_unconfirmed_address_is_refused(owner_client, settings):
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    owner_client.get("/accounts/email/")
    response = owner_client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "until you have verified your email address" in response.content.decode()


def test_the_password_alone_does_not_log_in_any_more(anonymous_client, owner, secret):
    response = log_in(anonymous_client, owner.email)
    assert response.url == "/accounts/2fa/authenticate/"
    assert not is_logged_in(anonymous_client)
    wrong = anonymous_client.post(response.url, {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    anonymous_client.post(response.url, {"code": code_of(secret)})
    assert is_logged_in(anonymous_client)


def test_a_code_works_once(owner, secret):
    code = code_of(secret)
    first, second = Client(), Client()
    log_in(first, owner.email)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    log_in(second, owner.email)
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_logged_in(first)
    assert not is_logged_in(second)


def test_a_recovery_code_logs_in_once(owner, owner_client, secret):
    page = owner_client.get("/accounts/2fa/recovery-codes/")
    code = page.context["unused_codes"][0]
    assert code in page.content.decode()
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, owner.email)
        client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_logged_in(first)
    assert not is_logged_in(second)


def test_codes_are_guessed_only_so_often(anonymous_client, owner, secret):
    log_in(anonymous_client, owner.email)
    for _ in range(5):
        anonymous_client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    anonymous_client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert not is_logged_in(anonymous_client)


def test_the_app_is_removed_again(owner, owner_client, secret):
    owner_client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=owner, type="totp").exists()
    client = Client()
    log_in(client, owner.email)
    assert is_logged_in(client)


def test_removing_the_app_asks_for_the_password_first(owner, secret):
    client = Client()
    client.force_login(owner)
    response = client.post("/accounts/2fa/totp/deactivate/")
    assert response.url.startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=owner, type="totp").exists()


def test_the_code_of_the_last_half_minute_is_too_late(owner_client):
    owner_client.get("/accounts/2fa/totp/activate/")
    owner_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = owner_client.get("/accounts/2fa/totp/activate/")
    late = owner_client.post(
        "/accounts/2fa/totp/activate/", {"code": code_of(page.context["form"].secret, -1)}
    )
    assert late.status_code == 200
    assert not Authenticator.objects.exists()
