"""People over the API, and whose moles are."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from diagnosis.models import Mole, Photo, Profile, User
from diagnosis.services import create_mole, create_profile
from tests.queries import queries_of

URL, MOLES = "/api/v1/profiles/", "/api/v1/moles/"
FIELDS = {"id", "name", "is_self", "birth_year", "sex", "fitzpatrick", "created_at", "mole_count"}


def post(client: Client, **body: Any) -> Any:
    return client.post(URL, body, content_type="application/json")


def patch(client: Client, profile: Profile, **body: Any) -> Any:
    return client.patch(f"{URL}{profile.pk}/", body, content_type="application/json")


def test_an_account_begins_with_its_own_person(owner_client: Client, owner: User) -> None:
    (own,) = owner_client.get(URL).json()["results"]
    assert set(own) == FIELDS
    assert (own["id"], own["is_self"], own["name"]) == (str(owner.profiles.get().pk), True, "")


def test_a_person_is_added_read_changed_and_deleted(owner_client: Client, owner: User) -> None:
    answer = post(owner_client, name="Anna", birth_year=1990, sex="female", fitzpatrick=3)
    assert (answer.status_code, set(answer.json())) == (201, FIELDS)
    anna = Profile.objects.get(name="Anna")
    assert (anna.owner, anna.birth_year, anna.sex, anna.fitzpatrick) == (owner, 1990, "female", 3)
    assert answer["Location"] == f"http://testserver{URL}{anna.pk}/"
    assert owner_client.get(f"{URL}{anna.pk}/").json() == answer.json()
    changed = patch(owner_client, anna, birth_year=None, fitzpatrick=None, sex="").json()
    assert (changed["name"], changed["birth_year"], changed["sex"]) == ("Anna", None, "")
    assert owner_client.delete(f"{URL}{anna.pk}/").status_code == 204
    assert not Profile.objects.filter(pk=anna.pk).exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "ANNA"}, "name"),
        ({"name": "a", "birth_year": 1899}, "birth_year"),
        ({"name": "a", "birth_year": 2999}, "birth_year"),
        ({"name": "a", "birth_year": 10**400}, "birth_year"),
        ({"name": "a", "birth_year": "x"}, "birth_year"),
        ({"name": "a", "sex": "x"}, "sex"),
        ({"name": "a", "fitzpatrick": 7}, "fitzpatrick"),
        ({"name": "a", "fitzpatrick": "dark"}, "fitzpatrick"),
    ],
)
def test_what_is_not_allowed_is_named_and_nothing_is_stored(
    owner_client: Client, anna: Profile, body: dict[str, Any], field: str
) -> None:
    answer = post(owner_client, **body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]
    assert Profile.objects.filter(owner=anna.owner).count() == 2


def test_nobody_becomes_the_owner_of_an_account(owner_client: Client, anna: Profile, another: User) -> None:
    patch(owner_client, anna, is_self=True, owner=str(another.pk), id=str(uuid.uuid4()))
    assert (Profile.objects.get(pk=anna.pk).is_self, Profile.objects.get(pk=anna.pk).owner) == (
        False,
        anna.owner,
    )


def test_people_of_somebody_else_do_not_exist(
    anna: Profile, mole: Mole, another: User, another_client: Client, staff_client: Client
) -> None:
    for client in (another_client, staff_client):
        assert len(client.get(URL).json()["results"]) == 1
        for method in (client.get, client.patch, client.delete):
            assert method(f"{URL}{anna.pk}/", content_type="application/json").status_code == 404
        assert client.get(MOLES, {"profile": str(mole.profile_id)}).json()["results"] == []
    body = {"name": "chin", "profile": str(anna.pk)}
    answer = another_client.post(MOLES, body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["profile"])
    assert Mole.objects.get() == mole


def test_moles_stay_until_it_is_said_what_becomes_of_them(
    owner_client: Client, owner: User, another: User, anna: Profile
) -> None:
    mole = create_mole(owner=owner, name="neck", profile=anna)
    own, url = owner.profiles.get(is_self=True), f"{URL}{anna.pk}/"
    for query, status in (
        ("", 400),
        ("?moles=keep", 400),
        (f"?moles=delete&move_to={own.pk}", 400),
        ("?move_to=x", 400),
        (f"?move_to={another.profiles.get().pk}", 404),
        (f"?move_to={anna.pk}", 400),
    ):
        assert owner_client.delete(url + query).status_code == status, query
    assert Mole.objects.get().profile == anna
    assert owner_client.delete(f"{url}?move_to={own.pk}").status_code == 204
    mole.refresh_from_db()
    assert mole.profile == own
    refused = owner_client.delete(f"{URL}{own.pk}/?moles=delete")
    assert (refused.status_code, Mole.objects.count()) == (400, 1)


def test_moles_may_be_deleted_with_their_person(owner_client: Client, owner: User, anna: Profile) -> None:
    create_mole(owner=owner, name="neck", profile=anna)
    assert owner_client.delete(f"{URL}{anna.pk}/?moles=delete").status_code == 204
    assert not Mole.objects.exists()


def test_a_mole_says_whose_it_is_and_may_be_given_to_another(
    owner_client: Client, owner: User, anna: Profile
) -> None:
    own = owner.profiles.get(is_self=True)

    def ask(method: Callable[..., Any], url: str, **body: Any) -> Any:
        return method(url, body, content_type="application/json")

    mine = ask(owner_client.post, MOLES, name="chin").json()
    hers = ask(owner_client.post, MOLES, name="neck", profile=str(anna.pk)).json()
    assert (mine["profile"], hers["profile"]) == (str(own.pk), str(anna.pk))
    found = owner_client.get(MOLES, {"profile": str(anna.pk)}).json()["results"]
    assert [row["id"] for row in found] == [hers["id"]]
    assert owner_client.get(MOLES, {"profile": str(uuid.uuid4())}).json()["results"] == []
    assert owner_client.get(MOLES, {"profile": "x"}).status_code == 400
    url = f"{MOLES}{hers['id']}/"
    for bad in ("x", None, str(uuid.uuid4()), [1], {"id": 1}):
        answer = ask(owner_client.patch, url, profile=bad)
        assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["profile"])
    assert ask(owner_client.patch, url, profile=str(own.pk)).json()["profile"] == str(own.pk)


@pytest.mark.parametrize("taken_at", ["1985-07-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_photo_from_before_the_birth_or_of_the_future_is_refused(
    owner_client: Client, owner: User, anna: Profile, make_photo: Callable[..., Photo], taken_at: str
) -> None:
    mole = create_mole(owner=owner, name="neck", profile=anna)
    photo = make_photo(mole=mole)
    file = photo.image.open()
    answers = [
        owner_client.post(f"{MOLES}{mole.pk}/photos/", {"image": file, "taken_at": taken_at}),
        owner_client.patch(f"/api/v1/photos/{photo.pk}/", {"taken_at": taken_at}, "application/json"),
    ]
    for answer in answers:
        assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["taken_at"])
    assert Photo.objects.get().taken_at is None


def test_a_birth_year_after_a_photo_is_refused(
    owner_client: Client, mole: Mole, make_photo: Callable[..., Photo]
) -> None:
    make_photo(mole=mole, taken_at=timezone.now())
    assert patch(owner_client, mole.profile, birth_year=timezone.localdate().year).status_code == 200
    Photo.objects.update(taken_at="1985-07-01T00:00:00Z")
    answer = patch(owner_client, mole.profile, birth_year=1990)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["birth_year"])


def test_a_long_list_of_people_costs_no_more_queries(
    owner_client: Client, owner: User, anna: Profile
) -> None:
    few = queries_of(owner_client, URL)
    for number in range(5):
        create_mole(owner=owner, name="neck", profile=create_profile(owner=owner, name=f"person {number}"))
    assert queries_of(owner_client, URL) == few <= 12
