"""Whose moles are shown: in the list, on the body map, in forms, in a person's report and link."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from diagnosis.models import Mole, Photo, Share
from diagnosis.services import create_mole, create_profile, create_share, leave_note, update_mole
from tests.queries import queries_of
from tests.test_accounts_page import assert_nothing_inline
from tests.test_pages_moles import text
from tests.test_pages_profiles import IN_1985, LIST, PEOPLE, page


@pytest.fixture
def mine(mole):
    return update_mole(mole=mole, body_view="front", body_x=0.5, body_y=0.3)


def pins(content: str) -> list[str]:
    return re.findall(r'aria-label="([^",]+), [^"]*"><circle class="pin"', content)


def test_who_is_alone_is_asked_nothing_about_people(owner_client, mine):
    for url in (LIST, reverse("mole", args=[mine.pk]), reverse("mole-edit", args=[mine.pk])):
        shown = text(owner_client.get(url))
        assert "Whose" not in shown
        assert "Person:" not in shown


def test_the_list_is_of_everybody_or_of_one_person(owner_client, owner, anna, hers, mine):
    everybody = text(owner_client.get(LIST))
    assert ("left shoulder" in everybody, "her heel" in everybody) == (True, True)
    assert everybody.count("Person:") == 2
    of_anna = text(owner_client.get(LIST, {"profile": anna.pk}))
    assert ("left shoulder" in of_anna, "her heel" in of_anna) == (False, True)
    assert f"{reverse('mole-add')}?profile={anna.pk}" in of_anna
    assert f'type="hidden" name="profile" value="{anna.pk}"' in of_anna


def test_the_body_map_shows_one_person_at_a_time(owner_client, owner, anna, hers, mine):
    assert pins(owner_client.get(LIST).content.decode()) == ["left shoulder"]
    assert pins(owner_client.get(LIST, {"profile": anna.pk}).content.decode()) == ["her heel"]
    own = owner.profiles.get(is_self=True)
    shown = text(owner_client.get(LIST, {"profile": anna.pk, "sort": "name", "page": 1}))
    assert f"?profile={own.pk}&amp;sort=name#body-map" in shown


def test_a_person_who_is_not_mine_is_left_out_of_account(owner_client, another, hers, mine):
    for value in (another.profiles.get().pk, "x", "a\0"):
        shown = text(owner_client.get(LIST, {"profile": value}))
        assert ("left shoulder" in shown, "her heel" in shown) == (True, True)


def test_a_person_without_moles_has_an_empty_list(owner_client, anna, mine):
    shown = text(owner_client.get(LIST, {"profile": anna.pk}))
    assert "You follow no mole of this person at the moment: Anna." in shown


def test_a_new_mole_is_for_whom_the_list_showed(owner_client, owner, anna):
    form = text(owner_client.get(reverse("mole-add"), {"profile": anna.pk}))
    assert f'<option value="{anna.pk}" selected>Anna</option>' in form
    owner_client.post(reverse("mole-add"), {"name": "neck", "profile": anna.pk})
    assert Mole.objects.get().profile == anna
    owner_client.post(reverse("mole-add"), {"name": "unsaid"})
    assert Mole.objects.get(name="unsaid").profile.is_self


@pytest.mark.parametrize("value", ["x", "a\0"])
def test_a_mole_of_nobody_is_refused(owner_client, another, anna, mole, value):
    for whose in (value, str(another.profiles.get().pk)):
        for url in (reverse("mole-add"), reverse("mole-edit", args=[mole.pk])):
            response = owner_client.post(url, {"name": "neck", "profile": whose})
            assert response.status_code == 422
            assert "Choose one of the people in the list." in text(response)
    assert Mole.objects.get().profile.is_self


def test_a_mole_changes_its_person_unless_a_photo_is_older(owner_client, anna, mole, make_photo):
    url = reverse("mole-edit", args=[mole.pk])
    photo = make_photo(mole=mole, taken_at=IN_1985)
    response = owner_client.post(url, {"name": "new name", "profile": anna.pk})
    assert response.status_code == 422
    assert "before Anna was born, in 1990" in text(response)
    assert "Edit left shoulder" in text(response)
    photo.delete()
    owner_client.post(url, {"name": "left shoulder", "profile": anna.pk})
    assert Mole.objects.get().profile == anna
    owner_client.post(url, {"name": "left shoulder"})
    assert Mole.objects.get().profile == anna


def test_a_mole_and_its_comparison_and_report_say_the_person(owner_client, anna, hers):
    for name in ("mole", "mole-compare", "mole-report"):
        assert "Anna" in text(owner_client.get(reverse(name, args=[hers.pk])))


def test_lists_to_choose_a_mole_from_name_the_person(owner_client, hers, mine, photo):
    for url in (reverse("share-add"), reverse("photo", args=[photo.pk])):
        shown = text(owner_client.get(url))
        assert "her heel (Anna)" in shown
        assert "left shoulder (" not in shown


@pytest.mark.parametrize("day", ["1985-07-01", "2999-01-01"])
def test_a_photo_from_before_the_birth_or_of_the_future_is_refused(owner_client, hers, make_photo, day):
    words = "before 1990, the birth year" if day < "2000" else "taken in the future"
    photo = make_photo(mole=hers)
    fields = {"photo_kind": "clinical", "taken_on": day, "mole": hers.pk}
    response = owner_client.post(reverse("photo", args=[photo.pk]), fields)
    assert response.status_code == 422
    assert words in text(response)
    photo.image.open()
    response = owner_client.post(reverse("photo-add", args=[hers.pk]), fields | {"image": photo.image.file})
    assert response.status_code == 422
    assert words in text(response)
    assert f'value="{day}"' in text(response)
    assert Photo.objects.get().taken_at is None


# The report and the link --------------------------------------------------------------------


def test_a_persons_report_holds_what_is_followed_and_nothing_of_others(
    owner_client, owner, anna, hers, mine, make_photo, succeeded
):
    photo = make_photo(mole=hers, photo_kind="dermatoscopic")
    succeeded(photo.latest_prediction, 0.34, "raised")
    archived = create_mole(owner=owner, name="put away", profile=anna)
    update_mole(mole=archived, archived=True)
    response = owner_client.get(page(anna, "report"))
    assert_nothing_inline(response.content.decode())
    shown = text(response)
    for words in (
        "Anna",
        "Female",
        "III: burns sometimes",
        "1. her heel",
        "34%",
        "Raised",
        "They are no diagnosis",
    ):
        assert words in shown
    assert f"about {datetime.now(UTC).year - 1990} years" in shown
    assert reverse("photo-image", args=[photo.pk]) in shown
    for other in ("left shoulder", "put away"):
        assert other not in shown


def test_numbers_on_the_map_are_those_of_the_moles(owner_client, owner, anna, hers):
    create_mole(owner=owner, name="ankle", profile=anna)  # without a pin
    shown = text(owner_client.get(page(anna, "report")))
    assert ("1. ankle" in shown, "2. her heel" in shown) == (True, True)
    assert re.findall(r'<text class="pin-number"[^>]*>(\d)</text>', shown) == ["2"]


def test_a_report_of_nobody_followed_says_so_and_calls_nobody_me(owner_client, owner):
    shown = text(owner_client.get(page(owner.profiles.get(), "report")))
    assert "No mole of this person is followed at the moment." in shown
    assert "<dd>Me</dd>" not in shown


def test_a_report_shows_six_photos_of_each_mole_and_counts_all(owner_client, hers, make_photo):
    for day in range(1, 9):
        make_photo(mole=hers, taken_at=datetime(2026, 1, day, tzinfo=UTC))
    shown = text(owner_client.get(page(hers.profile, "report")))
    assert "8, the newest 6 are shown" in shown
    assert shown.count("<image ") == 6
    assert "8 January 2026" in shown
    assert "2 January 2026" not in shown


def test_a_link_may_be_made_for_all_that_is_followed_of_a_person(
    owner_client, anonymous_client, anna, hers, mine
):
    form = owner_client.get(reverse("share-add"), {"profile": anna.pk}).content.decode()
    assert re.findall(r'value="([^"]+)"[^>]* checked', form) == [str(hers.pk)]
    assert owner_client.get(reverse("share-add"), {"profile": "x"}).status_code == 200
    token = create_share(owner=anna.owner, moles=[hers]).token
    shown = text(anonymous_client.get(reverse("shared", args=[token])))
    for words in ("her heel", "Anna", "Female", "III: burns sometimes"):
        assert words in shown
    assert "left shoulder" not in shown
    assert Share.objects.count() == 1


def test_people_and_their_reports_cost_no_more_queries_however_many(
    owner_client, owner, anna, make_photo, succeeded
):
    def fill(number: int) -> None:
        person = create_profile(owner=owner, name=f"person {number}")
        for whose in (anna, person):
            mole = create_mole(owner=owner, name=f"mole {number}", profile=whose)
            succeeded(make_photo(mole=mole, photo_kind="dermatoscopic").latest_prediction, 0.3, "raised")
        share = create_share(owner=owner, moles=[mole]).share
        leave_note(share=share, mole=mole, author="Dr A", text="Fine.", action="nothing")

    fill(0)
    mole = anna.moles.get()
    make_photo()  # a quick check without a mole
    urls = [
        PEOPLE,
        LIST,
        f"{LIST}?profile={anna.pk}",
        page(anna, "report"),
        page(anna, "edit"),
        page(anna, "delete"),
        reverse("share-add"),
        reverse("mole-add"),
        reverse("mole-edit", args=[mole.pk]),
        reverse("mole-report", args=[mole.pk]),
        reverse("mole", args=[mole.pk]),
    ]
    before = {url: queries_of(owner_client, url) for url in urls}
    for number in range(1, 4):
        fill(number)
    assert {url: queries_of(owner_client, url) for url in urls} == before
    assert {url: number for url, number in before.items() if number > 12} == {}


def test_a_shared_page_costs_no_more_queries_for_many_moles_than_for_one(
    owner, anonymous_client, mine, make_photo
):
    make_photo(mole=mine)
    one = reverse("shared", args=[create_share(owner=owner, moles=[mine]).token])
    moles = [create_mole(owner=owner, name=f"mole {number}") for number in range(5)]
    for mole in moles:
        make_photo(mole=mole)
    many = reverse("shared", args=[create_share(owner=owner, moles=moles).token])
    assert queries_of(anonymous_client, many) == queries_of(anonymous_client, one) <= 12
