"""Debian's Chromium, driven as a person would use it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright, *more: str) -> Browser:
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])


def log_in(page: Page, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_label("Password").first.fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"{url}/moles/")


def confirm_password(page: Page, url: str, password: str) -> None:
    """Once more, as a few pages ask for: they then open for five minutes."""
    page.goto(f"{url}/accounts/reauthenticate/?next=/account/")
    page.get_by_label("Password").first.fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"{url}/account/")
