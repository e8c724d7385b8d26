"""Staff see a patient's photo after saying why, and each file they get is in the log."""

import time

import pytest
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import Http404
from django.test import Client
from django.urls import reverse

from diagnosis.admin.reasons import REASONS
from diagnosis.models import Event, Mole, Photo, Prediction, User
from diagnosis.services import view_photo
from tests.conftest import put_in_session
from tests.queries import queries_of
from tests.test_accounts_page import assert_nothing_inline
from tests.test_admin import list_url, page_url, say_why


def looks() -> QuerySet[Event]:
    """What the log keeps of looks at photos."""
    return Event.objects.filter(action="photo.viewed")


def address(photo: Photo, name: str) -> str:
    return reverse(f"admin:diagnosis_photo_{name}", args=[photo.pk])


def shown(client: Client, url: str) -> str:
    return client.get(url).content.decode()


@pytest.mark.parametrize("name", ["image", "thumbnail"])
def test_without_a_reason_a_file_is_not_served_but_asked_for(name, staff_client, photo):
    wanted = address(photo, name)
    asked = staff_client.get(wanted)
    assert (asked.status_code, asked.url.split("?")[0]) == (302, address(photo, "reason"))
    page = shown(staff_client, asked.url)
    assert "Why do you look at this person’s photos?" in page
    assert_nothing_inline(page)
    assert not looks().exists()
    given = staff_client.post(asked.url, {"reason": "a blurred photo was reported", "next": wanted})
    assert given.url == wanted
    assert b"".join(staff_client.get(wanted))[:2] == b"\xff\xd8"


def test_each_file_that_is_served_is_one_event_with_reason_person_and_request(staff, staff_client, photo):
    say_why(staff_client, photo, "asked by its owner")
    answers = [staff_client.get(address(photo, name)) for name in ("thumbnail", "image", "image")]
    events = list(looks().order_by("pk"))
    assert {(one.action, one.object_type, one.object_id) for one in events} == {
        ("photo.viewed", "photo", str(photo.pk))
    }
    assert {(one.actor, one.reason) for one in events} == {(staff.pk, "asked by its owner")}
    owner = str(photo.owner_id)
    assert [one.details for one in events] == [
        {"owner": owner, "field": field} for field in ("thumbnail", "image", "image")
    ]
    assert [one.request_id for one in events] == [answer["X-Request-ID"] for answer in answers]


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_no_reason_is_no_reason(empty, staff_client, photo):
    answer = staff_client.post(address(photo, "reason"), {} if empty is None else {"reason": empty})
    assert answer.status_code == 422
    assert "Say why, in a few words" in answer.content.decode()
    assert staff_client.get(address(photo, "image")).status_code == 302


def test_a_reason_holds_for_one_person_for_an_hour_in_one_session(
    staff, staff_client, photo, make_photo, another, mole
):
    say_why(staff_client, photo)
    assert staff_client.get(address(make_photo(mole=mole), "image")).status_code == 200
    assert staff_client.get(address(make_photo(owner=another), "image")).status_code == 302
    other_browser = Client()
    other_browser.force_login(staff)
    assert other_browser.get(address(photo, "image")).status_code == 302
    reason, until = staff_client.session[REASONS][str(photo.owner_id)]
    assert 3590 < until - time.time() <= 3600
    put_in_session(staff_client, **{REASONS: {str(photo.owner_id): [reason, time.time() - 1]}})
    assert staff_client.get(address(photo, "image")).status_code == 302


def test_reasons_that_ran_out_leave_the_session(staff_client, photo, another, make_photo):
    put_in_session(staff_client, **{REASONS: {str(another.pk): ["long ago", time.time() - 1]}})
    say_why(staff_client, photo)
    assert list(staff_client.session[REASONS]) == [str(photo.owner_id)]


@pytest.mark.parametrize("where", ["photos", "photo", "predictions", "prediction", "mole", "owner"])
def test_pages_show_no_picture_before_the_reason_and_pictures_after(where, staff_client, photo, mole, owner):
    url = {
        "photos": list_url(Photo),
        "photo": page_url(photo),
        "predictions": list_url(Prediction),
        "prediction": page_url(photo.predictions.get()),
        "mole": page_url(mole),
        "owner": page_url(owner),
    }[where]
    picture = f'<img src="{address(photo, "thumbnail")}"'
    before = shown(staff_client, url)
    assert picture not in before
    assert f'href="{address(photo, "reason")}?next=' in before
    say_why(staff_client, photo)
    after = shown(staff_client, url)
    assert picture in after
    assert "Say why, to see it" not in after
    assert_nothing_inline(after)


@pytest.mark.parametrize("model", [Mole, User])
def test_lists_of_moles_and_accounts_show_no_picture(model, staff_client, photo):
    say_why(staff_client, photo)
    assert "/thumbnail/" not in shown(staff_client, list_url(model))


def test_a_reason_leads_back_within_the_site_alone(staff_client, photo):
    form = {"reason": "asked by its owner", "next": "https://example.org/"}
    assert staff_client.post(address(photo, "reason"), form).url == page_url(photo)


def test_a_longer_list_asks_no_more_of_the_database(staff_client, make_photo, owner, another, photo):
    def count() -> int:
        return queries_of(staff_client, list_url(Photo))

    say_why(staff_client, photo)
    before = count()
    for person in (owner, another):
        for _ in range(3):
            make_photo(owner=person)
    assert count() == before


def test_an_operator_sees_no_photo_and_no_way_to_one(operator_client, photo, owner):
    prediction = photo.predictions.get()
    for url in (list_url(Prediction), page_url(prediction), list_url(User), page_url(owner)):
        page = shown(operator_client, url)
        assert owner.email in page
        assert "/photo/" not in page
    for name in ("image", "thumbnail", "reason"):
        assert operator_client.get(address(photo, name)).status_code == 403
    form = {"reason": "curious"}
    assert operator_client.post(address(photo, "reason"), form).status_code == 403
    assert not looks().exists()


def test_who_may_see_moles_but_no_photos_sees_none_there(operator, operator_client, photo, mole):
    operator.user_permissions.add(Permission.objects.get(codename="view_mole"))
    page = shown(operator_client, page_url(mole))
    assert "left shoulder" in page
    assert "/photo/" not in page


def test_whoever_may_see_photos_must_say_why(db, photo, operator, operator_client):
    operator.user_permissions.add(Permission.objects.get(codename="view_photo"))
    assert operator_client.get(address(photo, "image")).url.startswith(address(photo, "reason"))
    say_why(operator_client, photo, "a bug in thumbnails")
    assert operator_client.get(address(photo, "image")).status_code == 200
    assert looks().get().actor == operator.pk


def test_ones_own_photos_on_the_normal_pages_are_not_logged(staff, staff_client, make_photo):
    own = make_photo(owner=staff)
    for name in ("photo-image", "photo-thumbnail"):
        assert staff_client.get(reverse(name, args=[own.pk])).status_code == 200
    assert not looks().exists()


def test_a_photo_is_never_served_without_a_word(photo):
    with pytest.raises(ValueError, match="without a reason"):
        view_photo(photo=photo, field="image", reason=" ")
    assert not looks().exists()


def test_a_file_that_is_gone_was_not_looked_at(photo):
    photo.image.storage.delete(photo.image.name)
    with pytest.raises(Http404):
        view_photo(photo=photo, field="image", reason="review of case 1")
    assert not looks().exists()


def test_a_reviewer_reaches_no_photo_by_the_admin_pages(db, photo, reviewer_client, senior_client):
    for client in (reviewer_client, senior_client):
        for name in ("image", "thumbnail", "reason", "change"):
            assert client.get(address(photo, name)).status_code == 403
