"""The reading room in a browser: by keyboard alone, in both themes, on a small phone, and without scripts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from docs.screenshots import context
from tests.processes import Site, wait_for
from tests.test_accessibility import problems, sideways

EMAILS = {"light": "light.in.the.room@example.org", "dark": "dark.in.the.room@example.org"}
QUEUE = "/admin/diagnosis/case/"
# Six cases, the first three of one mole, of which the third is disputed; readers, and a senior one.
CASES = """
from benchmarks.reading import fill
from diagnosis.models import Case
from tests.readers import make_reader, read
fill(6)
cases = list(Case.objects.order_by("photo__created_at"))
for number, case in enumerate(cases):
    Case.objects.filter(pk=case.pk).update(due_at=case.created_at.replace(year=2020, month=1 + number))
for email in ("light.in.the.room@example.org", "dark.in.the.room@example.org"):
    make_reader(email, "read_case")
make_reader("plain.in.the.room@example.org", "read_case")
make_reader("senior.in.the.room@example.org", "read_case", "settle_case")
for email, said in (("a.in.the.room@example.org", {}), ("b.in.the.room@example.org", {"diagnosis": "mel"})):
    read(cases[2], make_reader(email, "read_case"), **said)
print(*[case.pk for case in cases])
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One of its own, without a worker: cases of other tests would stand in the queue too."""
    site = Site()
    try:
        site.prepare()
        site.start("web")
        wait_for("web", site.web_answers, 60)
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def cases(site: Site) -> list[str]:
    return site.manage("shell", "-v0", "-c", CASES).split()[-6:]


def read_address(case: str) -> str:
    return f"{QUEUE}{case}/read/"


def keys(page: Page, *names: str) -> None:
    for name in names:
        page.keyboard.press(name)


def log_in(page: Page, site: Site, email: str) -> None:
    """With a second factor: a code of an app could be given once in 30 s."""
    code = f"from tests.readers import session_of; print(session_of({email!r}))"
    session = site.manage("shell", "-v0", "-c", code).split()[-1]
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])


def opinions(site: Site, email: str) -> list[str]:
    code = (
        "from diagnosis.models import Opinion, User; "
        f"said = Opinion.objects.filter(reader=User.objects.get(email={email!r})).order_by('created_at'); "
        "print(*[f'{o.stage},{o.diagnosis},{o.confidence},{o.quality},{o.recommendation}' for o in said])"
    )
    return site.manage("shell", "-v0", "-c", code).split()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_case_is_read_by_keyboard_alone_on_pages_that_everyone_can_use(
    site: Site, browser: Browser, cases: list[str], scheme: str
) -> None:
    page = context(browser, 390 if scheme == "dark" else 1280, scheme).new_page()
    trouble: list[Any] = []
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(error))
    log_in(page, site, EMAILS[scheme])
    assert problems(page, site.url + QUEUE) == []
    expect(page.get_by_role("button", name="Read next")).to_be_focused()
    keys(page, "Enter")
    page.wait_for_url("**/read/")
    assert problems(page, page.url) == []
    expect(page.locator("[data-frame]")).to_be_focused()
    # What is missing is asked for, and what was said stays.
    keys(page, "4", "w", "a", "Enter")
    expect(page.get_by_role("radio", name="u Nothing for now")).to_be_focused()
    keys(page, "o", "n")
    page.keyboard.type("no 1 + 2")
    keys(page, "Escape", "Enter")
    expect(page.get_by_role("heading", name="What the model predicts")).to_be_visible()
    assert problems(page, page.url) == []
    expect(page.get_by_role("button", name=re.compile("Keep my opinion"))).to_be_focused()
    expect(page.get_by_text("no 1 + 2")).to_be_visible()
    keys(page, "c", "1", "p")
    assert sideways(page) == 0
    before = page.url
    keys(page, "Enter")
    page.wait_for_url(lambda url: url != before)
    expect(page.get_by_role("heading", name="What do you see?")).to_be_visible()
    keys(page, "b")
    page.wait_for_url(site.url + QUEUE)
    assert opinions(site, EMAILS[scheme]) == ["blind,nv,2,good,see_doctor", "revealed,mel,2,good,urgent"]
    assert trouble == []


def test_the_photo_grows_around_its_middle_and_is_moved_by_arrow_keys(
    site: Site, browser: Browser, cases: list[str]
) -> None:
    page = context(browser, 1280, "light").new_page()
    log_in(page, site, "senior.in.the.room@example.org")
    page.goto(site.url + read_address(cases[3]))
    expect(page.get_by_role("button", name="Start reading")).to_be_focused()
    keys(page, "Enter")
    frame = page.locator("[data-frame]")
    expect(frame).to_be_focused()
    middle = "one => [one.scrollLeft + one.clientWidth / 2, one.scrollTop + one.clientHeight / 2]"
    size = "one => [one.scrollWidth, one.scrollHeight]"
    keys(page, "+", "+")
    x, y = frame.evaluate(middle)
    width, height = frame.evaluate(size)
    assert (x / width, y / height) == pytest.approx((0.5, 0.5), abs=0.01)
    assert width > 2 * frame.evaluate("one => one.clientWidth")
    keys(page, "ArrowRight")
    page.wait_for_function("x => document.querySelector('[data-frame]').scrollLeft > x", arg=x - 600)
    page.wait_for_timeout(300)
    assert frame.evaluate(middle)[0] > x
    keys(page, "-", "0")
    assert frame.evaluate(size)[0] == frame.evaluate("one => one.clientWidth")
    # Letters do nothing once single keys are switched off.
    page.get_by_label("Single keys").uncheck()
    keys(page, "4", "b")
    expect(page.get_by_role("radio", name="4 Nevus (mole)")).not_to_be_checked()
    page.reload()
    expect(page.get_by_label("Single keys")).not_to_be_checked()


def test_a_senior_settles_by_keyboard_on_a_page_that_everyone_can_use(
    site: Site, browser: Browser, cases: list[str]
) -> None:
    page = context(browser, 320, "light").new_page()
    log_in(page, site, "senior.in.the.room@example.org")
    assert problems(page, site.url + read_address(cases[2])) == []
    expect(page.get_by_role("button", name="Start reading")).to_be_focused()
    keys(page, "Enter")
    expect(page.get_by_role("heading", name="Reader 2")).to_be_visible()
    assert problems(page, page.url) == []
    keys(page, "5", "e", "s", "i", "Enter")
    expect(page.get_by_text("The case is closed.")).to_be_visible()
    assert problems(page, page.url) == []
    assert opinions(site, "senior.in.the.room@example.org") == ["settling,bkl,3,limited,rephotograph"]


def test_without_scripts_tab_arrows_and_enter_do_the_same(
    site: Site, browser: Browser, cases: list[str]
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, site, "plain.in.the.room@example.org")
    page.goto(site.url + QUEUE)
    # The browser gives a new page its focus a moment after it is loaded; a key before that is lost.
    expect(page.get_by_role("button", name="Read next")).to_be_focused()
    keys(page, "Enter")
    expect(page.get_by_role("heading", name="What do you see?")).to_be_visible()
    expect(page.locator("[data-frame]")).to_be_focused()
    # Past the photo and the link to it; in each question Space takes the first answer, an arrow the next.
    keys(page, "Tab", "Tab", "Space", "ArrowDown", "Tab", "Space", "Tab", "Space")
    keys(page, "Tab", "Space", "ArrowDown", "ArrowDown", "Enter")
    expect(page.get_by_role("heading", name="What the model predicts")).to_be_visible()
    assert opinions(site, "plain.in.the.room@example.org") == ["blind,bcc,1,good,see_doctor"]
