"""Any sequence of what people and workers do leaves every `due_on` as a plain recomputation has it."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from diagnosis.models import Mole, Photo, Prediction, User
from diagnosis.services import (
    create_mole,
    delete_mole,
    delete_photo,
    remove_photo,
    repair_due,
    rerun_prediction,
    restore_mole,
    restore_photo,
    snooze_mole,
    submit_photo,
    update_mole,
    update_photo,
    update_settings,
)
from tests.pictures import mole_jpeg
from tests.test_due import judge

JPEG = mole_jpeg()
ZONES = ["", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"]
moments = st.datetimes(datetime(2025, 12, 1), datetime(2026, 3, 31)).map(lambda at: at.replace(tzinfo=UTC))
which = st.integers(0, 2)
kinds = st.sampled_from(["dermatoscopic", "clinical"])
ACTIONS = st.one_of(
    st.tuples(st.just("photo"), which, st.one_of(st.none(), moments), kinds),
    st.tuples(st.just("judge"), which, st.sampled_from(["low", "unclear", "raised"])),
    st.tuples(st.just("rerun"), which),
    st.tuples(st.just("move"), which, st.one_of(st.none(), which)),
    st.tuples(st.just("correct"), which, kinds, st.one_of(st.none(), moments)),
    st.tuples(st.just("delete photo"), which),
    st.tuples(st.just("delete mole"), which),
    st.tuples(st.just("restore mole"), which),
    st.tuples(st.just("restore photo"), which),
    st.tuples(st.just("remove photo"), which),
    st.tuples(st.just("archive"), which, st.booleans()),
    st.tuples(st.just("remove"), which, st.booleans()),
    st.tuples(st.just("interval"), which, st.sampled_from([None, 0, 1, 2, 3, 6, 12])),
    st.tuples(st.just("snooze"), which, st.integers(1, 60), moments),
    st.tuples(st.just("zone"), st.sampled_from(ZONES)),
)


def one_of(rows: Any, number: int) -> Any:
    """Counted round and round. Raises `ZeroDivisionError` where there is none."""
    found = list(rows)
    return found[number % len(found)]


class World:
    """An account, and what can be done in it; what there is not to do it to is left out."""

    def __init__(self) -> None:
        self.owner = User.objects.create_user("owner@example.org")
        # What the rules say of snoozes, kept beside the database.
        self.snoozed: dict[Any, date | None] = {}
        for number in range(2):
            create_mole(owner=self.owner, name=f"mole {number}")
            self.photo(number, datetime(2026, 1, 10 + number, tzinfo=UTC), "dermatoscopic")

    def do(self, name: str, *arguments: Any) -> None:
        try:
            with transaction.atomic():
                getattr(self, name.replace(" ", "_"))(*arguments)
        except (ZeroDivisionError, ValidationError):
            pass

    def mole_of(self, number: int) -> Mole:
        return one_of(Mole.objects.order_by("created_at"), number)

    def photo_of(self, number: int) -> Photo:
        return one_of(Photo.objects.order_by("created_at"), number)

    def photo(self, number: int, taken_at: datetime | None, kind: str) -> None:
        mole = self.mole_of(number)
        stored = submit_photo(
            owner=self.owner, mole=mole, file=BytesIO(JPEG), taken_at=taken_at, photo_kind=kind
        )
        self.answered(stored.photo)

    def answered(self, photo: Photo) -> None:
        if photo == max(Photo.objects.filter(mole=photo.mole_id), key=lambda one: (one.moment, one.pk.int)):
            self.snoozed.pop(photo.mole_id, None)

    def judge(self, number: int, band: str) -> None:
        judge(one_of(Prediction.objects.filter(status="queued").order_by("created_at"), number), band)

    def rerun(self, number: int) -> None:
        rerun_prediction(photo=self.photo_of(number))

    def move(self, number: int, to: int | None) -> None:
        photo = self.photo_of(number)
        before, mole = photo.mole_id, None if to is None else self.mole_of(to)
        update_photo(photo=photo, mole=mole)
        if mole and mole.pk != before:
            self.answered(photo)

    def correct(self, number: int, kind: str, taken_at: datetime | None) -> None:
        update_photo(photo=self.photo_of(number), photo_kind=kind, taken_at=taken_at)

    def delete_photo(self, number: int) -> None:
        delete_photo(photo=self.photo_of(number))

    def restore_photo(self, number: int) -> None:
        restore_photo(photo=one_of(Photo.everything.deleted().order_by("deleted_at"), number))

    def remove_photo(self, number: int) -> None:
        remove_photo(photo=one_of(Photo.everything.deleted().order_by("deleted_at"), number))

    def delete_mole(self, number: int) -> None:
        delete_mole(mole=self.mole_of(number))

    def restore_mole(self, number: int) -> None:
        restore_mole(mole=one_of(Mole.everything.deleted().order_by("deleted_at"), number))

    def archive(self, number: int, away: bool) -> None:
        update_mole(mole=self.mole_of(number), archived=away)

    def remove(self, number: int, gone: bool) -> None:
        day, outcome = (date(2026, 1, 5), "benign") if gone else (None, "")
        update_mole(mole=self.mole_of(number), removed_on=day, outcome=outcome)

    def interval(self, number: int, months: int | None) -> None:
        mole = self.mole_of(number)
        before = mole.reminder_months
        update_mole(mole=mole, reminder_months=months)
        if months != before:
            self.snoozed.pop(mole.pk, None)

    def snooze(self, number: int, days: int, now: datetime) -> None:
        mole = self.mole_of(number)
        snooze_mole(mole=mole, days=days, now=now)
        zone = ZoneInfo(self.owner.time_zone or "UTC")
        self.snoozed[mole.pk] = now.astimezone(zone).date() + timedelta(days=days)

    def zone(self, name: str) -> None:
        update_settings(user=self.owner, time_zone=name)

    def expected(self, mole: Mole) -> date | None:
        """By the rules alone, from plain rows."""
        if mole.archived_at or mole.removed_on or mole.reminder_months == 0:
            return None
        if mole.pk in self.snoozed:
            return self.snoozed[mole.pk]
        photos = list(Photo.objects.filter(mole=mole))
        last = max([photo.taken_at or photo.created_at for photo in photos], default=mole.created_at)
        results = [one for photo in photos for one in photo.predictions.filter(status="succeeded")]
        results.sort(key=lambda one: (one.photo.moment, one.photo.pk.int, one.created_at))
        raised = bool(results) and results[-1].shown_band == "raised"
        months = mole.reminder_months or (1 if raised else 3)
        day = last.astimezone(ZoneInfo(self.owner.time_zone or "UTC")).date()
        year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
        return date(year, month, min(day.day, monthrange(year, month)[1]))


class RandomSequences(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTIONS, min_size=1, max_size=14))
    def test_every_due_day_is_the_recomputed_one_after_each_step(self, actions: list[Any]) -> None:
        world = World()
        for action in actions:
            world.do(*action)
            world.owner.refresh_from_db()
            moles = list(Mole.objects.all())
            assert {mole.pk: mole.due_on for mole in moles} == {
                mole.pk: world.expected(mole) for mole in moles
            }
        assert repair_due() == 0


@pytest.mark.parametrize("taken_at", [None, datetime(2026, 1, 31, tzinfo=UTC)])
def test_the_sequences_know_a_photo_that_answers(db: None, taken_at: datetime | None) -> None:
    world = World()
    world.do("snooze", 0, 9, datetime(2026, 1, 1, tzinfo=UTC))
    world.do("photo", 0, taken_at, "clinical")
    mole = world.mole_of(0)
    assert mole.due_on == world.expected(mole) != date(2026, 1, 10)
