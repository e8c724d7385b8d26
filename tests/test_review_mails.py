"""The mail that a clinician has looked: to whom wants it, once, over real SMTP, and of nothing but that."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from celery import current_app
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Case, Event, Photo, User
from diagnosis.services import REVIEWS, delete_photo, send_review_mails, stop_token, update_settings
from diagnosis.tasks import send_review_mails_task
from tests.processes import free_port
from tests.readings import looked
from tests.smtp import mail_server
from tests.test_pages_moles import text

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def wanted(owner):
    """The owner has wanted mails for a week."""
    update_settings(user=owner, review_mails=True)
    User.objects.filter(pk=owner.pk).update(review_mails_since=timezone.now() - 7 * DAY)
    return owner


@pytest.fixture
def news(wanted, photo) -> Case:
    return looked(photo, "urgent", note="Asymmetric.")


@pytest.fixture
def use(settings):
    def point_at(port: int) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

    return point_at


# What it says ----------------------------------------------------------------------------------


def test_it_says_that_there_is_news_and_nothing_of_the_finding(settings, news, photo):
    settings.SITE_URL = "https://moles.example.org"
    assert send_review_mails() == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (
        ["owner@example.org"],
        "A clinician has looked at a photo of yours",
    )
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    for said in (message.body, html):
        assert f"https://moles.example.org/photos/{photo.pk}/" in said
        assert f"/reviews/stop/{stop_token(news.photo.owner, REVIEWS)}/" in said
        assert "itches, bleeds or worries you needs a doctor" in said
        for finding in ("see a doctor soon", "left shoulder", "Asymmetric", "raised", "%", "reader@"):
            assert finding not in said, finding
    assert Event.objects.filter(action="case.told", object_id=str(news.pk)).count() == 1


def test_several_photos_make_one_mail_with_a_link_each(wanted, make_photo):
    photos = [make_photo() for _ in range(3)]
    for one in photos:
        looked(one, "nothing")
    assert send_review_mails() == 1
    assert mail.outbox[0].subject == "A clinician has looked at 3 photos of yours"
    for one in photos:
        assert mail.outbox[0].body.count(str(one.pk)) == 1


def test_language_and_time_zone_are_the_accounts(wanted, make_photo):
    update_settings(user=wanted, language="de", time_zone="Asia/Tokyo")
    looked(make_photo(taken_at=datetime(2026, 3, 5, 23, 30, tzinfo=UTC)), "nothing")
    send_review_mails()
    html = mail.outbox[0].alternatives[0][0]
    assert '<html lang="de">' in html
    assert "6. März 2026" in html


def test_mail_programs_can_stop_them_in_one_click_and_reminders_go_on(settings, news):
    settings.SITE_URL = "https://moles.example.org"
    send_review_mails()
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    link = headers["List-Unsubscribe"].strip(" <>").removeprefix("https://moles.example.org")
    client = Client(enforce_csrf_checks=True)
    page = client.get(link)
    assert "Stop mails on reviews?" in text(page)
    assert page["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert User.objects.get(pk=news.photo.owner_id).review_mails
    assert "These mails are stopped" in text(client.post(link, {"List-Unsubscribe": "One-Click"}))
    owner = User.objects.get(pk=news.photo.owner_id)
    assert (owner.review_mails, owner.review_mails_since, owner.reminder_mails) == (False, None, True)


def test_a_link_stops_only_the_mails_that_it_came_with(client, owner):
    assert client.get(reverse("review-mails-stop", args=[stop_token(owner)])).status_code == 404
    assert client.get(reverse("reminders-stop", args=[stop_token(owner, REVIEWS)])).status_code == 404


# Who, and of what ------------------------------------------------------------------------------


def test_nobody_who_does_not_want_it_gets_it_nor_of_what_was_before(owner, make_photo):
    looked(make_photo(), "urgent")
    assert send_review_mails() == 0
    update_settings(user=owner, review_mails=True)
    assert send_review_mails() == 0
    looked(make_photo(), "urgent")
    assert send_review_mails() == 1
    assert len(Case.objects.filter(told_at=None)) == 1


def test_switching_on_twice_keeps_the_first_moment(wanted):
    since = User.objects.get(pk=wanted.pk).review_mails_since
    update_settings(user=User.objects.get(pk=wanted.pk), review_mails=True)
    assert User.objects.get(pk=wanted.pk).review_mails_since == since


def test_a_case_that_is_open_is_no_news(wanted, news):
    Case.objects.update(status="waiting", closed_at=None, diagnosis="", recommendation="")
    assert send_review_mails() == 0


def test_closed_accounts_unconfirmed_addresses_and_deleted_photos_get_none(settings, news, photo):
    User.objects.filter(pk=news.photo.owner_id).update(is_active=False)
    assert send_review_mails() == 0
    User.objects.update(is_active=True)
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert send_review_mails() == 0
    EmailAddress.objects.create(user=photo.owner, email=photo.owner.email, verified=True, primary=True)
    delete_photo(photo=Photo.objects.get())
    assert send_review_mails() == 0
    Photo.everything.update(deleted_at=None)
    assert send_review_mails() == 1


def test_what_is_older_than_a_week_is_not_told(news):
    assert send_review_mails(now=news.closed_at + 7 * DAY) == 0
    assert send_review_mails(now=news.closed_at + 7 * DAY - MINUTE) == 1


# Once ------------------------------------------------------------------------------------------


def test_each_case_is_told_once(news):
    assert [send_review_mails() for _ in range(3)] == [1, 0, 0]
    news.refresh_from_db()
    assert (news.told_at is not None, news.tell_attempts) == (True, 1)


def test_two_ticks_at_once_send_one_mail(news, monkeypatch):
    """The second tick runs whole while the first is about to send."""
    from diagnosis.services.reviews import mails as review_mails

    make, inner = review_mails._message, []

    def interrupted(*arguments):
        inner.append(send_review_mails())
        return make(*arguments)

    monkeypatch.setattr(review_mails, "_message", interrupted)
    assert send_review_mails() == 1
    assert (inner, len(mail.outbox)) == ([0], 1)


def test_a_server_that_is_down_is_tried_again_at_the_next_tick(use, news):
    use(free_port())
    assert send_review_mails() == 0
    assert Case.objects.get().told_at is None
    with mail_server() as server:
        use(server.port)
        assert send_review_mails() == 1
    (message,) = server.taken
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_an_address_that_is_refused_holds_up_no_other_and_is_tried_five_times(use, news, another, make_photo):
    update_settings(user=another, review_mails=True)
    looked(make_photo(owner=another), "nothing")
    start = Case.objects.latest("closed_at").closed_at
    tried: list[str] = []

    def verdict(recipient: str) -> str:
        tried.append(recipient)
        return "450 mailbox busy" if recipient == "owner@example.org" else "250 ok"

    moments = [timedelta(0), MINUTE, 11 * MINUTE, HOUR, HOUR + MINUTE, 7 * HOUR, DAY, 2 * DAY, 3 * DAY]
    with mail_server(verdict) as server:
        use(server.port)
        assert sum(send_review_mails(now=start + moment) for moment in moments) == 1
    assert (tried.count("owner@example.org"), tried.count("another@example.org")) == (5, 1)
    news.refresh_from_db()
    assert (news.told_at, news.tell_attempts) == (None, 5)
    actions = Event.objects.filter(object_id=str(news.pk)).values_list("action", flat=True)
    assert [list(actions).count(action) for action in ("case.told", "case.not_told")] == [5, 5]


def test_a_mail_whose_fate_is_not_known_is_not_sent_twice(use, news):
    with mail_server(lambda recipient: None) as server:
        use(server.port)
        assert send_review_mails() == 0
        server.verdict = lambda recipient: "250 ok"
        assert send_review_mails(now=news.closed_at + HOUR) == 0
    assert len(server.taken) == 1


def test_beat_has_them_sent_every_minute():
    entry = current_app.conf.beat_schedule["review-mails"]
    assert (entry["task"], entry["schedule"]) == (send_review_mails_task.name, 60)


# The setting -----------------------------------------------------------------------------------


def test_page_and_api_switch_them_on_and_off(owner_client, owner):
    def stored() -> bool:
        return User.objects.get(pk=owner.pk).review_mails

    page = reverse("account-settings")
    assert "Mail me when a clinician has looked at a photo" in text(owner_client.get(page))
    assert owner_client.get("/api/v1/me/").json()["review_mails"] is False
    owner_client.post(page, {"time_zone": "", "language": "", "review_mails": "on"})
    assert stored()
    owner_client.post(page, {"time_zone": "", "language": ""})
    assert not stored()
    owner_client.patch("/api/v1/me/", {"review_mails": True}, content_type="application/json")
    assert stored()
    assert owner_client.get("/api/v1/me/").json()["review_mails"] is True
