"""Time zone, language and reminder mails: on their page, at sign-up, over the API; and what follows them."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser

from diagnosis.models import Mole, Photo, User
from diagnosis.models.user import time_zones
from diagnosis.pages.account_settings import zone_choices
from diagnosis.services import CONSENT_TEXT_VERSION, create_share, update_settings
from tests.browser import log_in
from tests.processes import PASSWORD, Site
from tests.queries import queries_of
from tests.test_pages_moles import text

SETTINGS = reverse("account-settings")
ME = "/api/v1/me/"


def stored(owner: User) -> tuple[str, str, bool]:
    return User.objects.values_list("time_zone", "language", "reminder_mails").get(pk=owner.pk)


def test_all_three_are_set_on_one_page(owner_client, owner):
    form = {"time_zone": "America/Argentina/Ushuaia", "language": "es"}
    page = text(owner_client.post(SETTINGS, form, follow=True))
    assert "Saved." in page
    assert stored(owner) == ("America/Argentina/Ushuaia", "es", False)
    assert '<option value="America/Argentina/Ushuaia" selected>Argentina/Ushuaia' in page
    owner_client.post(SETTINGS, {"time_zone": "", "language": "", "reminder_mails": "on"})
    assert stored(owner) == ("", "", True)


@pytest.mark.parametrize(
    "form", [{"time_zone": "Mars/Olympus_Mons"}, {"time_zone": "../../etc/passwd"}, {"language": "tlh"}]
)
def test_what_there_is_not_is_refused_and_nothing_is_changed(owner_client, owner, form):
    answer = owner_client.post(SETTINGS, {"time_zone": "UTC"} | form)
    assert answer.status_code == 422
    assert "Select a valid choice." in text(answer)
    assert stored(owner) == ("", "", True)
    with pytest.raises(ValidationError):
        update_settings(user=owner, **form)


def test_the_list_has_every_place_and_keeps_an_unusual_name_that_was_chosen():
    choices = zone_choices("Etc/GMT+5")
    names = [name for _, group in choices if isinstance(group, list) for name, _ in group]
    assert {"Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati", "America/Argentina/Ushuaia"} <= set(names)
    assert ("Etc/GMT+5", "Etc/GMT+5") in choices
    assert set(names) <= time_zones()


def test_the_account_page_leads_there(owner_client):
    assert SETTINGS in text(owner_client.get(reverse("account")))


# The browser's time zone ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"), [("Asia/Kathmandu", "Asia/Kathmandu"), ("Mars/Olympus_Mons", ""), ("", "")]
)
def test_sign_up_takes_the_browsers_time_zone_where_there_is_such_a_one(db, sent, kept):
    form = {"email": "new@example.org", "password1": "a long password", "password2": "a long password"}
    client = Client()
    client.cookies["time_zone"] = sent
    client.post(reverse("account_signup"), form | {"storage": "on", "of_age": "on"})
    assert User.objects.get().time_zone == kept


def test_a_log_in_takes_it_once_and_never_over_what_was_chosen(owner):
    for zone in ("Asia/Kathmandu", "Europe/Berlin"):
        client = Client()
        client.cookies["time_zone"] = zone
        client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
        assert stored(owner)[0] == "Asia/Kathmandu"


def test_a_browser_names_its_time_zone_when_it_logs_in(site: Site, browser: Browser) -> None:
    site.make_user("zone@example.org")
    page = browser.new_context(timezone_id="Pacific/Chatham").new_page()
    log_in(page, site.url, "zone@example.org", PASSWORD)
    page.goto(f"{site.url}{SETTINGS}")
    assert page.get_by_label("Time zone").input_value() == "Pacific/Chatham"


# What follows them ---------------------------------------------------------------------------


@pytest.fixture
def at_night(owner, photo) -> Photo:
    """Taken half an hour before midnight in UTC."""
    Photo.objects.filter(pk=photo.pk).update(taken_at=datetime(2026, 3, 5, 23, 30, tzinfo=UTC))
    return photo


@pytest.mark.parametrize(("zone", "day"), [("", "5 March 2026"), ("Asia/Tokyo", "6 March 2026")])
def test_dates_on_pages_are_those_of_the_accounts_time_zone(owner, owner_client, at_night, zone, day):
    update_settings(user=owner, time_zone=zone)
    share = create_share(owner=owner, moles=[at_night.mole])
    for url in (reverse("mole", args=[at_night.mole_id]), reverse("mole-report", args=[at_night.mole_id])):
        assert day in text(owner_client.get(url))
    # And for whoever the owner shows them to.
    assert day in text(Client().get(reverse("shared", args=[share.token])))


def test_a_time_zone_costs_no_query_and_ends_with_its_request(owner, owner_client):
    before = queries_of(owner_client, SETTINGS)
    update_settings(user=owner, time_zone="Asia/Tokyo")
    assert queries_of(owner_client, SETTINGS) == before
    assert timezone.get_current_timezone_name() == "UTC"


# The API -------------------------------------------------------------------------------------


def patch(client: Client, url: str, **body):
    return client.patch(url, body, content_type="application/json")


def test_the_api_shows_and_changes_all_three(owner_client, owner):
    me = owner_client.get(ME).json()
    assert (me["time_zone"], me["language"], me["reminder_mails"]) == ("", "", True)
    answer = patch(owner_client, ME, time_zone="Europe/Berlin", language="de", reminder_mails=False)
    assert answer.status_code == 200
    assert stored(owner) == ("Europe/Berlin", "de", False)
    patch(owner_client, ME, language="en", email="thief@example.org", id="x")
    assert stored(owner) == ("Europe/Berlin", "en", False)
    assert User.objects.get().email == owner.email


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus_Mons"),
        ("time_zone", None),
        ("language", "tlh"),
        ("reminder_mails", "maybe"),
    ],
)
def test_the_api_refuses_what_there_is_not(owner_client, owner, field, value):
    answer = patch(owner_client, ME, **{field: value})
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, [field])
    assert stored(owner) == ("", "", True)


def test_nobody_without_an_account_changes_one(anonymous_client, owner):
    assert patch(anonymous_client, ME, language="de").status_code == 401


def test_moles_have_an_interval_and_a_day_over_the_api(owner_client, owner, mole):
    url = f"/api/v1/moles/{mole.pk}/"
    answer = patch(owner_client, url, reminder_months=6, due_on="2000-01-01").json()
    due = Mole.objects.get().due_on
    assert (answer["reminder_months"], answer["due_on"]) == (6, due.isoformat())
    assert due > owner.today()
    for wrong in (4, "soon", -1):
        assert patch(owner_client, url, reminder_months=wrong).status_code == 400
    assert patch(owner_client, url, reminder_months=0).json()["due_on"] is None
    assert patch(owner_client, url, reminder_months=None).json()["due_on"] is not None


def test_moles_are_put_off_and_listed_by_whether_they_are_due(owner_client, owner, mole, another):
    Mole.objects.create(owner=another, name="of another", due_on=owner.today())
    other = Mole.objects.create(owner=owner, name="never")
    Mole.objects.filter(pk=mole.pk).update(due_on=owner.today())

    def listed(due: str) -> list[str]:
        return [one["id"] for one in owner_client.get("/api/v1/moles/", {"due": due}).json()["results"]]

    assert (listed("true"), listed("false")) == ([str(mole.pk)], [str(other.pk)])
    snooze = f"/api/v1/moles/{mole.pk}/snooze/"
    answer = owner_client.post(snooze, {"days": 14}, content_type="application/json")
    assert (answer.status_code, answer.json()["due_on"]) == (
        200,
        Mole.objects.get(pk=mole.pk).due_on.isoformat(),
    )
    assert (Mole.objects.get(pk=mole.pk).due_on - owner.today()).days == 14
    assert listed("true") == []
    for wrong in ({"days": 0}, {"days": 367}, {"days": "x"}, {}):
        assert owner_client.post(snooze, wrong, content_type="application/json").status_code == 400


@pytest.mark.parametrize(("path", "body"), [("", {"reminder_months": 1}), ("snooze/", {"days": 7})])
def test_the_api_refuses_a_reminder_of_an_archived_mole(owner_client, mole, path, body):
    url = f"/api/v1/moles/{mole.pk}/"
    patch(owner_client, url, archived=True)
    send = owner_client.post if path else owner_client.patch
    answer = send(url + path, body, content_type="application/json")
    assert answer.status_code == 400
    assert "Bring it back first" in answer.json()["error"]["message"]
    assert Mole.objects.get().due_on is None


def test_the_privacy_page_tells_of_the_mails_and_is_a_new_text(anonymous_client):
    page = text(anonymous_client.get(reverse("privacy")))
    assert "at most one a day" in page
    assert "To stop these mails" in page
    assert CONSENT_TEXT_VERSION > "2026-11-24-1"
