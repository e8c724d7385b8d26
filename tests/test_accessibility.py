"""axe-core on every page, in both themes: nothing serious or critical. And no page scrolls sideways."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

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


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def problems(page: Page, url: str) -> list[str]:
    page.goto(url, wait_until="networkidle")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found if rule["impact"] in SERIOUS]
    width = sideways(page)
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


def test_two_photos_are_compared_in_three_ways_by_keyboard_alone(
    site: Site, browser: Browser, pages: dict[str, str]
) -> None:
    page = context(browser, 390, "light").new_page()
    log_in(page, site.url, EMAIL, DEMO_PASSWORD)
    page.goto(site.url + pages["compare"])
    later, divider = page.locator("[data-later]"), page.locator("[data-divider]")
    beside, together = page.locator(".beside"), page.locator(".together")
    expect(beside).to_be_visible()
    expect(together).to_be_hidden()
    page.get_by_label("Side by side").focus()
    page.keyboard.press("ArrowDown")
    expect(beside).to_be_hidden()
    expect(together).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    expect(later).to_have_attribute("opacity", "1")
    page.keyboard.press("Home")
    expect(later).to_have_attribute("opacity", "0")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[data-turned]")).to_have_attribute("transform", re.compile(r"matrix\("))
    page.keyboard.press("Space")
    expect(page.locator("[data-turned]")).not_to_have_attribute("transform", re.compile("."))
    page.get_by_label("One over the other").focus()
    page.keyboard.press("ArrowDown")
    expect(later).to_have_attribute("opacity", "1")
    expect(divider).to_have_attribute("x1", "0")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("x1", "1")
    expect(page.locator("[data-clip]")).to_have_attribute("width", "99")


def test_a_pin_is_placed_and_moved_by_keyboard_alone(
    site: Site, browser: Browser, pages: dict[str, str]
) -> None:
    page = context(browser, 390, "light").new_page()
    log_in(page, site.url, EMAIL, DEMO_PASSWORD)
    page.goto(site.url + "/moles/add/")
    page.get_by_label("Name").fill("by keyboard")
    page.get_by_label("Place on the body map").focus()
    page.keyboard.type("Left knee")
    pin = page.get_by_label("The pin", exact=True)
    expect(page.locator("[data-figure=front] .pin")).to_have_count(1)
    expect(page.locator("[data-figure=back] .pin")).to_have_count(0)
    before = float(pin.get_attribute("cy") or 0)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    assert float(pin.get_attribute("cy") or 0) == pytest.approx(before - 3, abs=0.1)
    for _ in range(40):
        page.keyboard.press("ArrowRight")  # it stops at the edge of the body
    assert float(pin.get_attribute("cx") or 0) < 140
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/moles/[0-9a-f-]{36}/"))
    expect(page.get_by_text("Left knee").first).to_be_visible()


def test_no_page_scrolls_sideways_on_a_small_phone(
    site: Site, browser: Browser, pages: dict[str, str]
) -> None:
    page = context(browser, 320, "light").new_page()
    log_in(page, site.url, EMAIL, DEMO_PASSWORD)
    confirm_password(page, site.url, DEMO_PASSWORD)
    found = {name: problems(page, site.url + address) for name, address in (PUBLIC | pages).items()}
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize("language", ["de", "es"])
def test_no_page_scrolls_sideways_in_a_language_of_longer_words(
    site: Site, browser: Browser, pages: dict[str, str], language: str
) -> None:
    page = context(browser, 320, "light").new_page()
    log_in(page, site.url, EMAIL, DEMO_PASSWORD)
    confirm_password(page, site.url, DEMO_PASSWORD)
    page.goto(site.url)
    page.locator(f"form.languages button[value={language}]").click()
    wide = {}
    for name, address in (PUBLIC | pages).items():
        page.goto(site.url + address, wait_until="domcontentloaded")
        assert page.locator("html").get_attribute("lang") == language
        wide[name] = sideways(page)
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
