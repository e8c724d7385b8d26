"""The steps of a person's way through the site, on a phone and without a mouse."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.processes import PASSWORD, Site, wait_for
from tests.smtp import MailServer
from tests.test_browser import RESULT

# More controls than any page has.
MANY = 150


def morning_zone() -> str:
    """A time zone in which it is between 9 and 10 now; reminder mails come from 8 until before 12."""
    ahead = (9 - datetime.now(UTC).hour + 12) % 24 - 12
    # These names count westwards.
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


# The keyboard --------------------------------------------------------------------------------


def tab_to(page: Page, target: Locator) -> None:
    expect(target).to_be_visible()
    for _ in range(MANY):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab.")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def write(page: Page, label: str | re.Pattern[str], text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=isinstance(label, str)))
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def choose(page: Page, label: str, words: str) -> None:
    """In a list, by its arrow keys."""
    select = page.get_by_label(label, exact=True)
    tab_to(page, select)
    page.keyboard.press("Home")
    for _ in range(MANY):
        if select.evaluate("element => element.selectedOptions[0].text") == words:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{label} offers no {words}.")


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        press(page, page.get_by_role("link", name=name, exact=True).first)


def submit(page: Page, name: str) -> None:
    with page.expect_navigation():
        press(page, page.get_by_role("button", name=name, exact=True))


# The account ---------------------------------------------------------------------------------


def letter(mails: MailServer, email: str, subject: str, seconds: float = 20) -> str:
    """The text of the mail with this subject, once it has come."""

    def found() -> str:
        for message in list(mails.taken):
            if (message["To"], message["Subject"]) == (email, subject):
                body = message.get_body(("plain",))
                return str(body.get_content()) if body else ""
        return ""

    return str(wait_for(f"a mail “{subject}”", found, seconds))


def register(page: Page, site: Site, mails: MailServer, email: str) -> None:
    """Signs up, confirms by the mail's link, and logs in."""
    page.goto(f"{site.url}/")
    follow(page, "Sign up")
    write(page, "E-mail address", email)
    write(page, "Password", PASSWORD)
    write(page, "Password (again)", PASSWORD)
    press(page, page.get_by_label(re.compile("I agree that this site stores")), "Space")
    press(page, page.get_by_label("I am 18 years old or older."), "Space")
    submit(page, "Sign up")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    link = re.search(r"http\S+", letter(mails, email, "Confirm your address"))
    assert link
    page.goto(link[0])
    submit(page, "Confirm")
    page.wait_for_url(re.compile("/accounts/login/"))
    write(page, "E-mail address", email)
    write(page, "Password", PASSWORD)
    submit(page, "Log in")
    expect(page.get_by_role("heading", name="My moles")).to_be_visible()


def add_person(page: Page, site: Site, name: str, born: int) -> None:
    page.goto(f"{site.url}/people/")
    follow(page, "Add a person")
    write(page, "Name", name)
    write(page, "Year of birth (optional)", str(born))
    submit(page, "Add this person")
    expect(page.get_by_text(f"{name} is added.")).to_be_visible()


# Moles and photos ----------------------------------------------------------------------------


def place_mole(page: Page, site: Site, name: str, place: str, whose: str = "") -> str:
    """Adds a mole, puts its pin at a place and moves it a step with the arrow keys. Returns its address."""
    page.goto(f"{site.url}/moles/")
    follow(page, "Add a mole")
    if whose:
        choose(page, "Whose mole is it?", whose)
    write(page, "Name", name)
    choose(page, "Place on the body map", place)
    pin = page.get_by_label("The pin", exact=True)
    tab_to(page, pin)
    before = pin.get_attribute("cx"), pin.get_attribute("cy")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    assert (pin.get_attribute("cx"), pin.get_attribute("cy")) != before
    expect(page.locator("[data-map-status]")).to_have_text(place)
    submit(page, "Add this mole")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(page.get_by_text(f"{place} · 0 photos")).to_be_visible()
    return page.url


def add_photo(
    page: Page, mole: str, jpeg: Path, taken: date | None = None, symptoms: tuple[str, ...] = ()
) -> None:
    """Sends a photo by the mole's form, and waits for its number."""
    page.goto(mole)
    follow(page, "Add a photo")
    with page.expect_file_chooser() as chooser:
        press(page, page.locator("input[name=image]"), "Space")
    chooser.value.set_files(jpeg)
    press(page, page.get_by_label("Yes, through a dermatoscope"), "Space")
    for symptom in symptoms:
        press(page, page.get_by_label(symptom), "Space")
    if taken:
        tab_to(page, page.locator("[name=taken_on]"))
        page.keyboard.type(f"{taken:%m%d%Y}")
        expect(page.locator("[name=taken_on]")).to_have_value(taken.isoformat())
    press(page, page.get_by_role("button", name="Send and predict"))
    page.wait_for_url(re.compile("/predictions/"))
    expect(page.get_by_text(re.compile("predicted probability that this mole"))).to_be_visible(timeout=RESULT)


def files(site: Site) -> set[Path]:
    """Photos, thumbnails and exports on the site's disk."""
    return {path for path in (site.folder / "photos").rglob("*") if path.is_file()}
