"""The pages of people: adding, changing, deleting them; and two browsers that change one row."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from diagnosis.models import Mole, Photo, Profile
from diagnosis.services import (
    create_mole,
    create_profile,
    update_mole,
    update_profile,
)
from tests.test_pages_moles import text

LIST, PEOPLE, ADD = reverse("mole-list"), reverse("profile-list"), reverse("profile-add")
IN_1985 = datetime(1985, 7, 1, tzinfo=UTC)
BOB = {"name": "Bob", "birth_year": "1950", "sex": "male", "fitzpatrick": "2"}


def page(profile: Profile, action: str) -> str:
    return reverse(f"profile-{action}", args=[profile.pk])


# Adding, changing, deleting -----------------------------------------------------------------


def test_a_person_is_added_with_all_that_may_be_said(owner_client, owner):
    response = owner_client.post(ADD, BOB, follow=True)
    bob = Profile.objects.get(name="Bob")
    assert (bob.owner, bob.birth_year, bob.sex, bob.fitzpatrick) == (owner, 1950, "male", 2)
    for words in ("Bob is added.", "born in 1950", "male", "II: burns easily", "0 moles"):
        assert words in text(response)


def test_only_the_name_is_asked_for_and_the_types_are_described(owner_client):
    form = text(owner_client.get(ADD))
    for words in ("I: always burns, never tans", "VI: dark brown or black skin", "Fitzpatrick (1988)"):
        assert words in form
    assert owner_client.post(ADD, {"name": "Bob"}).status_code == 302


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "anna"}, "You already have somebody of this name."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"birth_year": "1899"}, "Give a year from 1900 to "),
        ({"birth_year": "2999"}, "Give a year from 1900 to "),
        ({"birth_year": "fifty"}, "Enter a whole number."),
        ({"sex": "x"}, "Select a valid choice."),
        ({"fitzpatrick": "7"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(owner_client, anna, change, words):
    for url in (ADD, page(create_profile(owner=anna.owner, name="Carl"), "edit")):
        response = owner_client.post(url, BOB | change)
        assert response.status_code == 422
        assert words in text(response)
        assert f'value="{(BOB | change)["birth_year"]}"' in text(response)
    assert set(Profile.objects.values_list("name", "birth_year")) == {
        ("", None),
        ("Anna", 1990),
        ("Carl", None),
    }


def test_ones_own_person_needs_no_name_and_cannot_be_deleted(owner_client, owner):
    own = owner.profiles.get()
    assert owner_client.post(page(own, "edit"), {"name": "", "birth_year": "1980"}).status_code == 302
    own.refresh_from_db()
    assert (own.name, own.birth_year) == ("", 1980)
    assert page(own, "delete") not in text(owner_client.get(PEOPLE))
    assert owner_client.get(page(own, "delete")).status_code == 404
    assert owner_client.post(page(own, "delete"), {"moles": "delete"}).status_code == 404


def test_a_birth_year_after_a_photo_is_refused_beside_the_field(owner_client, mole, make_photo):
    make_photo(mole=mole, taken_at=IN_1985)
    response = owner_client.post(page(mole.profile, "edit"), {"birth_year": "1990"})
    assert response.status_code == 422
    assert "A photo of this person was taken before 1990." in text(response)


def test_deleting_a_person_without_moles_asks_once(owner_client, anna):
    assert "There is no mole of this person." in text(owner_client.get(page(anna, "delete")))
    assert "Anna is deleted." in text(owner_client.post(page(anna, "delete"), follow=True))
    assert not Profile.objects.filter(pk=anna.pk).exists()


def test_deleting_a_person_with_moles_asks_what_becomes_of_them(owner_client, owner, another, anna, hers):
    url = page(anna, "delete")
    form = text(owner_client.get(url))
    assert "There is 1 mole of this person." in form
    assert " checked" not in form
    for choice in ({}, {"moles": "x"}, {"moles": anna.pk}, {"moles": another.profiles.get().pk}):
        assert owner_client.post(url, choice).status_code == 422
    assert Mole.objects.get().profile == anna
    owner_client.post(url, {"moles": owner.profiles.get(is_self=True).pk})
    assert Mole.objects.get().profile == owner.profiles.get()


def test_moles_may_go_with_their_person_and_come_back(owner_client, anna, hers, make_photo):
    make_photo(mole=hers)
    assert "can be restored for 7 days" in text(owner_client.get(page(anna, "delete")))
    owner_client.post(page(anna, "delete"), {"moles": "delete"}, follow=True)
    assert not Mole.objects.exists()
    assert not Photo.objects.exists()
    assert "Anna" not in text(owner_client.get(PEOPLE))
    owner_client.post(reverse("mole-restore", args=[hers.pk]))
    assert Mole.objects.get().profile == anna
    assert "Anna" in text(owner_client.get(PEOPLE))


def test_moles_that_do_not_fit_the_person_stay(owner_client, owner, anna, make_photo):
    bob = create_profile(owner=owner, name="Bob")
    make_photo(mole=create_mole(owner=owner, name="neck", profile=bob), taken_at=IN_1985)
    response = owner_client.post(page(bob, "delete"), {"moles": anna.pk})
    assert response.status_code == 422
    assert "before Anna was born, in 1990" in text(response)
    assert Mole.objects.get().profile == bob


# Two browsers -------------------------------------------------------------------------------


def version_in(response) -> str:
    return re.search(r'name="version" value="(\w+)"', response.content.decode())[1]


def test_the_second_window_is_told_and_may_then_replace(owner_client, anna):
    url = page(anna, "edit")
    version = version_in(owner_client.get(url))
    update_profile(profile=Profile.objects.get(pk=anna.pk), name="Hannah", birth_year=1991)
    typed = {"name": "Anne", "birth_year": "1990", "sex": "female", "fitzpatrick": "3", "version": version}
    response = owner_client.post(url, typed)
    assert response.status_code == 409
    shown = text(response)
    assert "This was changed in another window while you were editing it." in shown
    assert re.search(r"<th scope=\"row\">Name</th><td>Hannah</td><td>Anne</td>", shown)
    assert re.search(r"<th scope=\"row\">Year of birth</th><td>1991</td><td>1990</td>", shown)
    assert 'value="Anne"' in shown
    assert Profile.objects.get(pk=anna.pk).name == "Hannah"
    assert owner_client.post(url, typed | {"version": version_in(response)}).status_code == 302
    assert Profile.objects.get(pk=anna.pk).name == "Anne"


def test_the_second_window_of_a_mole_is_told_too(owner_client, mole):
    url = reverse("mole-edit", args=[mole.pk])
    version = version_in(owner_client.get(url))
    update_mole(mole=Mole.objects.get(), notes="grew\nsince May", body_site="")
    typed = {"name": "shoulder", "body_site": "upper extremity", "notes": "itches", "version": version}
    response = owner_client.post(url, typed)
    assert response.status_code == 409
    shown = text(response)
    for row in (
        "Name</th><td>left shoulder</td><td>shoulder</td>",
        "Part of the body</th><td>–</td><td>arm or hand</td>",
        "Notes</th><td>grew<br>since May</td><td>itches</td>",
    ):
        assert row in shown
    assert "Place on the body map</th>" not in shown
    mole.refresh_from_db()
    assert (mole.name, mole.notes) == ("left shoulder", "grew\nsince May")
    assert owner_client.post(url, typed | {"version": version_in(response)}).status_code == 302
    mole.refresh_from_db()
    assert (mole.name, mole.notes) == ("shoulder", "itches")
