"""Journeys in Chromium against the site's own processes, as people make them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ml.data import Ham10000
from tests.browser import log_in
from tests.pictures import mole_jpeg
from tests.processes import PASSWORD, Site

PHONE = {"width": 390, "height": 844}
RESULT = 60_000


@pytest.fixture
def jpeg(tmp_path: Path) -> Path:
    path = tmp_path / "IMG 0001 (copy).jpg"
    path.write_bytes(mole_jpeg())
    return path


def sign_up(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.url}/")
    page.goto(f"{site.url}/accounts/signup/")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("[name=storage]").check()
    page.locator("[name=of_age]").check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(f"{site.url}/moles/")


def add_mole(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.url}/moles/add/")
    page.locator("[name=name]").fill(name)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def upload(page: Page, jpeg: Path, kind: str) -> None:
    page.locator("input[name=image]").set_input_files(jpeg)
    page.locator(f"[name=photo_kind][value={kind}]").check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile("/predictions/"))


def test_sign_up_add_a_mole_upload_watch_the_result_and_log_out(
    site: Site, browser: Browser, jpeg: Path
) -> None:
    complaints: list[str] = []
    foreign: list[str] = []
    page = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: foreign.append(sent.url) if not _own(sent.url, site) else None)
    sign_up(page, site, "phone@example.org")
    add_mole(page, site, "left shoulder")
    page.goto(page.url + "photos/add/")
    upload(page, jpeg, "dermatoscopic")
    expect(
        page.get_by_text(re.compile(r"\d+ (in|of) 100|less than 1 in 100", re.IGNORECASE)).first
    ).to_be_visible(timeout=RESULT)
    expect(page.get_by_text("residual128-3").first).to_be_attached()
    page.goto(f"{site.url}/moles/")
    expect(page.get_by_text("left shoulder").first).to_be_visible()
    page.goto(f"{site.url}/accounts/logout/")
    page.locator("main form button[type=submit]").first.click()
    page.goto(f"{site.url}/moles/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert complaints == []
    assert foreign == []


def test_a_real_image_gets_the_probability_of_the_command_on_the_stored_file(
    site: Site, browser: Browser, tmp_path: Path, lesion_data: str
) -> None:
    path = tmp_path / "ISIC_0024310.jpg"
    path.write_bytes(Ham10000(lesion_data).read("ISIC_0024310"))
    page = browser.new_context().new_page()
    sign_up(page, site, "real@example.org")
    page.goto(f"{site.url}/check/")
    upload(page, path, "dermatoscopic")
    expect(page.get_by_text("residual128-3").first).to_be_attached(timeout=RESULT)
    address = page.url.replace("/predictions/", "/api/v1/predictions/")
    answer = page.request.get(address).json()
    assert answer["status"] == "succeeded"
    assert answer["malignancy_probability"] == pytest.approx(
        site.command_probability(answer["photo"]), abs=1e-4
    )


def test_without_javascript_the_same_journey_ends_in_a_result(
    site: Site, browser: Browser, jpeg: Path
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_up(page, site, "plain@example.org")
    page.goto(f"{site.url}/check/")
    upload(page, jpeg, "clinical")
    expect(page.get_by_text(re.compile("No band")).first).to_be_visible(timeout=RESULT)


def test_a_picture_too_large_is_refused_in_the_browser_before_it_is_sent(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(mole_jpeg() + b"\0" * (16 * 1024 * 1024))
    page = browser.new_context().new_page()
    sign_up(page, site, "large@example.org")
    page.goto(f"{site.url}/check/")
    posted: list[str] = []
    page.on("request", lambda sent: posted.append(sent.url) if sent.method == "POST" else None)
    page.locator("input[name=image]").set_input_files(large)
    page.locator("[name=photo_kind][value=clinical]").check()
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text("at most 15.0 MB can be sent").first).to_be_visible()
    assert posted == []


def test_a_doctor_opens_the_link_leaves_a_note_and_finds_it_dead_when_it_is_revoked(
    site: Site, browser: Browser
) -> None:
    page = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    sign_up(page, site, "shares@example.org")
    add_mole(page, site, "left heel")
    mole = page.url
    page.get_by_role("link", name="Share with a doctor").click()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("The link").input_value()
    doctor = browser.new_context().new_page()
    doctor.goto(link)
    doctor.get_by_label("What do you suggest?").select_option("urgent")
    doctor.get_by_label("Your note").fill("Please come.")
    doctor.get_by_label("Your name").fill("Dr A")
    doctor.get_by_role("button", name="Send the note").click()
    expect(doctor.get_by_text("Your note is stored.")).to_be_visible()
    page.goto(mole)
    expect(page.get_by_text("Please come.")).to_be_visible()
    page.goto(f"{site.url}/shares/")
    expect(page.get_by_text(re.compile("Opened [12] times?"))).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The link is revoked")).to_be_visible()
    answer = doctor.goto(link)
    assert answer is not None
    assert answer.status == 410
    expect(doctor.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_a_person_who_logs_in_again_finds_their_moles(site: Site, browser: Browser) -> None:
    sign_up(browser.new_context().new_page(), site, "again@example.org")
    page = browser.new_context().new_page()
    log_in(page, site.url, "Again@Example.org", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _own(url: str, site: Site) -> bool:
    return url.startswith((site.url, "data:", "blob:"))


def test_a_link_is_copied_and_says_so_in_the_readers_language(site: Site, browser: Browser) -> None:
    """Where the browser refuses the clipboard, the link is selected instead."""
    context = browser.new_context(locale="de-DE", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sign_up(page, site, "link@example.org")
    add_mole(page, site, "linker Arm")
    page.goto(f"{site.url}/shares/add/")
    page.locator("[name=moles]").first.check()
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("button", name="Link kopieren").click()
    expect(page.get_by_role("status")).to_have_text("Kopiert.")
    link = page.get_by_label("Der Link").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.get_by_role("button", name="Link kopieren").click()
    expect(page.get_by_role("status")).to_have_text("Er ist markiert: Kopieren Sie ihn mit der Tastatur.")
    assert page.evaluate("getSelection().toString()") == link
