"""Clinicians read twelve photos, blind first and by keyboard alone, and the log tells each step once."""

import statistics
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.journey import follow, submit, write
from tests.journey_review import KEYS, Cases, Reader, pictures, rows, said, stories, traces
from tests.journey_review_log import (
    every_change_has_one_event,
    every_look_at_a_photo_has_one_event,
    every_opinion_has_one_event,
    neither_events_nor_opinions_can_be_altered,
)
from tests.processes import PASSWORD, Api, Site

PATIENTS = ("patient@example.org", "other@example.org")
READERS = {"first@example.org": "reviewer", "second@example.org": "reviewer"}
SENIOR = {"senior@example.org": "senior reviewer"}
SITES = ["head/neck", "upper extremity"]
# As the patient reads them.
RECOMMENDS = {
    "nothing": "nothing for now",
    "rephotograph": "take another photo",
    "see_doctor": "see a doctor",
    "urgent": "see a doctor soon",
}
OWNER = (
    "SELECT owner.email FROM diagnosis_photo photo JOIN diagnosis_user owner ON owner.id = photo.owner_id "
    "WHERE photo.id = ?"
)
ALL = {"REVIEW_RAISED": "1", "REVIEW_UNCLEAR": "1", "REVIEW_REJECTED": "1", "REVIEW_LOW": "1"}


@pytest.fixture(scope="module")
def reading_site() -> Iterator[Site]:
    """A whole site that sends every photo to be read."""
    site = Site(**ALL)
    try:
        site.start_all()
        yield site
    finally:
        site.stop()


def test_twelve_photos_are_read_blind_first_by_keyboard_and_each_step_is_in_the_log_once(
    reading_site: Site, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    site = reading_site
    upload(site)
    cases = cases_of(site)
    make_readers(site)
    first, second, senior = (Reader(site, browser, email) for email in READERS | SENIOR)
    cases = the_first_reads_all(first, cases)
    the_second_reads_what_needs_another_reader(second, cases)
    a_senior_settles_what_readers_disagree_on(senior, cases)
    every_case_ends_as_its_story_does(site, cases)
    patients = the_patient_reads_what_was_recommended(site, browser, cases)
    readers = [first, second, senior]
    assert [one.complaints for one in readers] == [[], [], []]
    every_change_has_one_event(site, cases, readers, patients)
    every_opinion_has_one_event(site, cases, readers)
    every_look_at_a_photo_has_one_event(site, readers)
    neither_events_nor_opinions_can_be_altered(site)
    seconds = first.seconds + second.seconds
    with capsys.disabled():
        print(f"\n    to the next case, median of {len(seconds)}: {statistics.median(seconds):.2f} s")


# Before ---------------------------------------------------------------------------------------


def upload(site: Site) -> None:
    """Six photos of each patient: of two moles, and one quick check. All are judged."""
    jpegs = pictures()
    for number, email in enumerate(PATIENTS):
        site.make_user(email)
        api = site.api(email)
        moles = [add_mole(api, body_site) for body_site in SITES]
        own = jpegs[6 * number : 6 * number + 6]
        photos = [
            api.upload(jpeg, mole=moles[turn % 2] if turn else "", photo_kind="dermatoscopic")
            for turn, jpeg in enumerate(own)
        ]
        for photo in photos:
            api.prediction(photo, seconds=120)


def add_mole(api: Api, body_site: str) -> str:
    mole = {"name": f"on the {body_site}", "body_site": body_site}
    answer = api.session.post(f"{api.url}moles/", json=mole, timeout=10)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def make_readers(site: Site) -> None:
    lines = [f"staff_with_role({email!r}, {role!r})" for email, role in (READERS | SENIOR).items()]
    site.manage("shell", "-v0", "-c", "\n".join(["from tests.conftest import staff_with_role", *lines]))


def cases_of(site: Site) -> Cases:
    sql = (
        "SELECT prediction.*, opened.id AS case_id FROM diagnosis_case opened "
        "JOIN diagnosis_prediction prediction ON prediction.id = opened.prediction_id "
        "JOIN diagnosis_photo photo ON photo.id = opened.photo_id ORDER BY photo.created_at"
    )
    found = rows(site, sql)
    assert len(found) == 12
    bands = [row["band"] or row["status"] for row in found]
    assert {"raised", "rejected"} < set(bands)
    return {UUID(row["case_id"]): (story, row) for story, row in zip(stories(bands), found, strict=True)}


# Reading --------------------------------------------------------------------------------------


def shows_nothing(reader: Reader, cases: Cases) -> None:
    """The page, of any prediction."""
    assert traces(reader.page.content(), [prediction for _, prediction in cases.values()]) == []


def reads(reader: Reader, case: UUID, cases: Cases, readings: tuple[str, ...]) -> None:
    """The page tells nothing before the first opinion. After it the same search finds what it looks for."""
    shows_nothing(reader, cases)
    reader.say(readings[0])
    shows_nothing(reader, cases)
    reader.go()
    reader.sees_the_prediction()
    assert len(traces(reader.page.content(), [cases[case][1]])) > 5
    reader.go_on(readings[1:])


def the_first_reads_all(reader: Reader, cases: Cases) -> Cases:
    """One of the cases is put back unread, and comes again. Returns the cases with that."""
    reader.log_in()
    shows_nothing(reader, cases)
    assert reader.page.locator("#result_list tbody tr").count() == 12
    came = []
    for case in reader.cases():
        came.append(case)
        story, prediction = cases[case]
        if len(came) == 3:
            shows_nothing(reader, cases)
            reader.go("b")
            expect(reader.page.get_by_text("The case is back in the queue.")).to_be_visible()
            shows_nothing(reader, cases)
            reader.go()
            assert reader.case == case
            cases = cases | {case: (replace(story, put_back=1), prediction)}
        reads(reader, case, cases, story.first)
    assert sorted(came) == sorted(cases)
    return cases


def the_second_reads_what_needs_another_reader(reader: Reader, cases: Cases) -> None:
    reader.log_in()
    shows_nothing(reader, cases)
    came = []
    for case in reader.cases():
        came.append(case)
        reads(reader, case, cases, cases[case][0].second)
    assert sorted(came) == sorted(case for case, (story, _) in cases.items() if story.second)


def a_senior_settles_what_readers_disagree_on(reader: Reader, cases: Cases) -> None:
    reader.log_in()
    shows_nothing(reader, cases)
    disputed = {case: story.senior[0] for case, (story, _) in cases.items() if story.senior}
    for left, (case, keys) in zip(range(len(disputed), 0, -1), disputed.items(), strict=True):
        follow(reader.page, "to settle")
        expect(reader.page.locator("#result_list tbody tr")).to_have_count(left)
        shows_nothing(reader, cases)
        reader.open(case)
        shows_nothing(reader, cases)
        reader.go()
        shows_nothing(reader, cases)
        reader.settle(keys)
        expect(reader.page.get_by_text("You have read all that waits for you.")).to_be_visible()
    assert disputed


def every_case_ends_as_its_story_does(site: Site, cases: Cases) -> None:
    for case, (story, _) in cases.items():
        [row] = rows(site, "SELECT * FROM diagnosis_case WHERE id = ?", case.hex)
        end = said(story.end[0] + "wa" + story.end[1])
        known = "" if end["diagnosis"] == "unknown" else end["diagnosis"]
        assert (row["status"], row["diagnosis"], row["recommendation"]) == (
            "closed",
            known,
            end["recommendation"],
        )
        opinions = rows(
            site, "SELECT * FROM diagnosis_opinion WHERE case_id = ? ORDER BY created_at", case.hex
        )
        assert [{name: one[name] for name in KEYS} for one in opinions] == [
            said(keys) for keys in chain(*story.readings)
        ]
        assert [one["stage"] for one in opinions] == story.stages


def the_patient_reads_what_was_recommended(site: Site, browser: Browser, cases: Cases) -> list[str]:
    """On the pages of the photos that were settled, and nobody's name. Returns who logged in for each."""
    page = browser.new_page()
    patients = []
    for story, prediction in cases.values():
        if not story.senior:
            continue
        [row] = rows(site, OWNER, prediction["photo_id"])
        page.context.clear_cookies()
        page.goto(f"{site.url}/accounts/login/")
        write(page, "E-mail address", row["email"])
        write(page, "Password", PASSWORD)
        submit(page, "Log in")
        page.goto(f"{site.url}/photos/{UUID(prediction['photo_id'])}/")
        words = expect(page.get_by_text("A clinician looked at this photo on"))
        words.to_contain_text(f"recommends: {RECOMMENDS[said('1qa' + story.end[1])['recommendation']]}.")
        assert not any(email in page.content() for email in READERS | SENIOR)
        patients.append(row["email"])
    return patients
