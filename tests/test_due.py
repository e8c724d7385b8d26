"""When a mole is to be photographed again: by the calendar, in the account's time zone, whatever happens."""

from datetime import UTC, date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from diagnosis import inference
from diagnosis.models import Mole, Photo, Prediction
from diagnosis.models.due import add_months
from diagnosis.services import (
    create_mole,
    delete_mole,
    delete_photo,
    repair_due,
    rerun_prediction,
    restore_mole,
    restore_photo,
    snooze_mole,
    update_mole,
    update_photo,
    update_settings,
)
from tests.pictures import mole_jpeg

JPEG = mole_jpeg()


def judge(prediction: Prediction, band: str) -> None:
    """A worker's result, from the claim to the record."""
    token = Prediction.objects.claim(prediction.pk)
    assert token
    inference._record(
        token,
        status="succeeded",
        malignancy_probability=0.5,
        class_probabilities={"mel": 0.5, "nv": 0.5},
        band=band,
        threshold_low=0.02,
        threshold_raised=0.1,
        model_version="m-1",
    )


def due_on(mole: Mole) -> date | None:
    return Mole.objects.get(pk=mole.pk).due_on


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.fixture
def photographed(make_photo, mole):
    """Photographs the mole on a day, at noon in UTC."""

    def make(*day: int, **fields) -> Photo:
        return make_photo(mole=mole, photo_kind="dermatoscopic", taken_at=moment(*day, 12), **fields)

    return make


# The calendar --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 15), 1, date(2026, 2, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 10, 31), 12, date(2027, 10, 31)),
    ],
)
def test_months_are_those_of_the_calendar_and_stop_at_its_end(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("zone", "taken", "expected"),
    [
        ("UTC", moment(2026, 1, 31, 11), date(2026, 4, 30)),
        # On both sides of the date line, at the same moment: 30 and 31 January.
        ("Pacific/Pago_Pago", moment(2026, 1, 31, 10, 30), date(2026, 4, 30)),
        ("Pacific/Kiritimati", moment(2026, 1, 31, 10, 30), date(2026, 5, 1)),
        # Half past midnight on both sides of a change of clocks; an hour before it is still the day before.
        ("Europe/Berlin", moment(2026, 3, 28, 23, 30), date(2026, 6, 29)),
        ("Europe/Berlin", moment(2026, 3, 28, 22, 30), date(2026, 6, 28)),
        ("Europe/Berlin", moment(2026, 3, 29, 22, 30), date(2026, 6, 30)),
        ("America/New_York", moment(2026, 11, 1, 3, 59), date(2027, 1, 31)),
        ("America/New_York", moment(2026, 11, 2, 4, 59), date(2027, 2, 1)),
    ],
)
def test_the_day_of_a_photo_is_that_of_its_owners_calendar(mole, owner, photo, zone, taken, expected):
    Photo.objects.filter(pk=photo.pk).update(taken_at=taken)
    update_settings(user=owner, time_zone=zone)
    assert due_on(mole) == expected


def test_who_said_no_time_zone_has_the_sites(settings, owner):
    settings.TIME_ZONE = "Asia/Tokyo"
    assert owner.zone == ZoneInfo("Asia/Tokyo")
    owner.time_zone = "Mars/Olympus_Mons"  # one that a later list no longer has
    assert owner.zone == ZoneInfo("Asia/Tokyo")


def test_a_cameras_clock_is_that_of_its_owners_time_zone(owner, make_photo):
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:03:05 23:30:00"
    buffer = BytesIO()
    Image.open(BytesIO(JPEG)).save(buffer, "JPEG", exif=exif)
    buffer.seek(0)
    update_settings(user=owner, time_zone="Pacific/Auckland")
    photo = make_photo(file=buffer)
    assert photo.taken_at == datetime(2026, 3, 5, 23, 30, tzinfo=ZoneInfo("Pacific/Auckland"))


# What it follows from -------------------------------------------------------------------------


def test_without_a_photo_it_counts_from_the_day_the_mole_was_added(owner):
    mole = create_mole(owner=owner, name="new")
    assert mole.due_on == due_on(mole) == add_months(owner.today(), 3)


def test_it_counts_from_the_newest_photo_by_the_day_it_was_taken(mole, photographed):
    photographed(2026, 5, 10)
    photographed(2026, 2, 1)  # an older one, filed later
    assert due_on(mole) == date(2026, 8, 10)


def test_a_raised_band_brings_it_forward_and_a_later_one_takes_that_back(mole, photographed):
    prediction = photographed(2026, 5, 10).latest_prediction
    judge(prediction, "raised")
    assert due_on(mole) == date(2026, 6, 10)
    again = rerun_prediction(photo=prediction.photo)
    assert due_on(mole) == date(2026, 6, 10)  # while the new one waits, the earlier holds
    judge(again, "unclear")
    assert due_on(mole) == date(2026, 8, 10)


def test_a_raised_band_that_does_not_show_does_not_count(mole, photographed):
    photo = photographed(2026, 5, 10)
    judge(photo.latest_prediction, "raised")
    update_photo(photo=photo, photo_kind="clinical")
    assert due_on(mole) == date(2026, 8, 10)
    update_photo(photo=photo, photo_kind="dermatoscopic")
    assert due_on(mole) == date(2026, 6, 10)


@pytest.mark.parametrize(
    ("months", "expected"),
    [(1, date(2026, 6, 10)), (2, date(2026, 7, 10)), (6, date(2026, 11, 10)), (12, date(2027, 5, 10))],
)
def test_an_interval_of_ones_own_counts_whatever_the_band(mole, photographed, months, expected):
    judge(photographed(2026, 5, 10).latest_prediction, "raised")
    update_mole(mole=mole, reminder_months=months)
    assert due_on(mole) == expected
    update_mole(mole=mole, reminder_months=Mole.Reminder.NEVER)
    assert due_on(mole) is None
    update_mole(mole=mole, reminder_months=None)
    assert due_on(mole) == date(2026, 6, 10)


def test_no_other_number_of_months_is_an_interval(mole):
    for months in (4, -1, 120):
        with pytest.raises(ValidationError):
            update_mole(mole=mole, reminder_months=months)
    assert Mole.objects.get().reminder_months is None


def test_what_is_archived_or_removed_is_never_due_and_is_again_when_it_comes_back(mole, photographed):
    photographed(2026, 5, 10)
    update_mole(mole=mole, archived=True)
    assert due_on(mole) is None
    photographed(2026, 6, 10)  # also not by another photo
    assert due_on(mole) is None
    update_mole(mole=mole, archived=False)
    assert due_on(mole) == date(2026, 9, 10)
    update_mole(mole=mole, removed_on=date(2026, 7, 1), outcome="benign")
    assert due_on(mole) is None


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ({"archived": True}, "archived. Bring it back first"),
        ({"removed_on": date(2026, 1, 1), "outcome": "unknown"}, "removed"),
    ],
)
def test_a_reminder_of_what_is_not_followed_is_refused_with_its_reason(mole, owner, gone, words):
    update_mole(mole=mole, reminder_months=6)
    update_mole(mole=mole, **gone)
    with pytest.raises(ValidationError, match=words):
        update_mole(mole=mole, reminder_months=1)
    with pytest.raises(ValidationError, match=words):
        snooze_mole(mole=Mole.objects.get(), days=7)
    with pytest.raises(ValidationError, match=words):
        create_mole(owner=owner, name="b", reminder_months=1, **gone)
    mole = Mole.objects.get()
    assert (mole.reminder_months, mole.snoozed_until, mole.due_on) == (6, None, None)
    update_mole(mole=mole, reminder_months=6, notes="said again, unchanged")
    update_mole(mole=mole, archived=False, removed_on=None, outcome="", reminder_months=1)
    assert due_on(mole)


def test_a_snooze_counts_from_today_until_a_newer_photo_or_another_interval(mole, owner, photographed):
    photographed(2026, 1, 10)
    update_settings(user=owner, time_zone="Pacific/Kiritimati")  # where it is 6 May already
    snooze_mole(mole=mole, days=14, now=moment(2026, 5, 5, 12))
    assert due_on(mole) == date(2026, 5, 20)
    photographed(2025, 12, 1)  # an older one is no answer
    assert due_on(mole) == date(2026, 5, 20)
    photographed(2026, 5, 12)
    assert due_on(mole) == date(2026, 8, 13)
    snooze_mole(mole=mole, days=7, now=moment(2026, 9, 1))
    update_mole(mole=Mole.objects.get(), notes="itches no more")
    assert due_on(mole) == date(2026, 9, 8)
    update_mole(mole=Mole.objects.get(), reminder_months=1)
    assert due_on(mole) == date(2026, 6, 13)


def test_a_photo_filed_under_another_mole_answers_for_that_one(mole, owner, photographed):
    other = create_mole(owner=owner, name="other")
    older, newer = photographed(2026, 1, 10), photographed(2026, 3, 10)
    snooze_mole(mole=other, days=7, now=moment(2026, 3, 11))
    update_photo(photo=newer, mole=other)
    assert (due_on(mole), due_on(other)) == (date(2026, 4, 10), date(2026, 6, 10))
    delete_photo(photo=newer)
    delete_photo(photo=older)
    usual = add_months(owner.today(), 3)
    assert (due_on(mole), due_on(other)) == (usual, usual)


def test_a_restored_mole_is_due_by_all_that_happened_meanwhile(mole, owner, photographed):
    prediction = photographed(2026, 5, 10).latest_prediction
    delete_mole(mole=mole)
    judge(prediction, "raised")
    restore_mole(mole=Mole.everything.get())
    assert due_on(mole) == date(2026, 6, 10)
    delete_photo(photo=prediction.photo)
    assert due_on(mole) == add_months(owner.today(), 3)
    restore_photo(photo=prediction.photo)
    assert due_on(mole) == date(2026, 6, 10)


@pytest.mark.parametrize("days", [0, -7, 367])
def test_a_snooze_is_of_one_day_to_a_year(mole, days):
    with pytest.raises(ValidationError, match="1 to 366 days"):
        snooze_mole(mole=mole, days=days)


def test_what_one_is_never_reminded_of_can_not_be_put_off(mole):
    update_mole(mole=mole, reminder_months=0)
    with pytest.raises(ValidationError, match="Choose an interval first"):
        snooze_mole(mole=mole, days=7)


def test_the_daily_repair_mends_what_went_wrong_and_leaves_the_rest(mole, owner, photographed):
    photographed(2026, 5, 10)
    create_mole(owner=owner, name="right")
    Mole.objects.filter(pk=mole.pk).update(due_on=date(2000, 1, 1))
    assert (repair_due(), repair_due()) == (1, 0)
    assert due_on(mole) == date(2026, 8, 10)
