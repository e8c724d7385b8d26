"""Several photos at once in Chromium: refused, broken off, sent again, known after a reload; installed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser import log_in
from tests.pictures import mole_jpeg
from tests.processes import PASSWORD, Site
from tests.test_browser import PHONE, RESULT, add_mole, sign_up

EMAIL = "several@example.org"
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def account(site: Site, browser: Browser) -> Any:
    context = browser.new_context()
    sign_up(context.new_page(), site, EMAIL)
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def page(site: Site, browser: Browser, account: Any) -> Iterator[Page]:
    """The upload page of a new mole on a phone."""
    context = browser.new_context(storage_state=account, viewport=PHONE, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    add_mole(page, site, "right foot")
    page.goto(page.url + "photos/add/")
    yield page
    context.close()


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Path]]:
    def make(*names: str) -> list[Path]:
        for number, name in enumerate(names):
            good = mole_jpeg(400, 300, seed=hash(tmp_path) % 1000 + number)
            (tmp_path / name).write_bytes(good if "bad" not in name else good[:3000])
        return [tmp_path / name for name in names]

    return make


def item(page: Page, number: int) -> Locator:
    return page.locator(".upload-item").nth(number - 1)


def choose(page: Page, paths: list[Path]) -> None:
    page.locator("input[name=image]").set_input_files(paths)
    expect(page.locator(".upload-item")).to_have_count(len(paths))


def stored(page: Page) -> list[dict[str, Any]]:
    url = page.locator("form[data-upload]").get_attribute("data-photos-url")
    return list(page.evaluate("async url => (await (await fetch(url)).json()).results", url))


def test_of_five_one_is_refused_one_breaks_off_and_is_sent_again(
    page: Page, files: Callable[..., list[Path]]
) -> None:
    keys: dict[str, list[str]] = {"broken": [], "sent": []}

    def break_the_third(route: Route) -> None:
        if route.request.method == "POST":
            key = route.request.headers["idempotency-key"]
            # The third is the second good one: its first three tries break off.
            broken = keys["broken"]
            if len(keys["sent"]) == 2 and len(broken) < 3:
                broken.append(key)
                return route.abort("connectionreset")
            keys["sent"].append(key)
        return route.continue_()

    page.route("**/api/v1/moles/*/photos/**", break_the_third)
    choose(page, files("a.jpg", "bad.jpg", "c.jpg", "d.jpg", "e.jpg"))
    item(page, 3).get_by_label("Note").fill("in the shade")
    item(page, 3).get_by_label("Date taken").fill("2026-01-31")
    page.get_by_label("Yes, through a dermatoscope").check()
    page.get_by_role("button", name="Send and predict").click()
    expect(page.locator("[data-sum]")).to_have_text(
        "3 of 5 photos are stored. Not stored: 2, 3. The list says why.", timeout=RESULT
    )
    expect(item(page, 2)).to_contain_text("Not stored. The photo is damaged or incomplete")
    expect(item(page, 3)).to_contain_text("never stored twice")
    expect(item(page, 3).get_by_label("Note")).to_have_value("in the shade")
    expect(item(page, 3).get_by_label("Date taken")).to_have_value("2026-01-31")
    assert len(keys["broken"]) == 3
    assert len(set(keys["broken"])) == 1
    item(page, 3).get_by_role("button", name="Send again").click()
    expect(item(page, 3)).to_contain_text("Stored. Taken: 31 January 2026.", timeout=RESULT)
    assert keys["sent"][-1] == keys["broken"][0]
    photos = stored(page)
    assert len(photos) == 4
    assert [photo["note"] for photo in photos if photo["note"]] == ["in the shade"]
    for number in (1, 3, 4, 5):
        expect(item(page, number).get_by_role("link", name="The whole result")).to_be_visible()
        expect(item(page, number).locator("[data-terminal=yes]")).to_be_visible(timeout=RESULT)
    bad = [rule for rule in Axe().run(page).response["violations"] if rule["impact"] in SERIOUS]
    assert bad == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_an_answer_that_is_lost_stores_nothing_twice(page: Page, files: Callable[..., list[Path]]) -> None:
    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.headers["idempotency-key"])
            route.fetch()  # it arrives; the browser never hears of it
            return route.abort("connectionreset")
        return route.continue_()

    page.route("**/api/v1/moles/*/photos/**", lose_the_first_answer)
    choose(page, files("a.jpg", "b.jpg"))
    page.get_by_label("No, with a phone or camera alone").check()
    page.get_by_role("button", name="Send and predict").click()
    expect(page.locator("[data-sum]")).to_have_text("2 of 2 photos are stored.", timeout=RESULT)
    assert len(lost) == 1
    assert len(stored(page)) == 2


def test_after_a_reload_the_page_knows_what_was_stored(page: Page, files: Callable[..., list[Path]]) -> None:
    paths = files("a.jpg", "b.jpg", "c.jpg")
    choose(page, paths[:2])
    page.get_by_label("No, with a phone or camera alone").check()
    page.get_by_role("button", name="Send and predict").click()
    expect(page.get_by_text("2 of 2 photos are stored.")).to_be_visible(timeout=RESULT)
    page.reload()
    posted: list[str] = []
    page.on("request", lambda sent: posted.append(sent.url) if sent.method == "POST" else None)
    choose(page, paths)
    expect(page.locator("[data-sum]")).to_have_text("2 of 3 photos are stored.", timeout=RESULT)
    expect(item(page, 1)).to_contain_text("This photo was stored before")
    page.get_by_label("No, with a phone or camera alone").check()
    page.get_by_role("button", name="Send and predict").click()
    expect(page.locator("[data-sum]")).to_have_text("3 of 3 photos are stored.", timeout=RESULT)
    assert len(posted) == 1
    assert len(stored(page)) == 3
    # On purpose a second time, with another square.
    item(page, 1).get_by_role("button", name="Send it as another photo").click()
    page.get_by_label("Size", exact=True).fill("0.4")
    page.get_by_role("button", name="Send and predict").click()
    expect(page.locator("[data-sum]")).to_have_text("3 of 3 photos are stored.", timeout=RESULT)
    sizes = sorted(photo["crop"]["size"] for photo in stored(page))
    assert (len(sizes), sizes[0]) == (4, 0.4)


def test_the_list_is_filled_in_and_sent_by_keyboard_alone(
    page: Page, files: Callable[..., list[Path]]
) -> None:
    choose(page, files("a.jpg", "b.jpg", "c.jpg"))
    expect(page.locator(".upload-item canvas:visible")).to_have_count(3)
    page.locator("input[name=image]").focus()

    def tab_to(control: Locator) -> None:
        for _ in range(60):
            if control.evaluate("element => element === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {control}")

    tab_to(item(page, 1).get_by_label("Note"))
    page.keyboard.type("typed")
    tab_to(item(page, 2).get_by_role("button", name="Take off the list"))
    page.keyboard.press("Enter")
    expect(page.locator(".upload-item")).to_have_count(2)
    expect(item(page, 2)).to_contain_text("Photo 2 of 2: c.jpg")
    expect(item(page, 2).get_by_role("button", name="Take off the list")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # place the square
    expect(page.get_by_label("Square over the mole")).to_be_focused()
    expect(page.get_by_text("Photo 2: place the square over the mole")).to_be_visible()
    for _ in range(10):
        page.keyboard.press("-")
    tab_to(page.get_by_label("Yes, through a dermatoscope"))
    page.keyboard.press("Space")
    tab_to(page.get_by_role("button", name="Send and predict"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-sum]")).to_have_text("2 of 2 photos are stored.", timeout=RESULT)
    found = {(photo["note"], photo["crop"]["size"]) for photo in stored(page)}
    assert found == {("typed", 1.0), ("", 0.8)}


def test_one_photo_left_goes_the_plain_way_with_what_was_typed(
    page: Page, files: Callable[..., list[Path]]
) -> None:
    choose(page, files("a.jpg", "b.jpg"))
    item(page, 2).get_by_label("Note").fill("kept")
    item(page, 1).get_by_role("button", name="Take off the list").click()
    expect(page.locator(".upload-item")).to_have_count(0)
    expect(page.get_by_label("Note (optional)").first).to_have_value("kept")
    page.get_by_label("Yes, through a dermatoscope").check()
    page.get_by_role("button", name="Send and predict").click()
    page.wait_for_url(re.compile("/predictions/"))


def test_without_javascript_the_form_takes_them_all(
    site: Site, browser: Browser, files: Callable[..., list[Path]]
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, site.url, EMAIL, PASSWORD)
    add_mole(page, site, "plain")
    page.goto(page.url + "photos/add/")
    page.locator("input[name=image]").set_input_files(files("a.jpg", "bad.jpg", "c.jpg"))
    page.get_by_label("Yes, through a dermatoscope").check()
    page.get_by_role("button", name="Send and predict").click()
    expect(page.get_by_role("heading", name="2 of 3 photos are stored")).to_be_visible()
    expect(page.get_by_role("heading", name="Photo 2: bad.jpg")).to_be_visible()
    expect(page.get_by_text("The photo is damaged or incomplete")).to_be_visible()
    context.close()


# Installed -----------------------------------------------------------------------------------


def test_chromium_finds_nothing_that_keeps_the_site_from_being_installed(
    site: Site, browser: Browser, account: Any
) -> None:
    context = browser.new_context(storage_state=account)
    page = context.new_page()
    page.goto(f"{site.url}/moles/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    chromium = context.new_cdp_session(page)
    manifest = chromium.send("Page.getAppManifest")
    assert manifest["url"] == f"{site.url}/manifest.webmanifest"
    assert manifest["errors"] == []
    problems = chromium.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A private window, as every test's is, installs nothing: Chromium says so, and nothing else.
    assert {problem["errorId"] for problem in problems} <= {"in-incognito"}
    context.close()


def test_without_a_connection_there_is_a_page_and_nothing_private_is_kept(
    site: Site, browser: Browser, account: Any
) -> None:
    context = browser.new_context(storage_state=account)
    page = context.new_page()
    page.goto(f"{site.url}/moles/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.goto(f"{site.url}/account/")
    kept = page.evaluate(
        """async () => {
          const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
          const requests = await Promise.all(caches_.map((cache) => cache.keys()));
          return requests.flat().map((request) => new URL(request.url).pathname);
        }"""
    )
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.endswith(".css") for path in kept)
    context.set_offline(True)
    page.goto(f"{site.url}/moles/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.get_by_text(EMAIL)).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).textAlign") == "center"
    context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="My moles")).to_be_visible()
    context.close()
