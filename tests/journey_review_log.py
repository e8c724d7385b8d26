"""What the log holds once the reading room's day is over: each step once, for good."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest

from tests.journey_review import Cases, Reader, rows
from tests.processes import Site

# Whose every row was made in that day, by a step that one event tells of.
MADE = {
    "user.created": "diagnosis_user",
    "mole.created": "diagnosis_mole",
    "photo.added": "diagnosis_photo",
    "prediction.recorded": "diagnosis_prediction",
    "case.opened": "diagnosis_case",
    "opinion.added": "diagnosis_opinion",
}


def events(site: Site) -> list[dict[str, Any]]:
    return rows(site, "SELECT * FROM diagnosis_event ORDER BY id")


def every_change_has_one_event(site: Site, cases: Cases, readers: list[Reader], patients: list[str]) -> None:
    """And there is no event besides: `patients` have logged in at a browser, each as often as named."""
    log = events(site)
    counts = Counter(one["action"] for one in log)
    expected = Counter({"photo.viewed": counts["photo.viewed"], "user.factor_added": len(readers)})
    for action, table in MADE.items():
        made = [str(UUID(row["id"])) for row in rows(site, f"SELECT id FROM {table}")]
        assert sorted(one["object_id"] for one in log if one["action"] == action) == sorted(made)
        expected[action] = len(made)
    for case, (story, _) in cases.items():
        done = Counter(one["action"] for one in log if one["object_id"] == str(case))
        assert done == story.events
        expected += Counter({action: count for action, count in done.items() if action not in MADE})
    # The program of each patient took a token. At their first log-in a browser tells their time zone.
    at_browsers = [*(reader.email for reader in readers), *patients]
    expected += {"token.issued": 2, "user.logged_in": len(at_browsers), "user.changed": len(set(at_browsers))}
    assert counts == expected


def every_opinion_has_one_event(site: Site, cases: Cases, readers: list[Reader]) -> None:
    """Each came with a form that its reader sent, and no such form left no event."""
    log = events(site)
    added = [one for one in log if one["action"] == "opinion.added"]
    opinions = rows(site, "SELECT * FROM diagnosis_opinion ORDER BY created_at")
    assert [one["object_id"] for one in added] == [str(UUID(one["id"])) for one in opinions]
    for event, opinion in zip(added, opinions, strict=True):
        details = json.loads(event["details"])
        assert event["actor"] == opinion["reader_id"]
        assert (details["case"], details["stage"]) == (str(UUID(opinion["case_id"])), opinion["stage"])
    for reader in readers:
        done = [one for one in log if one["actor"] == reader.id and one["object_type"] in ("case", "opinion")]
        with_forms = {one["request_id"] for one in done}
        assert with_forms <= reader.changes
        # Where a senior has settled a case, it is closed, and "next case" changes nothing more.
        settled = [one for one in done if json.loads(one["details"]).get("stage") == "settling"]
        assert len(reader.changes - with_forms) == len(settled)


def every_look_at_a_photo_has_one_event(site: Site, readers: list[Reader]) -> None:
    looks = [one for one in events(site) if one["action"] == "photo.viewed"]
    for reader in readers:
        mine = Counter(one["request_id"] for one in looks if one["actor"] == reader.id)
        assert set(mine.values()) == {1}
        assert reader.photos <= set(mine)
        # A browser that leaves a page drops what it has asked for.
        assert len(mine) <= reader.photos_asked
    opened = {str(UUID(row["id"])) for row in rows(site, "SELECT id FROM diagnosis_case")}
    for look in looks:
        assert look["reason"].removeprefix("review of case ") in opened


def neither_events_nor_opinions_can_be_altered(site: Site) -> None:
    """By whoever has the database's file at hand."""
    tables = {"diagnosis_event": "reason", "diagnosis_opinion": "diagnosis"}
    before = {table: rows(site, f"SELECT * FROM {table} ORDER BY id") for table in tables}
    tries = ["DELETE FROM diagnosis_event", "DELETE FROM diagnosis_event WHERE action = 'case.opened'"]
    for table, column in tables.items():
        tries += [
            f"UPDATE {table} SET {column} = 'nv'",
            f"UPDATE {table} SET {column} = 'nv' WHERE id = (SELECT max(id) FROM {table})",
            f"UPDATE OR IGNORE {table} SET id = id",
            f"REPLACE INTO {table} SELECT * FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
        ]
    for sql in tries:
        with (
            closing(sqlite3.connect(site.folder / "db.sqlite3", timeout=30)) as database,
            pytest.raises(sqlite3.IntegrityError, match="only ever added"),
        ):
            database.execute(sql)
    assert {table: rows(site, f"SELECT * FROM {table} ORDER BY id") for table in tables} == before
