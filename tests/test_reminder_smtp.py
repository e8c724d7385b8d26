"""Reminder mails over real SMTP: what a server takes, refuses, and leaves in the dark."""

from datetime import UTC, datetime, timedelta

import pytest

from diagnosis.models import Mole, ReminderMail, User
from diagnosis.services import create_mole, send_reminders
from tests.processes import free_port
from tests.smtp import mail_server

NINE = datetime(2026, 5, 10, 9, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def use(settings):
    def point_at(port: int) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.SITE_URL = "https://moles.example.org"

    return point_at


def due(user: User, name: str) -> None:
    mole = create_mole(owner=user, name=name)
    Mole.objects.filter(pk=mole.pk).update(due_on=NINE.date())


def test_a_server_gets_the_mail_as_text_and_html_with_its_headers_whole(use, owner):
    due(owner, "Müttermal\u2028am Ärmel")
    with mail_server() as server:
        use(server.port)
        assert send_reminders(now=NINE) == 1
    (message,) = server.taken
    assert (message["To"], message["Subject"]) == (owner.email, "1 mole is due for a new photo")
    assert message["List-Unsubscribe"].strip().startswith("<https://moles.example.org/reminders/stop/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    for kind in ("plain", "html"):
        assert "Müttermal" in message.get_body((kind,)).get_content()
    assert ReminderMail.objects.get().status == "sent"


def test_a_server_that_is_down_is_tried_again_at_the_next_tick(use, owner):
    due(owner, "arm")
    use(free_port())
    assert send_reminders(now=NINE) == 0
    assert not ReminderMail.objects.exists()
    with mail_server() as server:
        use(server.port)
        assert send_reminders(now=NINE + MINUTE) == 1
        assert send_reminders(now=NINE + 2 * MINUTE) == 0
    assert len(server.taken) == 1


def test_one_address_that_is_refused_holds_up_no_other_and_is_tried_five_times_a_day(use, owner, another):
    due(owner, "arm")
    due(another, "leg")
    tried = []

    def verdict(recipient: str) -> str:
        tried.append(recipient)
        return "450 mailbox busy" if recipient == owner.email else "250 ok"

    with mail_server(verdict) as server:
        use(server.port)
        assert sum(send_reminders(now=NINE + tick * MINUTE) for tick in range(10)) == 1
        assert (tried.count(owner.email), tried.count(another.email)) == (5, 1)
        assert Mole.objects.get(owner=owner).reminded_on is None
        server.verdict = lambda recipient: "250 ok"
        assert send_reminders(now=NINE + DAY) == 1
    assert [message["To"] for message in server.taken] == [another.email, owner.email]


def test_a_mail_whose_fate_is_not_known_is_not_sent_twice_that_day(use, owner):
    due(owner, "arm")
    with mail_server(lambda recipient: None) as server:
        use(server.port)
        assert send_reminders(now=NINE) == 0
        assert len(server.taken) == 1  # it may well have arrived
        server.verdict = lambda recipient: "250 ok"
        assert send_reminders(now=NINE + MINUTE) == 0
        assert send_reminders(now=NINE + DAY) == 1
    assert len(server.taken) == 2
