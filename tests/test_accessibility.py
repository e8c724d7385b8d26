"""axe-core on every page, in both themes: nothing serious or critical. And no page scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from docs.screenshots import EMAIL, PUBLIC, addresses, context, judged
from docs.screenshots import PASSWORD as DEMO_PASSWORD
from tests.browser import confirm_password, log_in
from tests.processes import Site, wait_for

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, str]:
    """Every page there is, with a demo account whose photos are judged."""
    site.manage("demo", "--password", DEMO_PASSWORD)
    wait_for("the demo's predictions", lambda: judged(site), 120, pause=1)
    return addresses(site)


def problems(page: Page, url: str) -> list[str]:
    page.goto(url, wait_until="networkidle")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found if rule["impact"] in SERIOUS]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return bad + ([f"scrolls sideways by {width} px"] if width > 0 else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_used_by_everyone(
    site: Site, browser: Browser, pages: dict[str, str], scheme: str
) -> None:
    page = context(browser, 390, scheme).new_page()
    found = {name: problems(page, site.url + address) for name, address in PUBLIC.items()}
    log_in(page, site.url, EMAIL, DEMO_PASSWORD)
    confirm_password(page, site.url, DEMO_PASSWORD)
    found |= {name: problems(page, site.url + address) for name, address in pages.items()}
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_no_page_scrolls_sideways_on_a_small_phone(
    site: Site, browser: Browser, pages: dict[str, str]
) -> None:
    page = context(browser, 320, "light").new_page()
    log_in(page, site.url, EMAIL, DEMO_PASSWORD)
    confirm_password(page, site.url, DEMO_PASSWORD)
    found = {name: problems(page, site.url + address) for name, address in (PUBLIC | pages).items()}
    assert {name: bad for name, bad in found.items() if bad} == {}
