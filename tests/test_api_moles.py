"""Moles over the API."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from diagnosis.models import Mole, Photo, Prediction, Profile, User
from tests.test_api_predictions import succeed

URL = "/api/v1/moles/"
FIELDS = {
    "id",
    "profile",
    "name",
    "body_site",
    "body_view",
    "body_x",
    "body_y",
    "notes",
    "archived",
    "removed_on",
    "outcome",
    "reminder_months",
    "due_on",
    "created_at",
    "photo_count",
    "latest_prediction",
}


def post(client: Client, **body: Any) -> Any:
    return client.post(URL, body, content_type="application/json")


def patch(client: Client, mole: Mole, **body: Any) -> Any:
    return client.patch(f"{URL}{mole.pk}/", body, content_type="application/json")


def test_a_mole_is_added_for_who_asks(owner: User, owner_client: Client) -> None:
    answer = post(
        owner_client, name="left arm", body_site="upper extremity", body_view="front", body_x=0.5, body_y=0.15
    )
    assert answer.status_code == 201
    assert set(answer.json()) == FIELDS
    mole = Mole.objects.get()
    assert mole.owner == owner
    assert answer["Location"] == f"http://testserver{URL}{mole.pk}/"
    assert (answer.json()["photo_count"], answer.json()["latest_prediction"]) == (0, None)


def test_a_mole_can_be_read_changed_and_deleted(mole: Mole, owner_client: Client) -> None:
    assert set(owner_client.get(f"{URL}{mole.pk}/").json()) == FIELDS
    changed = patch(owner_client, mole, name="right arm")
    assert (changed.status_code, changed.json()["name"]) == (200, "right arm")
    mole.refresh_from_db()
    assert (mole.name, mole.body_site) == ("right arm", "upper extremity")
    assert owner_client.delete(f"{URL}{mole.pk}/").status_code == 204
    assert not Mole.objects.exists()


def test_a_mole_may_be_added_archived_and_removed(owner_client: Client) -> None:
    answer = post(owner_client, name="a", archived=True, removed_on="2026-01-02", outcome="unknown")
    assert (answer.status_code, answer.json()["archived"]) == (201, True)
    assert post(owner_client, name="b", archived=False).json()["archived"] is False
    bad = post(owner_client, name="c", removed_on="2999-01-01", outcome="unknown")
    assert (bad.status_code, list(bad.json()["error"]["details"])) == (400, ["removed_on"])
    assert Mole.objects.count() == 2


def test_a_mole_is_archived_and_its_removal_recorded(mole: Mole, owner_client: Client) -> None:
    assert patch(owner_client, mole, archived=True).json()["archived"] is True
    assert Mole.objects.get().archived_at is not None
    assert patch(owner_client, mole, archived=False).json()["archived"] is False
    assert Mole.objects.get().archived_at is None
    removed = patch(owner_client, mole, removed_on="2026-01-02", outcome="benign").json()
    assert (removed["removed_on"], removed["outcome"]) == ("2026-01-02", "benign")
    for bad in ({"outcome": ""}, {"removed_on": None}, {"removed_on": "2999-01-01"}, {"outcome": "cured"}):
        assert patch(owner_client, mole, **bad).status_code == 400
    assert Mole.objects.get().outcome == "benign"


def test_what_is_read_only_stays(mole: Mole, another: User, owner_client: Client) -> None:
    patch(owner_client, mole, id=str(uuid.uuid4()), owner=str(another.pk), created_at="2001-01-01T00:00:00Z")
    kept = Mole.objects.get()
    assert (kept.pk, kept.owner_id, kept.created_at) == (mole.pk, mole.owner_id, mole.created_at)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": "a", "notes": "x" * 2001}, "notes"),
        ({"name": "a", "notes": "a\0b"}, "notes"),
        ({"name": "a", "body_site": "moon"}, "body_site"),
        ({"name": "a", "body_view": ["front"]}, "body_view"),
        ({"name": "a", "body_x": 0.5}, "non_field_errors"),
        ({"name": "a", "body_view": "front", "body_x": 1.01, "body_y": 0.5}, "body_x"),
        ({"name": "a", "body_view": "front", "body_x": "nan", "body_y": 0.5}, "body_x"),
        ({"name": "a", "body_view": "front", "body_x": 10**400, "body_y": 0.5}, "body_x"),
        ({"name": "a", "body_view": "front", "body_x": "1e999", "body_y": 0.5}, "body_x"),
    ],
)
def test_what_is_not_allowed_is_named_and_nothing_is_stored(
    owner_client: Client, body: dict[str, Any], field: str
) -> None:
    answer = post(owner_client, **body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert list(error["details"]) == [field]
    assert error["message"]
    assert not Mole.objects.exists()


def test_half_a_point_on_the_body_map_is_refused_when_changing_too(mole: Mole, owner_client: Client) -> None:
    answer = patch(owner_client, mole, body_view="front")
    assert answer.status_code == 400
    assert "together" in answer.json()["error"]["message"]
    assert Mole.objects.get().body_view == ""


def test_moles_of_somebody_else_do_not_exist(
    mole: Mole, another_client: Client, staff_client: Client
) -> None:
    for client in (another_client, staff_client):
        assert client.get(URL).json()["results"] == []
        for method in (client.get, client.patch, client.delete):
            answer = method(f"{URL}{mole.pk}/", content_type="application/json")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert Mole.objects.exists()


def test_nobody_sees_nothing(mole: Mole, anonymous_client: Client) -> None:
    for url in (URL, f"{URL}{mole.pk}/"):
        answer = anonymous_client.get(url)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
        assert answer.json()["error"]["code"] == "not_authenticated"


def test_moles_can_be_filtered_by_body_site(mole: Mole, owner: User, owner_client: Client) -> None:
    Mole.objects.create(owner=owner, name="nose", body_site="head/neck")
    found = owner_client.get(URL, {"body_site": "head/neck"}).json()["results"]
    assert [row["name"] for row in found] == ["nose"]
    assert owner_client.get(URL, {"body_site": "moon"}).status_code == 400


def test_pages_follow_each_other_and_are_capped(owner: User, owner_client: Client) -> None:
    for number in range(7):
        Mole.objects.create(owner=owner, name=f"mole {number}")
    names, url = [], f"{URL}?page_size=3"
    while url:
        page = owner_client.get(url).json()
        assert len(page["results"]) <= 3
        names += [row["name"] for row in page["results"]]
        url = page["next"]
    assert names == [f"mole {number}" for number in reversed(range(7))]
    own = Profile.objects.own(owner)
    Mole.objects.bulk_create(Mole(owner=owner, profile=own, name="more") for _ in range(100))
    assert len(owner_client.get(URL, {"page_size": 1000}).json()["results"]) == 100


@pytest.mark.parametrize("cursor", ["garbage", "cD1hYmM=", "cD0AAA==", "bz05OTk5OTk5OTk5OTk5OTk=", "%00"])
def test_a_broken_cursor_is_a_bad_request(mole: Mole, owner_client: Client, cursor: str) -> None:
    answer = owner_client.get(URL, {"cursor": cursor})
    assert answer.status_code in (200, 400)
    assert "results" in answer.json() or answer.json()["error"]["code"] == "invalid"


def test_the_latest_prediction_is_the_newest_of_the_newest_photo(
    mole: Mole, make_photo: Callable[..., Photo], owner_client: Client
) -> None:
    old = make_photo(mole=mole)
    new = make_photo(mole=mole, photo_kind="dermatoscopic")
    succeed(new.latest_prediction)
    Prediction.objects.create(photo=old)
    row = owner_client.get(URL).json()["results"][0]
    assert row["photo_count"] == 2
    assert row["latest_prediction"]["id"] == str(new.latest_prediction.pk)
    assert row["latest_prediction"]["band"] == "raised"


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(
    owner: User, make_photo: Callable[..., Photo], owner_client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert owner_client.get(URL).status_code == 200
        return len(captured)

    make_photo(mole=Mole.objects.create(owner=owner, name="first"))
    queries()
    one = queries()
    for number in range(5):
        make_photo(mole=Mole.objects.create(owner=owner, name=f"mole {number}"))
    assert queries() == one
