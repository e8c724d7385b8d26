"""Logging in and out, the limits on it, and getting back in without the password."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from diagnosis.models import AuthToken, User
from tests.conftest import PASSWORD


def log_in(client: Client, email: str, password: str = PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": email, "password": password}, **extra)


def is_logged_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_an_address_logs_in_whatever_its_case(anonymous_client, owner):
    assert log_in(anonymous_client, "OWNER@Example.org").status_code == 302
    assert is_logged_in(anonymous_client)


def test_a_wrong_password_says_so_without_saying_which_half_is_wrong(anonymous_client, owner):
    for email in (owner.email, "nobody@example.org"):
        response = log_in(anonymous_client, email, "wrong")
        assert response.status_code == 200
        assert "The address or the password is wrong." in response.content.decode()


def test_logging_out_takes_a_post(owner_client):
    assert owner_client.get("/accounts/logout/").status_code == 200
    assert is_logged_in(owner_client)
    owner_client.post("/accounts/logout/")
    assert not is_logged_in(owner_client)


def test_after_five_failures_the_account_is_closed_for_a_while_from_everywhere(owner, another):
    for _ in range(5):
        assert log_in(Client(), owner.email, "wrong").status_code == 200
    refused = log_in(Client(), owner.email)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "300"
    assert "Too many attempts" in refused.content.decode()
    assert log_in(Client(), owner.email, REMOTE_ADDR="10.0.0.9").status_code == 429
    assert log_in(Client(), another.email).status_code == 302


def test_after_ten_failures_on_any_accounts_the_address_on_the_net_is_closed(owner):
    for number in range(10):
        log_in(Client(), f"guess{number}@example.org", "wrong")
    assert log_in(Client(), owner.email).status_code == 429
    assert log_in(Client(), owner.email, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_success_does_not_count_against_the_limit(owner):
    for _ in range(12):
        assert log_in(Client(), owner.email).status_code == 302


def test_a_closed_account_is_told_so(anonymous_client, owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    response = log_in(anonymous_client, owner.email)
    assert "This account is closed" in anonymous_client.get(response.url).content.decode()
    assert not is_logged_in(anonymous_client)


def reset_link(client: Client, email: str) -> str:
    client.post("/accounts/password/reset/", {"email": email})
    link = next(line for line in mail.outbox[-1].body.splitlines() if "/password/reset/key/" in line)
    return client.get(link.removeprefix("http://testserver")).url


def test_the_mailed_link_sets_a_new_password_once_and_lifts_the_limit(anonymous_client, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    for _ in range(5):
        log_in(Client(), owner.email, "wrong")
    form = reset_link(anonymous_client, owner.email.upper())
    assert mail.outbox[-1].subject == "Choose a new password"
    assert "example.com" not in mail.outbox[-1].body
    new = "nine green lanterns"
    anonymous_client.post(form, {"password1": new, "password2": new})
    assert log_in(Client(), owner.email, new).status_code == 302
    link = next(line for line in mail.outbox[-1].body.splitlines() if "/password/reset/key/" in line)
    again = Client().get(link.removeprefix("http://testserver"))
    assert "too old, was used before" in again.content.decode()


def test_asking_for_a_reset_never_tells_whether_there_is_an_account(anonymous_client, owner):
    pages = []
    for email in (owner.email, "nobody@example.org"):
        response = anonymous_client.post("/accounts/password/reset/", {"email": email}, follow=True)
        # The form that changes the language has a token that differs each time.
        pages.append(re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content))
    assert pages[0] == pages[1]
    assert mail.outbox[1].subject == "No account with this address"


def test_a_weak_password_is_refused_beside_its_field(owner_client, owner):
    form = {"oldpassword": PASSWORD, "password1": "1234567890", "password2": "1234567890"}
    page = owner_client.post("/accounts/password/change/", form).content.decode()
    assert "entirely numeric" in page
    assert 'aria-describedby="id_password1_helptext id_password1_error"' in page


def test_changing_the_password_ends_other_sessions_and_tokens(owner_client, owner):
    elsewhere = Client()
    log_in(elsewhere, owner.email)
    AuthToken.objects.create(user=owner)
    new = "nine green lanterns"
    owner_client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert is_logged_in(owner_client)
    assert not is_logged_in(elsewhere)
    assert not AuthToken.objects.exists()


def test_other_sessions_are_listed_and_ended(owner):
    here, elsewhere = Client(headers={"user-agent": "Here/1"}), Client(headers={"user-agent": "Elsewhere/2"})
    log_in(here, owner.email)
    log_in(elsewhere, owner.email)
    assert is_logged_in(elsewhere)
    page = here.get("/accounts/sessions/").content.decode()
    assert "Here/1" in page
    assert "Elsewhere/2" in page
    here.post("/accounts/sessions/")
    assert is_logged_in(here)
    assert not is_logged_in(elsewhere)


@pytest.fixture
def confirmed_client(owner, owner_client):
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    owner_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return owner_client


def change_address(client: Client, email: str):
    return client.post("/accounts/email/", {"email": email, "action_add": ""}, follow=True)


def test_without_mail_a_new_address_counts_at_once(confirmed_client, owner):
    page = change_address(confirmed_client, "Moved@example.org").content.decode()
    assert "Your address was changed" in page
    owner.refresh_from_db()
    assert owner.email == "moved@example.org"
    assert log_in(Client(), "moved@example.org").status_code == 302


def test_without_mail_the_address_of_another_is_refused(confirmed_client, owner, another):
    page = change_address(confirmed_client, another.email).content.decode()
    assert "There is already an account with this address" in page
    owner.refresh_from_db()
    assert owner.email == "owner@example.org"


def test_with_mail_a_new_address_counts_once_its_link_was_opened(confirmed_client, owner, settings):
    settings.EMAIL_URL = "smtp://localhost"
    change_address(confirmed_client, "moved@example.org")
    page = change_address(confirmed_client, "moved.again@example.org").content.decode()
    assert "moved.again@example.org</strong> waits" in page
    assert EmailAddress.objects.filter(user=owner).count() == 2
    owner.refresh_from_db()
    assert owner.email == "owner@example.org"
    link = next(line for line in mail.outbox[-1].body.splitlines() if "/confirm-email/" in line)
    confirmed_client.post(link.removeprefix("http://testserver"))
    owner.refresh_from_db()
    assert owner.email == "moved.again@example.org"
    assert EmailAddress.objects.get(user=owner).verified


def test_with_mail_nobody_takes_over_the_address_of_another(confirmed_client, owner, another, settings):
    settings.EMAIL_URL = "smtp://localhost"
    change_address(confirmed_client, another.email)
    link = next(line for line in mail.outbox[-1].body.splitlines() if "/confirm-email/" in line)
    page = confirmed_client.post(link.removeprefix("http://testserver"), follow=True).content.decode()
    assert "There is already an account with this address" in page
    owner.refresh_from_db()
    assert owner.email == "owner@example.org"
