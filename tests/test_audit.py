"""Each change leaves one event: by whom, of what, in which request; and none where nothing changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from diagnosis.models import AuthToken, Event, Export, Mole, Photo, Prediction, Profile, User
from diagnosis.models.claims import MAX_ATTEMPTS
from diagnosis.services import (
    create_share,
    delete_mole,
    delete_photo,
    delete_profile,
    end_all_tokens,
    leave_note,
    remove_outlived,
    restore_mole,
    run_export,
    start_export,
    sweep,
    sweep_exports,
)
from tests.conftest import PASSWORD
from tests.pictures import mole_jpeg
from tests.test_accounts_mfa import code_of

API = "/api/v1"


@pytest.fixture
def since(owner: User, owner_client: Client) -> Callable[[], list[Event]]:
    """What was recorded since the last time, the oldest first; log-in and fixtures are not asked about."""
    seen = [0]

    def events() -> list[Event]:
        found = list(Event.objects.filter(pk__gt=seen[0]).order_by("pk"))
        seen[0] = found[-1].pk if found else seen[0]
        return found

    return events


def told(events: list[Event]) -> list[str]:
    return [event.action for event in events]


# Through requests -----------------------------------------------------------------------------


class By:
    """The requests of one person, and what they are about."""

    def __init__(self, client: Client, owner: User, mole: Mole, photo: Photo, anna: Profile):
        self.client, self.owner, self.mole, self.photo, self.anna = client, owner, mole, photo, anna

    def send(self, method: str, path: str, **body: Any) -> Any:
        return getattr(self.client, method)(API + path, body, content_type="application/json")

    def upload(self) -> Any:
        image = SimpleUploadedFile("mole.jpg", mole_jpeg())
        return self.client.post(f"{API}/moles/{self.mole.pk}/photos/", {"image": image})


# What is asked, the event that it leaves, and whether asked a second time it leaves another.
REQUESTS: list[tuple[str, Callable[[By], Any], bool]] = [
    ("mole.created", lambda by: by.send("post", "/moles/", name="new"), True),
    ("mole.changed", lambda by: by.send("patch", f"/moles/{by.mole.pk}/", notes="itches"), False),
    ("mole.changed", lambda by: by.send("patch", f"/moles/{by.mole.pk}/", archived=True), False),
    ("mole.snoozed", lambda by: by.send("post", f"/moles/{by.mole.pk}/snooze/", days=7), False),
    ("mole.deleted", lambda by: by.send("delete", f"/moles/{by.mole.pk}/"), False),
    ("photo.added", By.upload, True),
    ("photo.changed", lambda by: by.send("patch", f"/photos/{by.photo.pk}/", symptoms=["itch"]), False),
    ("photo.changed", lambda by: by.send("patch", f"/photos/{by.photo.pk}/", mole=None), False),
    ("photo.deleted", lambda by: by.send("delete", f"/photos/{by.photo.pk}/"), False),
    ("profile.created", lambda by: by.send("post", "/profiles/", name="Bob"), False),
    ("profile.changed", lambda by: by.send("patch", f"/profiles/{by.anna.pk}/", birth_year=1991), False),
    ("consent.given", lambda by: by.send("put", "/me/consents/training/", given=True), False),
    ("user.changed", lambda by: by.send("patch", "/me/", reminder_mails=False), False),
    ("export.asked", lambda by: by.send("post", "/me/export/"), False),
    ("share.created", lambda by: by.client.post("/shares/add/", {"moles": by.mole.pk, "days": 3}), True),
    ("user.logged_out", lambda by: by.client.post("/accounts/logout/"), False),
]


@pytest.mark.parametrize(
    ("action", "ask", "again"), REQUESTS, ids=[f"{n}-{row[0]}" for n, row in enumerate(REQUESTS)]
)
def test_a_request_leaves_one_event(
    action: str,
    ask: Callable[[By], Any],
    again: bool,
    owner_client: Client,
    owner: User,
    photo: Photo,
    anna: Profile,
    since: Any,
) -> None:
    assert photo.mole is not None
    by = By(owner_client, owner, photo.mole, photo, anna)
    since()
    response = ask(by)
    (event,) = since()
    assert (event.action, event.actor, event.request_id) == (action, owner.pk, response["X-Request-ID"])
    assert event.object_id != "site"
    ask(by)
    assert told(since()) == ([action] if again else [])


def test_what_is_refused_leaves_none(
    owner_client: Client, another_client: Client, mole: Mole, since: Any
) -> None:
    since()
    url = f"{API}/moles/{mole.pk}/"
    by_another = another_client.patch(url, {"notes": "x"}, content_type="application/json")
    wrong = owner_client.patch(url, {"body_x": 0.5}, content_type="application/json")
    assert (by_another.status_code, wrong.status_code) == (404, 400)
    assert since() == []


def test_a_token_acts_for_its_account(owner: User, client: Client, since: Any) -> None:
    since()
    credentials = {"email": owner.email, "password": PASSWORD}
    answer = client.post(f"{API}/auth/token/", credentials, content_type="application/json")
    (issued,) = since()
    assert (issued.action, issued.actor) == ("token.issued", owner.pk)
    headers = {"Authorization": f"Token {answer.json()['token']}"}
    client.post(f"{API}/moles/", {"name": "n"}, content_type="application/json", headers=headers)
    client.post(f"{API}/auth/logout/", headers=headers)
    events = since()
    assert told(events) == ["mole.created", "token.ended"]
    assert {event.actor for event in events} == {owner.pk}
    assert events[1].details == issued.details
    for _ in range(2):
        AuthToken.objects.create(user=owner)
    end_all_tokens(user=owner)
    assert told(since()) == ["token.ended"] * 2


def test_pages_of_patients_leave_none(owner_client: Client, photo: Photo, anna: Profile, since: Any) -> None:
    for url in ("/", "/moles/", f"/moles/{photo.mole_id}/", f"/photos/{photo.pk}/", "/account/", "/people/"):
        owner_client.get(url)
    since()
    for url in ("/moles/", f"/moles/{photo.mole_id}/", f"/photos/{photo.pk}/image/", f"{API}/photos/"):
        assert owner_client.get(url).status_code == 200
        assert since() == [], url


def test_a_link_tells_when_it_is_opened_and_who_ends_it(
    owner: User, owner_client: Client, anonymous_client: Client, mole: Mole, since: Any
) -> None:
    issued = create_share(owner=owner, moles=[mole], label="Dr Secret")
    since()
    anonymous_client.get(f"/s/{issued.token}/")
    leave_note(share=issued.share, mole=mole, author="Dr Secret", text="Hush.", action="see_doctor")
    for _ in range(2):
        owner_client.post(f"/shares/{issued.share.pk}/revoke/")
    events = since()
    assert told(events) == ["share.opened", "note.left", "share.revoked"]
    assert [event.actor for event in events] == [None, None, owner.pk]


# Log-ins --------------------------------------------------------------------------------------


def test_who_comes_in_and_who_does_not(owner: User, since: Any) -> None:
    since()
    client = Client()
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": PASSWORD})
    client.post("/accounts/login/", {"login": owner.email, "password": "wrong, of course"})
    client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    unknown, wrong, right = since()
    assert (unknown.action, unknown.object_id, unknown.actor) == ("user.login_failed", "site", None)
    assert (wrong.action, wrong.object_id, wrong.actor) == ("user.login_failed", str(owner.pk), None)
    assert (right.action, right.object_id, right.actor) == ("user.logged_in", str(owner.pk), owner.pk)
    form = {"oldpassword": PASSWORD, "password1": "another horse", "password2": "another horse"}
    client.post("/accounts/password/change/", form)
    assert told(since()).count("user.password_changed") == 1


def test_an_account_begins_with_its_consents(client: Client, db: None) -> None:
    form = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form | {"storage": "on", "of_age": "on"})
    person = User.objects.get()
    events = list(Event.objects.order_by("pk"))
    assert told(events) == ["user.created", "consent.given", "consent.given", "user.logged_in"]
    assert {event.request_id for event in events} == {events[0].request_id} != {""}
    assert events[1].actor == person.pk


def test_whose_second_factor_comes_and_goes(owner: User, owner_client: Client, since: Any) -> None:
    owner_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = owner_client.get("/accounts/2fa/totp/activate/").context["form"].secret
    since()
    owner_client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    added = since()
    assert told(added) == ["user.factor_added"] * 2
    assert {event.details["kind"] for event in added} == {"totp", "recovery_codes"}
    owner_client.post("/accounts/2fa/totp/deactivate/")
    assert told(since()) == ["user.factor_removed"] * 2


# What the site does by itself, and to several at once ---------------------------------------------


def test_deleted_restored_and_gone_for_good(
    owner: User, hers: Mole, anna: Profile, make_photo: Any, since: Any
) -> None:
    photo = make_photo(mole=hers)
    since()
    delete_photo(photo=photo)
    delete_profile(profile=anna, with_moles=True)
    assert told(since()) == ["photo.deleted", "mole.deleted", "profile.deleted"]
    restore_mole(mole=hers)
    restore_mole(mole=hers)
    assert told(since()) == ["mole.restored", "profile.restored"]
    delete_profile(profile=anna, move_to=owner.profiles.get(is_self=True))
    moved, *rest = since()
    assert (moved.action, moved.object_id) == ("mole.changed", str(hers.pk))
    assert moved.details["fields"] == ["profile"]
    assert told(rest) == ["profile.deleted", "profile.removed"]
    delete_mole(mole=hers)
    Mole.everything.update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    Photo.everything.update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC), mole=None)
    since()
    assert remove_outlived() == 2
    gone = since()
    assert told(gone) == ["mole.removed", "photo.removed"]
    assert [event.object_id for event in gone] == [str(hers.pk), str(photo.pk)]


def test_each_photo_that_is_judged_again_has_its_event(
    owner: User, owner_client: Client, make_photo: Any, succeeded: Any, since: Any
) -> None:
    for _ in range(3):
        succeeded(make_photo().predictions.get(), 0.2, "raised")
    Prediction.objects.update(model_version="older-1")
    since()
    with CaptureQueriesContext(connection) as captured:
        owner_client.post("/moles/new-model/")
    events = since()
    assert told(events) == ["prediction.queued"] * 3
    assert {event.details["photo"] for event in events} == {str(photo.pk) for photo in Photo.objects.all()}
    written = [query["sql"] for query in captured if query["sql"].startswith('INSERT INTO "diagnosis_event"')]
    assert len(written) == 1
    owner_client.post("/moles/new-model/")
    photo = Photo.objects.first()
    assert photo is not None
    owner_client.post(f"/photos/{photo.pk}/rerun/")
    assert since() == []
    Prediction.objects.filter(status="queued").update(attempts=MAX_ATTEMPTS)
    sweep()
    given_up = since()
    assert told(given_up) == ["prediction.recorded"] * 3
    assert {(event.details["status"], event.actor) for event in given_up} == {("failed", None)}
    owner_client.post(f"/photos/{photo.pk}/rerun/")
    assert told(since()) == ["prediction.queued"]


def test_an_export_is_asked_for_made_fetched_and_ends(
    owner: User, owner_client: Client, photo: Photo, since: Any
) -> None:
    since()
    export = start_export(owner=owner)
    run_export(export.pk)
    assert owner_client.get(f"/account/export/{export.pk}/download/").status_code == 200
    Export.objects.update(finished_at=datetime(2026, 1, 1, tzinfo=UTC))
    sweep_exports()
    events = since()
    assert told(events) == ["export.asked", "export.made", "export.fetched", "export.expired"]
    assert [event.actor for event in events] == [None, None, owner.pk, None]
    start_export(owner=owner)
    Export.objects.filter(status="queued").update(attempts=MAX_ATTEMPTS)
    sweep_exports()
    assert told(since()) == ["export.asked", "export.failed"]
