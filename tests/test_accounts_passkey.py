"""A passkey from adding it to logging in with it alone, in Chromium with an authenticator of software."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser import log_in
from tests.processes import PASSWORD, Site

EMAIL = "passkey@example.org"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def page(site: Site, browser: Browser) -> Page:
    site.make_user(EMAIL)
    page = browser.new_context().new_page()
    log_in(page, site.url, EMAIL, PASSWORD)
    return page


@pytest.fixture
def authenticator(page: Page) -> Iterator[CDPSession]:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield devices
    devices.send("WebAuthn.removeVirtualAuthenticator", added)


def log_out(page: Page, site: Site) -> None:
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{site.url}/")


def test_a_passkey_logs_in_alone_and_is_the_second_step_after_a_password(
    site: Site, page: Page, authenticator: CDPSession
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{site.url}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("10 of 10 are unused")).to_be_visible()
    log_out(page, site)

    page.goto(f"{site.url}/accounts/login/?next=/account/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(f"{site.url}/account/")
    log_out(page, site)

    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{site.url}/moles/")
    log_out(page, site)
    assert complaints == []


def test_without_a_passkey_the_page_says_what_went_wrong(site: Site, browser: Browser) -> None:
    page = browser.new_context().new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = AUTHENTICATOR | {"isUserVerified": False}
    added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("#passkey-error")).to_contain_text("no passkey for this site", timeout=30_000)
    devices.send("WebAuthn.removeVirtualAuthenticator", added)
