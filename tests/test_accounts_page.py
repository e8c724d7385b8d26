"""The account page, its tokens, and what no account page may hold."""

import re

import pytest
from django.urls import reverse

from diagnosis.models import AuthToken
from diagnosis.services import record_consent

PUBLIC = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/privacy/"]
OWN = [
    "/account/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/logout/",
    "/accounts/2fa/webauthn/",
]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)


def assert_nothing_inline(page: str) -> None:
    assert not INLINE.search(page), INLINE.search(page)
    for script in SCRIPT.finditer(page):
        data = 'type="application/json"' in script["attributes"]
        assert data or not script["body"].strip(), script[0]


@pytest.mark.parametrize("path", PUBLIC + OWN)
def test_pages_are_whole_and_hold_nothing_inline(path, owner_client, anonymous_client):
    response = (anonymous_client if path in PUBLIC else owner_client).get(path)
    assert response.status_code == 200
    page = response.content.decode()
    assert page.count("<h1") == 1
    assert 'id="content"' in page
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert_nothing_inline(page)


@pytest.mark.parametrize("path", OWN)
def test_own_pages_send_anonymous_people_to_the_log_in(path, anonymous_client):
    if path == "/accounts/logout/":
        assert anonymous_client.get(path).url == "/"
    else:
        assert anonymous_client.get(path).url.startswith("/accounts/login/?next=")


def test_the_account_page_shows_consents_and_tokens(owner_client, owner, another):
    record_consent(user=owner, text_version="2001-01")
    token, secret = AuthToken.objects.create(user=owner)
    AuthToken.objects.create(user=another)
    page = owner_client.get("/account/").content.decode()
    assert page.count("Text of 2001-01") == 2
    assert token.token_key[:8] in page
    assert page.count("Revoke") == 1
    assert token.digest not in page
    assert secret not in page


def test_every_link_of_the_account_page_leads_somewhere(owner_client):
    page = owner_client.get("/account/").content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    links = set(re.findall(r'href="(/[^"#]*)"', main))
    assert len(links) >= 6
    for path in links:
        # A page may ask for the password first.
        assert owner_client.get(path, follow=True).status_code == 200, path


def test_an_owner_revokes_their_token(owner_client, owner):
    token, _ = AuthToken.objects.create(user=owner)
    url = reverse("token-revoke", args=[token.token_key])
    assert owner_client.get(url).status_code == 405
    assert owner_client.post(url).url == "/account/"
    assert not AuthToken.objects.exists()


def test_another_persons_token_is_not_there(another_client, anonymous_client, owner):
    token, _ = AuthToken.objects.create(user=owner)
    url = reverse("token-revoke", args=[token.token_key])
    assert another_client.post(url).status_code == 404
    assert anonymous_client.post(url).url.startswith("/accounts/login/")
    assert AuthToken.objects.exists()
