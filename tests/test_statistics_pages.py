"""The statistics in the admin: who sees them, what they say, and that CSV says the same."""

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from diagnosis.models import Case, Photo, Prediction, User
from diagnosis.statistics.proportions import wilson
from tests.queries import queries_of
from tests.statistics_rows import PERIOD, close, judge, laboratory, make_photo, open_case, reject, say
from tests.test_accounts_page import assert_nothing_inline
from tests.test_admin import list_url

TOPICS = {
    "agreement": ["kappa", "changes"],
    "accuracy": ["model", "readers"],
    "calibration": ["weeks"],
    "rejected": ["weeks", "reasons"],
    "input": ["distance", "kinds"],
    "reading": ["times", "backlog", "weeks"],
}
INDEX = "/admin/statistics/"
PAGES = [f"{INDEX}{topic}/" for topic in TOPICS]
FILES = [f"{INDEX}{topic}/{table}.csv" for topic, tables in TOPICS.items() for table in tables]
DAYS = {"start": f"{PERIOD.first}", "end": f"{PERIOD.last}"}


@pytest.fixture
def history(owner) -> list[Case]:
    """Twelve cases of two readers in two weeks, and what else the pages tell of."""
    readers = [User.objects.create_user(f"{name}@example.org") for name in ("somebody", "somebody.else")]
    cases = []
    for place in range(12):
        day = 7 * (place % 2)
        photo = make_photo(owner, day)
        prediction = judge(photo, "raised", 0.5, day, distance=0.8 + place / 10, stability=0.02)
        case = open_case(prediction, day=day)
        for number_, reader in enumerate(readers):
            say(case, reader, "mel" if place < 6 or (place == 6 and number_) else "nv")
        close(case, "mel" if place < 6 else "nv", "urgent" if place < 6 else "nothing", day)
        cases.append(case)
    laboratory(cases[0].photo, "malignant")
    laboratory(cases[11].photo, "benign")
    reject(make_photo(owner))
    open_case(judge(make_photo(owner, photo_kind="clinical"), distance=3.0))
    return cases


def page(client: Client, topic: str, **days: str) -> str:
    response = client.get(f"{INDEX}{topic}/", DAYS | days)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).replace("&#x27;", "'").split())


def rows(client: Client, path: str) -> list[dict[str, str]]:
    response = client.get(f"{INDEX}{path}.csv", DAYS)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(response.content.decode())))


# Who sees them -------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [INDEX, *PAGES, *FILES])
def test_seniors_and_operators_see_them_and_nobody_else(
    url, anonymous_client, owner_client, reviewer_client, senior_client, operator_client, staff_client
):
    assert anonymous_client.get(url, follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert owner_client.get(url, follow=True).status_code == 403
    assert reviewer_client.get(url).status_code == 403
    for client in (senior_client, operator_client, staff_client):
        assert client.get(url).status_code == 200


def test_the_index_leads_there_who_may_see_them(reviewer_client, operator_client):
    assert INDEX in operator_client.get("/admin/").content.decode()
    assert INDEX not in reviewer_client.get("/admin/").content.decode()


def test_the_side_bar_of_other_pages_does_too(staff_client):
    assert INDEX in staff_client.get(list_url(Photo)).content.decode()


@pytest.mark.parametrize("path", ["nothing/", "nothing/kappa.csv", "agreement/nothing.csv"])
def test_what_there_is_not_is_404(path, senior_client):
    assert senior_client.get(INDEX + path).status_code == 404


def test_the_overview_leads_to_each_page_and_keeps_the_period(senior_client):
    found = senior_client.get(INDEX, DAYS).content.decode()
    assert_nothing_inline(found)
    for url in PAGES:
        assert f'href="{url}?start=2026-03-02&amp;end=2026-03-29"' in found


@pytest.mark.parametrize("url", PAGES)
def test_no_page_names_anybody_or_shows_a_photo(url, senior_client, history, owner):
    found = senior_client.get(url, DAYS).content.decode()
    assert_nothing_inline(found)
    assert found.count("<h1") == 1
    content = found[found.index('id="content-main"') :]
    assert "<img" not in content
    assert "@example.org" not in content
    for one in (*User.objects.all(), *Photo.objects.all(), *Case.objects.all()):
        assert str(one.pk) not in content


@pytest.mark.parametrize("url", [*PAGES, *FILES])
def test_more_cases_take_no_more_queries(url, senior_client, history, owner):
    before = queries_of(senior_client, url, DAYS)
    for day in range(3):
        case = open_case(judge(make_photo(owner, day), day=day))
        say(case, User.objects.create_user(f"reader{day}@example.org"), "mel")
        close(case, "mel")
        laboratory(case.photo, "malignant")
    assert queries_of(senior_client, url, DAYS) == before <= 12


# The period ----------------------------------------------------------------------------------


def test_unless_said_otherwise_it_is_the_last_90_days(senior_client):
    today = timezone.localdate()
    found = senior_client.get(PAGES[0]).content.decode()
    assert f'value="{today - timedelta(days=89)}"' in found
    assert f'value="{today}"' in found


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"start": "2026-02-30"}, "Enter a valid date."),
        ({"start": ""}, "This field is required."),
        ({"start": "2026-04-01"}, "The first day must not come after the last one."),
        ({"start": "2000-01-01"}, "Choose at most three years at once."),
    ],
)
def test_a_period_that_is_none_is_said_and_kept_and_shows_no_figure(days, said, senior_client, history):
    found = page(senior_client, "agreement", **days)
    assert said in found
    assert "Kappa" not in found
    form = senior_client.get(PAGES[0], DAYS | days).content.decode()
    assert f'value="{PERIOD.last}"' in form
    response = senior_client.get(FILES[0], DAYS | days)
    assert response.status_code == 400
    assert b"dates, such as 2026-01-31" in response.content


# What they say -------------------------------------------------------------------------------


def test_agreement_on_the_page_is_that_of_the_csv(senior_client, history):
    found = rows(senior_client, "agreement/kappa")[0]
    # Of 12 cases, 11 are the same: six both malignant, five both benign. One reader says malignant of 6, the
    # other of 7, so chance makes 42/144 + 30/144 = 0.5 the same, and kappa is (11/12 - 0.5) / 0.5.
    assert (found["same"], found["cases"]) == ("11", "12")
    assert float(found["kappa"]) == pytest.approx(5 / 6)
    assert float(found["raw"]) == pytest.approx(11 / 12)
    said = page(senior_client, "agreement")
    assert "Cases read: 12; by two readers: 12." in said
    assert f"91.7% ({100 * wilson(11, 12).low:.1f}% to {100 * wilson(11, 12).high:.1f}%)" in said
    assert f"0.83 ({float(found['kappa_low']):.2f} to {float(found['kappa_high']):.2f})" in said


def test_kappa_with_a_model_that_says_one_thing_is_a_dash_and_a_word(senior_client, history):
    found = rows(senior_client, "agreement/kappa")[2]
    assert (found["compared"], found["same"], found["cases"]) == ("model_before", "6", "12")
    assert (found["kappa"], found["missing"]) == ("", "kappa: constant")
    assert "– one of the two always says the same" in page(senior_client, "agreement")


def test_sensitivity_and_specificity_show_their_counts(senior_client, history):
    found = {row["figure"]: (row["count"], row["of"]) for row in rows(senior_client, "accuracy/model")}
    assert found["sensitivity"] == ("1", "1")
    assert found["specificity"] == ("0", "1")
    read = {row["figure"]: (row["count"], row["of"]) for row in rows(senior_client, "accuracy/readers")}
    assert set(read.values()) == {("1", "1")}
    assert "Moles with an outcome: 2; of them not judged: 0." in page(senior_client, "accuracy")


def test_calibration_has_a_row_for_the_period_and_one_for_each_week(senior_client, history):
    whole, first, second = rows(senior_client, "calibration/weeks")
    assert (whole["week"], first["week"], second["week"]) == ("all", "2026-W10", "2026-W11")
    # All raised and all known: 0.5 predicted, 6 of 12 malignant, Wilson's 0.5 +- z / (2 sqrt(12 + z^2)).
    assert float(whole["difference"]) == 0
    assert float(whole["difference_high"]) == pytest.approx(0.246216, abs=1e-5)
    assert (whole["known_raised"], whole["known_raised_of"]) == ("12", "12")
    said = page(senior_client, "calibration")
    assert "0.0 (-24.6 to +24.6)" in said
    assert "raised 100.0%, unclear 100.0%, low 5.0%" in said


def test_a_band_that_nobody_read_leaves_no_figure(senior_client, history, owner):
    judge(make_photo(owner), "low", 0.01)
    whole = rows(senior_client, "calibration/weeks")[0]
    assert (whole["difference"], whole["known_low"], whole["known_low_of"]) == ("", "0", "1")
    assert "– a band unknown" in page(senior_client, "calibration")


def test_rejected_ones_are_counted_by_week_and_reason(senior_client, history):
    first = rows(senior_client, "rejected/weeks")[0]
    assert (first["predictions"], first["rejected"], first["of"], first["failed"]) == ("8", "1", "8", "0")
    assert float(first["stability"]) == pytest.approx(0.02)
    (reason,) = rows(senior_client, "rejected/reasons")
    assert (reason["reason"], reason["count"], reason["of"]) == ("blurred", "1", "14")


def test_distances_stand_against_the_limit_of_their_version(senior_client, history):
    Prediction.objects.filter(status="succeeded").update(model_version="residual128-3")
    found = rows(senior_client, "input/distance")
    assert [(row["kind"], row["week"]) for row in found] == [
        ("clinical", "2026-W10"),
        ("dermatoscopic", "2026-W10"),
        ("dermatoscopic", "2026-W11"),
    ]
    # 0.8, 1.0, 1.2, 1.4, 1.6 and 1.8.
    assert float(found[1]["median"]) == pytest.approx(1.3)
    assert float(found[1]["above_usual"]) == pytest.approx(4 / 6)
    assert float(found[1]["farthest"]) == pytest.approx(1.917, abs=1e-3)
    assert "residual128-3 judges up to here" in page(senior_client, "input")
    kinds = rows(senior_client, "input/kinds")[0]
    assert float(kinds["said"]) == pytest.approx(6 / 7)


def test_a_version_without_a_manifest_has_no_limit(senior_client, history):
    assert {row["farthest"] for row in rows(senior_client, "input/distance")} == {""}


def test_the_backlog_is_that_of_now(senior_client, history):
    Case.objects.filter(status="waiting").update(created_at=timezone.now() - timedelta(days=7.5))
    found = {row["status"]: row for row in rows(senior_client, "reading/backlog")}
    ages = [found["waiting"][f"from_{days}_days"] for days in (0, 1, 3, 7, 30)]
    assert ages == ["0", "0", "0", "1", "0"]
    assert float(found["all"]["oldest_days"]) == pytest.approx(7.5, abs=0.01)
    assert (found["disputed"]["all"], found["disputed"]["oldest_days"]) == ("0", "")
    said = page(senior_client, "reading")
    assert "Open cases: 1, whatever the period; disagreements among them: 0." in said
    assert "3 to 6 days" in said


def test_reading_times_are_of_each_stage(senior_client, history):
    blind, revealed, _ = rows(senior_client, "reading/times")
    assert (blind["opinions"], blind["median"], blind["percentile_90"]) == ("24", "30.0", "30.0")
    assert (revealed["opinions"], revealed["median"], revealed["missing"]) == (
        "0",
        "",
        "median: none; percentile_90: none",
    )


def test_a_line_is_drawn_from_two_weeks_on(senior_client, history, owner):
    drawn = senior_client.get(f"{INDEX}calibration/", DAYS).content.decode()
    assert 'class="reach"' in drawn
    assert "2026-W10: " in drawn
    one_week = DAYS | {"end": "2026-03-08"}
    assert "<polyline" not in senior_client.get(f"{INDEX}calibration/", one_week).content.decode()


@pytest.mark.parametrize("url", [*PAGES, *FILES])
def test_an_empty_site_has_no_figures_and_no_errors(url, senior_client):
    found = senior_client.get(url).content.decode()
    assert not re.search(r"\b(nan|inf|None)\b", found[found.find('id="content-main"') :])
