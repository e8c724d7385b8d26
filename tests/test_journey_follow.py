"""A mole is followed for months, on a phone: from the sign-up to the receipt of the account's end."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journey import (
    add_person,
    add_photo,
    choose,
    files,
    follow,
    letter,
    morning_zone,
    place_mole,
    press,
    register,
    submit,
    tab_to,
    write,
)
from tests.journey_end import everything_is_exported, the_account_is_deleted
from tests.pdf import Pdf
from tests.pictures import mole_jpeg
from tests.processes import Site
from tests.smtp import MailServer, mail_server
from tests.test_browser import PHONE

EMAIL = "follow@example.org"
# Name, place, and whose.
MOLES = [
    ("by the strap", "Left shoulder blade", "Me"),
    ("on the cheek", "Face", "Me"),
    ("above the knee", "Right thigh", "Me"),
    ("behind the knee", "Hollow of the left knee", "Father"),
    ("on the belly", "Upper belly", "Father"),
]
NAME, PLACE, _ME = MOLES[0]
# Six months apart, and the newest old enough for the next to be due.
AGES = (280, 190, 97)
ALARM = "It bleeds or weeps"


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def mailing(mails: MailServer) -> Iterator[Site]:
    """A whole site that sends mail."""
    # All photos wait for clinicians, so that the export has as many cases as photos.
    site = Site(EMAIL_URL=f"smtp://127.0.0.1:{mails.port}", REVIEW_LOW="1")
    site.environment["SITE_URL"] = site.url
    try:
        site.start_all()
        yield site
    finally:
        site.stop()


def phone(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=PHONE, timezone_id=morning_zone(), service_workers="block")  # type: ignore[arg-type]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"IMG_{number}.jpg" for number in (1, 2, 3)]
    for number, path in enumerate(paths, start=1):
        path.write_bytes(mole_jpeg(seed=number))
    return paths


def test_a_mole_is_followed_for_months_shown_to_a_doctor_and_all_of_it_taken_away(
    mailing: Site, mails: MailServer, browser: Browser, pictures: list[Path], tmp_path: Path
) -> None:
    before = files(mailing)
    context = phone(browser)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    register(page, mailing, mails, EMAIL)
    add_person(page, mailing, "Father", 1951)
    moles = [place_mole(page, mailing, *mole) for mole in MOLES]
    the_map_shows_each_pin_on_its_side_and_the_list_the_same_places(page, mailing)
    days = [today() - timedelta(days=age) for age in AGES]
    photograph(page, moles[0], pictures, days)
    the_timeline_tells_of_each_photo(page, moles[0], days)
    two_photos_are_compared_in_three_ways(page, days)
    the_report_is_printed(page, moles[0], days)
    a_doctor_leaves_a_note_and_the_link_is_revoked(page, browser, moles[0])
    the_reminder_comes_and_is_snoozed(page, mailing, mails, moles[0])
    everything_is_exported(page, mailing, tmp_path, {name for name, _, _ in MOLES})
    the_account_is_deleted(page, mailing, mails, EMAIL)
    assert files(mailing) == before
    assert complaints == []
    context.close()


def today() -> date:
    """In the account's own calendar."""
    return datetime.now(UTC).astimezone(ZoneInfo(morning_zone())).date()


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def the_map_shows_each_pin_on_its_side_and_the_list_the_same_places(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/moles/")
    expect(page.locator(".mole-card")).to_have_count(5)
    for person, front, back in (("Me", 2, 1), ("Father", 1, 1)):
        press(page, page.get_by_label("Whose moles").get_by_role("link", name=person))
        expect(page.get_by_role("heading", name=f"On the body: {person}")).to_be_visible()
        expect(page.locator("[data-figure=front] .pin")).to_have_count(front)
        expect(page.locator("[data-figure=back] .pin")).to_have_count(back)
        for name, place, whose in MOLES:
            shown = int(whose == person)
            expect(page.locator(".mole-card", has_text=name)).to_have_count(shown)
            expect(page.get_by_label(f"{name}, {place.lower()}")).to_have_count(shown)
            expect(page.get_by_text(f"{place} · 0 photos")).to_have_count(shown)
    press(page, page.get_by_label("behind the knee, hollow of the left knee"))
    expect(page.get_by_role("heading", name="behind the knee")).to_be_visible()


def photograph(page: Page, mole: str, pictures: list[Path], days: list[date]) -> None:
    """Three photos; with the last the owner notices something."""
    for jpeg, day in zip(pictures[:2], days, strict=False):
        add_photo(page, mole, jpeg, day)
        expect(page.get_by_text("You noticed that this mole")).to_have_count(0)
    add_photo(page, mole, pictures[2], days[2], (ALARM,))
    noticed = "You noticed that this mole bleeds or weeps. Show it to a doctor now, whatever the number says."
    expect(page.locator(".lead-step")).to_have_text(noticed)
    page.goto(mole)
    expect(page.get_by_text(f"{PLACE} · 3 photos")).to_be_visible()


def the_timeline_tells_of_each_photo(page: Page, mole: str, days: list[date]) -> None:
    page.goto(mole)
    chart = page.get_by_role("img", name=re.compile("Predicted malignancy probability of each photo"))
    expect(chart.locator(".mark")).to_have_count(3)
    expect(page.get_by_text("Largest diameter, in widths of the photo")).to_be_visible()
    press(page, page.get_by_text("The figures as a table"))
    rows = page.get_by_role("region", name="The figures of each photo").locator("tbody tr")
    expect(rows.locator("th")).to_have_text([in_words(day) for day in reversed(days)])
    expect(rows.first).to_contain_text("bleeds or weeps")
    expect(rows.first).to_contain_text("residual128-3")
    expect(rows.last).to_contain_text("nothing")
    expect(rows.filter(has_text=re.compile(r"\d%"))).to_have_count(3)


def two_photos_are_compared_in_three_ways(page: Page, days: list[date]) -> None:
    """The oldest with the newest, from the mole's page on."""
    follow(page, "Compare two photos")
    choose(page, "Earlier photo", in_words(days[0]))
    submit(page, "Compare")
    beside, together = page.locator(".beside"), page.locator(".together")
    for number, words in ((0, "earlier"), (-1, "later")):
        expect(page.get_by_role("img", name=f"The {words} photo, {in_words(days[number])}")).to_be_visible()
    expect(together).to_be_hidden()
    tab_to(page, page.get_by_label("Side by side"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("One over the other")).to_be_checked()
    expect(beside).to_be_hidden()
    expect(together).to_be_visible()
    tab_to(page, page.get_by_label("How much of the later photo shows"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-later]")).to_have_attribute("opacity", "0.51")
    press(page, page.get_by_label(re.compile("Lay the outlines on each other")), "Space")
    expect(page.locator("[data-turned]")).to_have_attribute("transform", re.compile("matrix"))
    tab_to(page, page.get_by_label("One over the other"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Divided by a line")).to_be_checked()
    tab_to(page, page.get_by_label(re.compile("Where the line is")))
    page.keyboard.press("End")
    expect(page.locator("[data-divider]")).to_have_attribute("x1", "100")
    differences = page.get_by_role("region", name="Differences between the two photos")
    expect(differences).to_contain_text(in_words(days[0]))
    expect(differences).to_contain_text(in_words(days[-1]))
    expect(differences.locator("tbody tr").first).to_contain_text("%")
    expect(page.get_by_text("improved")).to_have_count(0)


def the_report_is_printed(page: Page, mole: str, days: list[date]) -> None:
    page.goto(mole)
    follow(page, "Report")
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_visible()
    for paper in ("A4", "Letter"):
        pdf = Pdf(page.pdf(format=paper, prefer_css_page_size=True, print_background=True))
        assert len(pdf.pages) == 2
        assert pdf.photos == 3
        for words in (NAME, PLACE, ALARM, *map(in_words, days), "They are no diagnosis"):
            assert pdf.says(words), (words, pdf.pages)
        # No page is left nearly empty before the mole begins.
        assert in_words(days[0]).replace(" ", "") in pdf.pages[0]
        for number, page_words in enumerate(pdf.pages, start=1):
            assert f"{number}/{len(pdf.pages)}" in page_words
        assert not pdf.says("Print or save as PDF")


def a_doctor_leaves_a_note_and_the_link_is_revoked(page: Page, browser: Browser, mole: str) -> None:
    page.goto(mole)
    link = share(page)
    context = browser.new_context()
    doctor = context.new_page()
    doctor.goto(link)
    expect(doctor.get_by_role("heading", name=NAME)).to_be_visible()
    expect(doctor.get_by_text("on the cheek")).to_have_count(0)
    expect(doctor.locator(".report-photos figure")).to_have_count(3)
    doctor.get_by_label("What do you suggest?").select_option("urgent")
    doctor.get_by_label("Your note").fill("Please come this week.")
    doctor.get_by_label("Your name").fill("Dr A")
    doctor.get_by_role("button", name="Send the note").click()
    expect(doctor.get_by_text("Your note is stored.")).to_be_visible()
    page.goto(mole)
    expect(page.get_by_text("Please come this week.")).to_be_visible()
    follow(page, "My moles")
    follow(page, "Shared links")
    expect(page.get_by_text("Opened 2 times")).to_be_visible()
    submit(page, "Revoke Dr A")
    expect(page.get_by_text("The link is revoked")).to_be_visible()
    answer = doctor.goto(link)
    assert answer is not None
    assert answer.status == 410
    expect(doctor.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(doctor.get_by_role("img")).to_have_count(0)
    context.close()


def share(page: Page) -> str:
    follow(page, "Share with a doctor")
    write(page, "For whom? (optional)", "Dr A")
    submit(page, "Make the link")
    return page.get_by_label("The link").input_value()


def the_reminder_comes_and_is_snoozed(page: Page, site: Site, mails: MailServer, mole: str) -> None:
    text = letter(mails, EMAIL, "1 mole is due for a new photo", seconds=90)
    assert f"* {NAME} ({PLACE.lower()}), due" in text
    assert mole in text
    page.goto(mole)
    expect(page.locator(".when-due.is-due")).to_be_visible()
    submit(page, "In 1 week")
    day = in_words(today() + timedelta(days=7))
    expect(page.get_by_text(f"“{NAME}” is to be photographed again on {day}.")).to_be_visible()
    expect(page.get_by_text("You asked to be reminded on that day.")).to_be_visible()
    expect(page.locator(".when-due.is-due")).to_have_count(0)
    assert len([mail for mail in mails.taken if "due for a new photo" in mail["Subject"]]) == 1


def test_from_sign_up_to_the_link_for_a_doctor_nobody_needs_a_mouse(
    mailing: Site, mails: MailServer, browser: Browser, pictures: list[Path]
) -> None:
    context = phone(browser)
    page = context.new_page()
    register(page, mailing, mails, "keys@example.org")
    mole = place_mole(page, mailing, "beside the navel", "Upper belly")
    days = [today() - timedelta(days=age) for age in (30, 1)]
    for jpeg, day in zip(pictures[:2], days, strict=True):
        add_photo(page, mole, jpeg, day)
    follow(page, "beside the navel")
    two_photos_are_compared_in_three_ways(page, days)
    follow(page, "beside the navel")
    link = share(page)
    press(page, page.get_by_role("button", name="Copy the link"))
    expect(page.locator("[data-copied]")).not_to_be_empty()
    page.goto(link)
    expect(page.get_by_role("heading", name="Moles shared with you")).to_be_visible()
    expect(page.get_by_role("heading", name="beside the navel")).to_be_visible()
    context.close()


def test_paper_stays_white_where_the_screen_turns_dark_meanwhile(mailing: Site, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{mailing.url}/help/")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("matchMedia('(prefers-color-scheme: dark)').matches")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.close()
