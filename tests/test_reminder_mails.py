"""The reminder mail: who gets it, when, with what in it; and that it is neither doubled nor lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from celery import current_app
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from diagnosis.models import Mole, ReminderMail, User
from diagnosis.services import (
    create_mole,
    create_profile,
    delete_mole,
    restore_mole,
    send_reminders,
    snooze_mole,
    stop_token,
    update_mole,
    update_settings,
)
from diagnosis.tasks import send_reminders_task

NINE = datetime(2026, 5, 10, 9, tzinfo=UTC)
THAT_DAY = NINE.date()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def make_due(mole: Mole, day: date = THAT_DAY) -> Mole:
    Mole.objects.filter(pk=mole.pk).update(due_on=day)
    return mole


@pytest.fixture
def due(mole):
    return make_due(mole)


def mails() -> list[str]:
    """To whom mails went since the last time."""
    addresses = [address for message in mail.outbox for address in message.to]
    mail.outbox.clear()
    return addresses


# What it says --------------------------------------------------------------------------------


def test_one_mail_lists_all_that_is_due_by_name_and_place_with_links(settings, owner, another):
    settings.SITE_URL = "https://moles.example.org"
    knee = make_due(
        create_mole(owner=owner, name="knee <b>", body_view="back", body_x=0.415, body_y=0.69),
        date(2026, 5, 7),
    )
    arm = make_due(create_mole(owner=owner, name="arm", body_site="upper extremity"))
    make_due(create_mole(owner=owner, name="not yet"), date(2026, 5, 11))
    create_mole(owner=another, name="of another")
    assert send_reminders(now=NINE) == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["owner@example.org"], "2 moles are due for a new photo")
    assert "* knee <b> (hollow of the left knee), due 3 days ago\n" in message.body
    assert "* arm (arm or hand), due today\n" in message.body
    (html, kind) = message.alternatives[0]
    assert kind == "text/html"
    assert "knee &lt;b&gt;" in html
    for text in (message.body, html):
        for mole in (knee, arm):
            assert f"https://moles.example.org/moles/{mole.pk}/" in text
        assert "not yet" not in text
        assert "of another" not in text
        assert f"https://moles.example.org/reminders/stop/{stop_token(owner)}/" in text
        assert "itches, bleeds or worries you needs a doctor" in text
    assert message.body.index("knee") < message.body.index("arm")


def test_a_mole_of_somebody_one_cares_for_is_named_with_its_person(owner):
    father = create_profile(owner=owner, name="Father")
    make_due(create_mole(owner=owner, name="neck", profile=father, body_site="head/neck"))
    make_due(create_mole(owner=owner, name="toe", profile=father))
    send_reminders(now=NINE)
    assert "* neck (Father, head or neck), due today\n" in mail.outbox[0].body
    assert "* toe (Father), due today\n" in mail.outbox[0].body


def test_what_is_deleted_is_not_named(due):
    delete_mole(mole=due)
    assert send_reminders(now=NINE) == 0
    restore_mole(mole=due)
    make_due(due)
    assert send_reminders(now=NINE) == 1


def test_mail_programs_can_stop_the_mails_in_one_click(settings, owner, due):
    settings.SITE_URL = "https://moles.example.org"
    send_reminders(now=NINE)
    headers = mail.outbox[0].message()
    link = f"https://moles.example.org/reminders/stop/{stop_token(owner)}/"
    assert headers["List-Unsubscribe"].strip() == f"<{link}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_one_mole_is_one_in_the_subject(due):
    send_reminders(now=NINE)
    assert mail.outbox[0].subject == "1 mole is due for a new photo"


def test_the_language_is_the_accounts(owner, due):
    update_settings(user=owner, language="de")
    send_reminders(now=NINE)
    assert '<html lang="de">' in mail.outbox[0].alternatives[0][0]
    assert translation.get_language() == "en"


# When ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment", "comes"),
    [
        ("UTC", "2026-05-10T07:59", False),
        ("UTC", "2026-05-10T08:00", True),
        ("UTC", "2026-05-10T11:59", True),
        ("UTC", "2026-05-10T12:00", False),
        # Eight o'clock before and after the clocks change, on 29 March.
        ("Europe/Berlin", "2026-03-28T06:59", False),
        ("Europe/Berlin", "2026-03-28T07:00", True),
        ("Europe/Berlin", "2026-03-29T05:59", False),
        ("Europe/Berlin", "2026-03-29T06:00", True),
        # One moment, two days on the two sides of the date line.
        ("Pacific/Kiritimati", "2026-05-09T18:00", True),
        ("Pacific/Pago_Pago", "2026-05-10T19:00", True),
        ("Pacific/Pago_Pago", "2026-05-09T19:00", False),
    ],
)
def test_it_comes_in_the_morning_of_the_accounts_time_zone(owner, mole, zone, moment, comes):
    update_settings(user=owner, time_zone=zone)
    make_due(mole, date(2026, 3, 28) if "-03-" in moment else date(2026, 5, 10))
    assert send_reminders(now=datetime.fromisoformat(f"{moment}+00:00")) == comes


def test_the_same_moles_are_named_again_after_seven_days_and_not_before(due):
    told = [day for day in range(16) if send_reminders(now=NINE + day * DAY)]
    assert told == [0, 7, 14]


def test_a_mole_that_becomes_due_is_told_of_the_next_day_with_all_that_is_due(owner, due):
    assert send_reminders(now=NINE) == 1
    make_due(create_mole(owner=owner, name="later"), date(2026, 5, 11))
    assert send_reminders(now=NINE + HOUR) == 0
    mail.outbox.clear()
    assert send_reminders(now=NINE + DAY) == 1
    assert "left shoulder" in mail.outbox[0].body
    assert send_reminders(now=NINE + 7 * DAY) == 0  # told again on the 11th, both of them
    assert send_reminders(now=NINE + 8 * DAY) == 1


def test_one_that_was_put_off_is_named_again_when_it_is_due_again(due):
    send_reminders(now=NINE)
    snooze_mole(mole=due, days=3, now=NINE)
    assert [day for day in range(1, 6) if send_reminders(now=NINE + day * DAY)] == [3]


def test_one_that_was_photographed_stopped_or_archived_is_not_named(due, make_photo, owner):
    stopped, archived = (create_mole(owner=owner, name=name) for name in ("stopped", "archived"))
    for mole in (stopped, archived):
        make_due(mole)
    update_mole(mole=stopped, reminder_months=0)
    update_mole(mole=archived, archived=True)
    make_photo(mole=due, taken_at=NINE - HOUR)
    assert send_reminders(now=NINE) == 0


def test_whoever_flies_over_the_date_line_still_gets_one_mail(owner, due):
    update_settings(user=owner, time_zone="Pacific/Pago_Pago")
    make_due(due)
    assert send_reminders(now=datetime(2026, 5, 10, 19, tzinfo=UTC)) == 1
    update_settings(user=owner, time_zone="Pacific/Kiritimati")
    make_due(create_mole(owner=owner, name="new"), date(2026, 5, 11))
    assert send_reminders(now=datetime(2026, 5, 10, 20, tzinfo=UTC)) == 0
    update_settings(user=owner, time_zone="Pacific/Pago_Pago")
    make_due(due)
    assert send_reminders(now=datetime(2026, 5, 17, 19, tzinfo=UTC)) == 1


# Who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"is_active": False}, {"reminder_mails": False}])
def test_closed_accounts_and_those_that_want_none_get_none(owner, due, change):
    User.objects.filter(pk=owner.pk).update(**change)
    assert send_reminders(now=NINE) == 0


def test_where_addresses_are_confirmed_only_confirmed_ones_get_mail(settings, owner, due):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert send_reminders(now=NINE) == 0
    EmailAddress.objects.create(user=owner, email="old@example.org", verified=True)
    address = EmailAddress.objects.create(user=owner, email=owner.email, verified=False, primary=True)
    assert send_reminders(now=NINE) == 0
    address.verified = True
    address.save()
    assert send_reminders(now=NINE) == 1


def test_nobody_hears_of_anothers_moles(owner, another, due):
    make_due(create_mole(owner=another, name="secret"))
    send_reminders(now=NINE)
    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert "secret" not in bodies[owner.email]
    assert "left shoulder" not in bodies[another.email]


def test_accounts_without_anything_due_cost_no_queries_of_their_own(owner, due, another):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            send_reminders(now=NINE)
        return len(captured)

    send_reminders(now=NINE)
    few = queries()
    for number in range(10):
        create_mole(owner=User.objects.create_user(f"{number}@example.org"), name="mole")
    assert queries() == few


# Twice, and never ----------------------------------------------------------------------------


def test_two_ticks_at_once_send_one_mail(owner, due, monkeypatch):
    """The second tick runs whole while the first is about to send."""
    from diagnosis.services import reminder_mails

    make, seconds = reminder_mails._message, []

    def interrupted(*arguments):
        if not seconds:
            seconds.append(None)
            seconds[0] = send_reminders(now=NINE)
        return make(*arguments)

    monkeypatch.setattr(reminder_mails, "_message", interrupted)
    assert send_reminders(now=NINE) == 1
    assert (seconds, mails()) == ([0], ["owner@example.org"])


def test_a_worker_that_dies_in_the_middle_costs_a_day_and_never_a_mail(due, monkeypatch):
    from diagnosis.services import reminder_mails

    class Killed(BaseException):
        pass

    def dies(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(reminder_mails, "_message", dies)
        with pytest.raises(Killed):
            send_reminders(now=NINE)
    assert send_reminders(now=NINE + HOUR) == 0  # nobody knows what became of it
    assert ReminderMail.objects.get().status == "sending"
    assert Mole.objects.get().reminded_on is None
    assert send_reminders(now=NINE + DAY) == 1


def test_beat_has_the_reminders_sent_every_minute_and_the_days_repaired_daily(due):
    schedule = {name: entry["task"] for name, entry in current_app.conf.beat_schedule.items()}
    assert schedule["reminders"] == send_reminders_task.name
    assert schedule["repair-due"] == "diagnosis.repair_due_task"
    assert {entry["task"] for entry in current_app.conf.beat_schedule.values()} <= set(current_app.tasks)
    assert current_app.conf.beat_schedule["reminders"]["schedule"] == 60


def test_an_account_that_is_deleted_takes_its_mails_record_along(owner, due):
    send_reminders(now=NINE)
    owner.delete()
    assert not ReminderMail.objects.exists()
