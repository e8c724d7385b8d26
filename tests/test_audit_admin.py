"""The log in the administration and on the command line: found, filtered, exported, and never changed."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from diagnosis.admin import events as events_admin
from diagnosis.models import Event, Mole, User
from diagnosis.services import event_lines, record_event
from tests.queries import queries_of
from tests.test_accounts_page import assert_nothing_inline

LIST = "/admin/diagnosis/event/"
EXPORT = f"{LIST}export/"


@pytest.fixture
def log(owner: User, mole: Mole, staff_client: Client) -> dict[str, Event]:
    """Three events of interest, after those of the fixtures."""
    looked = record_event("photo.viewed", mole, actor=owner.pk, reason="A second “look” at it,\nplease")
    settled = Event(action="case.settled", object_type="case", object_id="4711", request_id="f" * 32)
    settled.save()
    return {"looked": looked, "settled": settled, "odd": record_event("case.opened", mole, at="ünïcödé")}


def found(client: Client, **query: Any) -> list[str]:
    """The actions that the list shows."""
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [event.action for event in response.context["cl"].result_list]


def exported(client: Client, **query: Any) -> list[dict[str, Any]]:
    response = client.get(EXPORT, query)
    assert response["Content-Type"] == "application/x-ndjson"
    lines = b"".join(response).decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


# Finding --------------------------------------------------------------------------------------


def test_the_log_is_searched_by_who_what_which_request_and_why(
    log: dict[str, Event], staff_client: Client, owner: User, mole: Mole
) -> None:
    assert found(staff_client, q=str(owner.pk))[0] == "photo.viewed"
    assert {"photo.viewed", "case.opened"} <= set(found(staff_client, q=str(mole.pk)))
    assert found(staff_client, q="4711") == ["case.settled"]
    assert found(staff_client, q="f" * 32) == ["case.settled"]
    assert found(staff_client, q="case.settled") == ["case.settled"]
    assert found(staff_client, q="CASE.") == ["case.opened", "case.settled"]
    assert found(staff_client, q="SECOND") == ["photo.viewed"]
    assert found(staff_client, q=f"second {owner.pk}") == ["photo.viewed"]
    assert found(staff_client, q=f"second {mole.pk} case") == []
    assert found(staff_client, q="nothing-like-it") == []


def test_the_log_is_filtered_by_action_kind_and_day(log: dict[str, Event], staff_client: Client) -> None:
    assert found(staff_client, action="case.settled") == ["case.settled"]
    assert found(staff_client, object_type="case") == ["case.settled"]
    assert found(staff_client, object_type="mole", action="case.settled") == []
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert found(staff_client, at__gte=tomorrow) == []
    assert "case.settled" in found(staff_client, at__lt=tomorrow)
    page = staff_client.get(LIST).content.decode()
    for word in ("?action=case.settled", "?object_type=case"):
        assert word in page


def test_the_words_of_the_log_are_found_in_order(log: dict[str, Event]) -> None:
    actions = set(Event.objects.values_list("action", flat=True))
    assert Event.objects.words("action") == sorted(actions)
    assert set(Event.objects.words("object_type")) == set(Event.objects.values_list("object_type", flat=True))


def test_a_longer_log_costs_no_more_queries_and_is_not_counted_to_the_end(
    log: dict[str, Event], staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = queries_of(staff_client, LIST)
    Event.objects.bulk_create(
        [Event(action="a.b", object_type="a", object_id=str(number)) for number in range(130)]
    )
    assert queries_of(staff_client, LIST) <= min(few, 12)
    monkeypatch.setattr(events_admin, "COUNTED", 120)
    page = staff_client.get(LIST, {"action": "a.b", "p": "3"})
    assert page.context["cl"].result_count == 120
    assert "The newest 120 of more" in page.content.decode()
    with CaptureQueriesContext(connection) as captured:
        staff_client.get(LIST)
    counts = [query["sql"] for query in captured if "COUNT(*)" in query["sql"] and "_event" in query["sql"]]
    assert counts
    assert all("LIMIT 121" in sql for sql in counts)


def test_list_and_page_show_an_event_with_nothing_inline(
    log: dict[str, Event], staff_client: Client, owner: User
) -> None:
    for url in (LIST, f"{LIST}?q={owner.pk}", f"{LIST}{log['looked'].pk}/change/"):
        page = staff_client.get(url).content.decode()
        assert_nothing_inline(page)
        assert f"?q={owner.pk}" in page
    page = staff_client.get(f"{LIST}{log['odd'].pk}/change/").content.decode()
    assert "ünïcödé" in page
    assert 'name="_save"' not in page


# Who ------------------------------------------------------------------------------------------


def test_the_log_is_seen_by_superusers_and_whom_they_allow_it(
    log: dict[str, Event], staff: User, staff_client: Client, owner_client: Client, anonymous_client: Client
) -> None:
    for url in (LIST, EXPORT, f"{LIST}{log['odd'].pk}/change/"):
        assert anonymous_client.get(url).status_code == 302
        assert owner_client.get(url, follow=True).status_code == 403
        assert staff_client.get(url).status_code == 200
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    for url in (LIST, EXPORT):
        assert staff_client.get(url).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_event"))
    for url in (LIST, EXPORT):
        assert staff_client.get(url).status_code == 200


def test_nobody_changes_it_there(log: dict[str, Event], staff_client: Client) -> None:
    pk = log["odd"].pk
    before = Event.objects.values().get(pk=pk)
    assert staff_client.post(f"{LIST}add/", {"action": "a.b"}).status_code == 403
    assert staff_client.post(f"{LIST}{pk}/change/", {"action": "a.b"}).status_code == 403
    assert staff_client.post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 403
    staff_client.post(LIST, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert Event.objects.values().get(pk=pk) == before


# Exported -------------------------------------------------------------------------------------


def test_the_export_is_what_was_searched_for_the_oldest_first(
    log: dict[str, Event], staff: User, staff_client: Client
) -> None:
    rows = exported(staff_client, q="case.", p="0")
    assert [row["action"] for row in rows] == ["case.settled", "case.opened"]
    assert [row["id"] for row in exported(staff_client, object_type="case")] == [log["settled"].pk]
    everything = exported(staff_client)
    assert [row["id"] for row in everything] == sorted(Event.objects.values_list("pk", flat=True))
    taken = Event.objects.filter(action="log.exported")
    assert taken.count() == 3
    assert {event.actor for event in taken} == {staff.pk}
    page = staff_client.get(LIST, {"action": "case.settled", "p": "1"}).content.decode()
    assert f'href="{EXPORT}?action=case.settled' in page


def test_an_exported_line_says_all_that_the_row_does(log: dict[str, Event]) -> None:
    lines = list(event_lines(Event.objects.all()))
    assert len(lines) == Event.objects.count()
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    for line in lines:
        told = json.loads(line)
        at = datetime.fromisoformat(told.pop("at"))
        actor = told.pop("actor")
        stored = Event.objects.values().get(pk=told["id"])
        assert (stored.pop("at"), str(stored.pop("actor") or "")) == (at, actor or "")
        assert told == stored


def test_the_command_prints_the_same_between_two_moments(log: dict[str, Event]) -> None:
    def printed(**options: str) -> list[int]:
        out = StringIO()
        call_command("export_events", stdout=out, **options)
        return [json.loads(line)["id"] for line in out.getvalue().splitlines()]

    days = {"old": datetime(2025, 5, 1, 23, 30, tzinfo=UTC), "older": datetime(2025, 4, 30, tzinfo=UTC)}
    made = {name: Event(action="a.b", object_type="a", object_id=name) for name in days}
    for name, event in made.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", lambda day=days[name]: day)
            event.save()
    old, older = made["old"].pk, made["older"].pk
    everything = printed()
    assert everything[:2] == [older, old]
    assert len(everything) == Event.objects.count()
    assert printed(until="2025-06-01") == [older, old]
    assert printed(since="2025-05-01", until="2025-05-02") == [old]
    assert printed(since="2025-05-02T01:30:00+02:00", until="2025-06-01") == [old]
    assert printed(since="2025-05-01T23:30:01Z", until="2025-06-01") == []


@pytest.mark.parametrize("option", ["since", "until"])
@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "01.05.2025"])
def test_the_command_says_what_a_moment_looks_like(option: str, text: str, db: None) -> None:
    with pytest.raises(CommandError, match="must be a day or a moment: 2026-11-24"):
        call_command("export_events", stdout=StringIO(), **{option: text})
