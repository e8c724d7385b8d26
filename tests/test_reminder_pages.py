"""Reminders on the pages: what is due in the register, on a mole's page, and behind the mail's link."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from diagnosis.models import Mole
from diagnosis.pages.wording import due as due_words
from diagnosis.services import create_mole, stop_token, update_mole
from tests.queries import queries_of
from tests.test_pages_moles import text

LIST = reverse("mole-list")


@pytest.fixture
def today(owner):
    return owner.today()


def make_due(mole: Mole, day) -> Mole:
    Mole.objects.filter(pk=mole.pk).update(due_on=day)
    return mole


@pytest.fixture
def moles(owner, today):
    """Due three days ago, in twelve days, and never."""
    rows = {"late": today - timedelta(days=3), "early": today + timedelta(days=12), "never": None}
    return {name: make_due(create_mole(owner=owner, name=name), day) for name, day in rows.items()}


def names(client: Client, **wanted: str) -> list[str]:
    page = client.get(LIST, wanted).content.decode()
    return re.findall(r'stretched-link" href="[^"]+">([^<]+)<', page)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "due today"),
        (1, "due in 1 day"),
        (12, "due in 12 days"),
        (-1, "due 1 day ago"),
        (-3, "due 3 days ago"),
    ],
)
def test_days_are_counted_from_today(days, words, today):
    assert due_words(today + timedelta(days=days)) == words


def test_each_card_says_when_its_mole_is_due(owner_client, moles):
    page = text(owner_client.get(LIST))
    assert "Due 3 days ago" in page
    assert "Due in 12 days" in page
    assert page.count('class="when-due') == 2


def test_the_register_shows_what_is_due_and_orders_by_it(owner_client, moles, another_client):
    assert names(owner_client, show="due") == ["late"]
    assert names(owner_client, sort="due") == ["late", "early", "never"]
    assert names(another_client, show="due") == []


def test_what_is_due_depends_on_the_owners_clock(owner_client, owner, mole):
    owner.time_zone = "Pacific/Kiritimati"
    owner.save()
    make_due(mole, owner.today())
    assert "Due today" in text(owner_client.get(LIST))
    owner.time_zone = "Pacific/Honolulu"  # 24 hours behind: one day, whatever the hour
    owner.save()
    assert "Due in 1 day" in text(owner_client.get(LIST))
    assert names(owner_client, show="due") == []


def test_due_moles_cost_no_more_queries_than_few(owner_client, owner, today, make_photo):
    def more(count: int) -> None:
        for _ in range(count):
            mole = create_mole(owner=owner, name="mole")
            make_photo(mole=mole)
            make_due(mole, today)

    more(2)
    few = queries_of(owner_client, LIST, {"show": "due", "sort": "due"})
    stop = reverse("reminders-stop", args=[stop_token(owner)])
    at_stop = queries_of(owner_client, stop)
    more(6)
    assert queries_of(owner_client, LIST, {"show": "due", "sort": "due"}) == few <= 12
    assert queries_of(owner_client, stop) == at_stop <= 12
    assert queries_of(owner_client, reverse("mole", args=[Mole.objects.first().pk])) <= 12


# A mole's page -------------------------------------------------------------------------------


def test_an_interval_is_chosen_on_the_moles_page(owner_client, owner, mole):
    url = reverse("mole-reminder", args=[mole.pk])
    page = text(owner_client.post(url, {"reminder_months": "6"}, follow=True))
    assert "is to be photographed again on" in page
    assert '<option value="6" selected>every 6 months' in page
    owner_client.post(url, {"reminder_months": ""})
    mole.refresh_from_db()
    assert mole.reminder_months is None


def test_reminders_of_a_mole_are_stopped_with_one_button_and_begin_again(owner_client, mole):
    url = reverse("mole-reminder", args=[mole.pk])
    page = text(owner_client.post(url, {"reminder_months": "0"}, follow=True))
    assert "You are not reminded of “left shoulder” any more." in page
    assert "You chose not to be reminded of this mole." in page
    mole.refresh_from_db()
    assert mole.due_on is None
    owner_client.post(url, {"reminder_months": "1"})
    mole.refresh_from_db()
    assert mole.due_on is not None


def test_what_is_due_can_be_put_off_and_what_is_not_has_no_such_button(owner_client, mole, today):
    page = reverse("mole", args=[mole.pk])
    update_mole(mole=mole, reminder_months=1)
    assert "Remind me later" not in text(owner_client.get(page))
    make_due(mole, today)
    assert "Remind me later" in text(owner_client.get(page))
    answer = owner_client.post(reverse("mole-snooze", args=[mole.pk]), {"days": "14"}, follow=True)
    assert "due in 14 days" in text(answer)
    mole.refresh_from_db()
    assert mole.due_on == mole.snoozed_until == today + timedelta(days=14)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("mole-reminder", {"reminder_months": "4"}, "Select a valid choice."),
        ("mole-reminder", {"reminder_months": "soon"}, "Select a valid choice."),
        ("mole-snooze", {"days": "8"}, "in 1 week, in 2 weeks or in 1 month."),
        ("mole-snooze", {}, "in 1 week, in 2 weeks or in 1 month."),
    ],
)
def test_what_is_no_choice_is_refused_with_what_to_do(owner_client, mole, name, data, words):
    answer = owner_client.post(reverse(name, args=[mole.pk]), data)
    assert answer.status_code == 422
    assert words in text(answer)
    mole.refresh_from_db()
    assert (mole.reminder_months, mole.snoozed_until) == (None, None)


@pytest.mark.parametrize(
    ("name", "data"), [("mole-reminder", {"reminder_months": "1"}), ("mole-snooze", {"days": "7"})]
)
def test_a_reminder_of_an_archived_mole_is_refused_and_says_what_to_do(owner_client, mole, name, data):
    update_mole(mole=mole, archived=True)
    answer = owner_client.post(reverse(name, args=[mole.pk]), data)
    assert answer.status_code == 422
    assert text(answer).count("Bring it back first, then choose when to be reminded.") == 1
    assert "archived, so you are not reminded of it" in text(
        owner_client.get(reverse("mole", args=[mole.pk]))
    )


# The link in the mail ------------------------------------------------------------------------


@pytest.fixture
def stop(owner):
    return reverse("reminders-stop", args=[stop_token(owner)])


def test_a_mail_program_stops_all_mails_by_a_post_without_a_log_in(owner, stop):
    """RFC 8058: this body, no cookies, no token against forgery."""
    client = Client(enforce_csrf_checks=True)
    answer = client.post(stop, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    owner.refresh_from_db()
    assert owner.reminder_mails is False
    assert client.post(stop).status_code == 200  # pressed twice


def test_opening_the_link_changes_nothing_and_shows_one_button(owner, stop, anonymous_client, moles):
    answer = anonymous_client.get(stop)
    owner.refresh_from_db()
    assert owner.reminder_mails is True
    page = text(answer)
    assert page.count('<button class="btn') == 1
    assert str(moles["late"].pk) not in page
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in answer["Cache-Control"]


def test_to_its_owner_the_link_also_shows_each_due_mole(owner_client, another_client, stop, moles):
    page = text(owner_client.get(stop))
    assert reverse("mole-snooze", args=[moles["late"].pk]) in page
    assert str(moles["early"].pk) not in page
    assert str(moles["late"].pk) not in text(another_client.get(stop))


@pytest.mark.parametrize("wrong", ["", "x", "0" * 32, "0" * 32 + ":" + "A" * 43])
def test_a_made_up_link_leads_nowhere(owner, anonymous_client, wrong):
    url = f"/reminders/stop/{wrong or stop_token(owner)[:-1]}/"
    assert anonymous_client.get(url).status_code == anonymous_client.post(url).status_code == 404
    owner.refresh_from_db()
    assert owner.reminder_mails is True


def test_the_link_of_a_deleted_account_leads_nowhere(owner, anonymous_client, stop):
    owner.delete()
    assert anonymous_client.get(stop).status_code == 404
