"""My moles: searched, filtered, sorted; archived, and removed by a doctor."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Mole
from diagnosis.pages.wording import ago
from diagnosis.services import create_share, leave_note, update_mole
from tests.queries import queries_of
from tests.test_pages_moles import text

LIST = reverse("mole-list")


@pytest.fixture
def names(owner_client):
    """The names of the moles that the list shows, in its order."""

    def shown(**wanted) -> list[str]:
        page = owner_client.get(LIST, wanted).content.decode()
        return re.findall(r'stretched-link" href="[^"]+">([^<]+)<', page)

    return shown


@pytest.fixture
def moles(owner, another, make_photo, succeeded):
    """Three moles with results, and one of somebody else."""
    now = timezone.now()
    rows = [
        ("chin", "head/neck", "", 0.02, "low", 10),
        ("left heel", "lower extremity", "from the beach", 0.5, "raised", 90),
        ("right heel", "lower extremity", "", 0.1, "unclear", 40),
    ]
    found = {}
    for name, site, notes, probability, band, days in rows:
        mole = Mole.objects.create(owner=owner, name=name, body_site=site, notes=notes)
        photo = make_photo(mole=mole, photo_kind="dermatoscopic", taken_at=now - timedelta(days=days))
        succeeded(photo.latest_prediction, probability, band)
        found[name] = mole
    Mole.objects.create(owner=another, name="heel of another", body_site="lower extremity")
    return found


def test_moles_that_a_doctor_left_a_note_on_are_found_once_each(names, moles, owner):
    share = create_share(owner=owner, moles=moles.values()).share
    for words in ("Show it to me.", "I have seen it."):
        leave_note(share=share, mole=moles["chin"], action="see_doctor", text=words, author="Dr. Lee")
    assert names(show="noted") == ["chin"]


def test_a_search_looks_at_names_and_notes(names, moles):
    assert names(q="HEEL") == ["right heel", "left heel"]
    assert names(q="beach") == ["left heel"]
    assert names(q="nowhere") == []


def test_filters_narrow_by_part_of_the_body_and_by_the_last_band(names, moles):
    assert names(body_site="head/neck") == ["chin"]
    assert names(band="raised") == ["left heel"]
    assert names(body_site="head/neck", band="raised") == []


def test_a_band_that_does_not_show_is_not_found(names, moles):
    moles["left heel"].photos.update(photo_kind="clinical")
    assert names(band="raised") == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["right heel", "left heel", "chin"]),
        ("name", ["chin", "left heel", "right heel"]),
        ("newest", ["chin", "right heel", "left heel"]),
        ("oldest", ["left heel", "right heel", "chin"]),
        ("probability", ["left heel", "right heel", "chin"]),
    ],
)
def test_the_order_is_the_one_that_was_chosen(names, moles, sort, expected):
    assert names(sort=sort) == expected


def test_a_mole_without_a_photo_has_waited_longest_and_has_no_probability(names, moles, owner):
    Mole.objects.create(owner=owner, name="bare")
    assert names(sort="oldest")[0] == "bare"
    assert names(sort="newest")[-1] == names(sort="probability")[-1] == "bare"


def test_values_that_are_no_choice_are_left_out_of_account(names, moles):
    everything = ["right heel", "left heel", "chin"]
    for wanted in ({"sort": "x"}, {"show": "x"}, {"band": "x"}, {"body_site": "moon"}, {"q": "a\0"}):
        assert names(**wanted) == everything


def test_pages_keep_the_filter(owner_client, owner):
    for number in range(30):
        Mole.objects.create(owner=owner, name=f"heel {number}")
    page = text(owner_client.get(LIST, {"q": "heel", "sort": "name"}))
    assert "?q=heel&amp;sort=name&amp;page=2" in page


def test_when_nothing_fits_the_page_says_so_and_the_filter_stays(owner_client, moles):
    page = text(owner_client.get(LIST, {"q": "nowhere"}))
    assert "No mole fits. Take a filter away, or show all." in page
    assert 'value="nowhere"' in page
    assert "Start with one mole" not in page


def test_days_are_counted_as_people_count_them():
    now = timezone.now()
    assert [ago(now - timedelta(days=days)) for days in (0, 1, 64)] == ["today", "1 day ago", "64 days ago"]
    assert ago(now + timedelta(days=2)) == "today"


def test_many_moles_cost_no_more_queries_than_few(owner_client, owner, moles, make_photo):
    make_photo()  # a quick check without a mole
    few = queries_of(owner_client, LIST, {"sort": "probability"})
    for number in range(9):
        make_photo(mole=Mole.objects.create(owner=owner, name=f"mole {number}"))
    assert queries_of(owner_client, LIST, {"sort": "probability"}) == few <= 12


# Archived and removed ------------------------------------------------------------------------


def test_an_archived_mole_leaves_the_list_and_comes_back(owner_client, names, moles):
    chin = moles["chin"]
    url = reverse("mole-archive", args=[chin.pk])
    assert "“chin” is archived." in text(owner_client.post(url, {"archived": "yes"}, follow=True))
    assert "chin" not in names()
    assert names(show="archived") == ["chin"]
    assert len(names(show="all")) == 3
    assert "Archived" in text(owner_client.get(reverse("mole", args=[chin.pk])))
    owner_client.post(url, {"archived": "no"})
    assert "chin" in names()
    assert chin.photos.count() == 1


def test_a_removal_with_its_outcome_stays_on_the_mole(owner_client, names, moles):
    chin = moles["chin"]
    url = reverse("mole-removal", args=[chin.pk])
    owner_client.post(url, {"removed_on": "2026-01-02", "outcome": "benign"})
    assert "Removed on 2 January 2026: harmless (benign)" in text(
        owner_client.get(reverse("mole", args=[chin.pk]))
    )
    assert (names(), names(show="removed")) == (["right heel", "left heel"], ["chin"])
    owner_client.post(url, {"removed_on": "", "outcome": ""})
    chin.refresh_from_db()
    assert (chin.removed_on, chin.outcome) == (None, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            {"removed_on": "2026-01-02", "outcome": ""},
            "Say what the laboratory found, or that it is not known.",
        ),
        ({"removed_on": "", "outcome": "benign"}, "Say on which day it was removed."),
        ({"removed_on": "2999-01-01", "outcome": "benign"}, "have been removed in the future."),
        ({"removed_on": "yesterday", "outcome": "benign"}, "Enter a valid date."),
        ({"removed_on": "2026-01-02", "outcome": "cured"}, "Select a valid choice."),
    ],
)
def test_half_a_removal_is_refused(owner_client, mole, data, words):
    response = owner_client.post(reverse("mole-removal", args=[mole.pk]), data)
    assert response.status_code == 422
    assert words in text(response)
    mole.refresh_from_db()
    assert (mole.removed_on, mole.outcome) == (None, "")


def test_no_mole_was_removed_tomorrow(mole):
    with pytest.raises(ValidationError, match="in the future"):
        update_mole(mole=mole, removed_on=timezone.localdate() + timedelta(days=1), outcome="unknown")


def test_who_follows_no_mole_any_more_is_told(owner_client, mole):
    update_mole(mole=mole, archived=True)
    assert "You follow no mole at the moment" in text(owner_client.get(LIST))
