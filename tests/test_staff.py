"""Staff: a second factor before the administration opens, sessions of a working day, the roles' groups."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.test import Client
from django.urls import reverse

from diagnosis.models import Mole, User
from diagnosis.roles import OPERATOR, REVIEWER, ROLES, SENIOR_REVIEWER, restore_roles
from diagnosis.services import CONSENT_TEXT_VERSION
from diagnosis.services.staff import LOGGED_IN_AT, SECOND_FACTOR_OF
from skinsite import settings as site_settings
from tests.conftest import PASSWORD, STAFF_SECRET, put_in_session
from tests.test_accounts_mfa import code_of
from tests.test_accounts_page import assert_nothing_inline
from tests.test_admin import page_url

HOUR = 3600


def log_in(client: Client, user: User) -> None:
    """As in a browser, with the code of the app where there is one."""
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    if answer.url.startswith("/accounts/2fa/"):
        client.post(answer.url, {"code": code_of(STAFF_SECRET)})


@pytest.fixture
def bare(db) -> User:
    """A superuser without a second factor."""
    return User.objects.create_superuser("bare@example.org", PASSWORD)


# The second factor ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_staff_without_a_second_factor_are_told_why_set_one_up_and_come_back(bare, settings):
    settings.MFA_TOTP_TOLERANCE = 1
    client = Client()
    log_in(client, bare)
    wanted = "/admin/diagnosis/photo/?q=owner"
    led = client.get(wanted)
    assert parse_qs(urlsplit(led.url).query) == {"next": [wanted]}
    page = client.get(led.url).content.decode()
    assert "a password alone, which can be guessed or stolen" in page
    assert 'href="/accounts/2fa/totp/activate/"' in page
    assert_nothing_inline(page)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert 'href="/account/staff/"' in done.content.decode()
    assert client.get("/account/staff/").url == wanted
    assert client.get(wanted).status_code == 200


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_no_address_and_no_method_of_the_admin_opens_without_one(method, bare, mole):
    client = Client()
    log_in(client, bare)
    for url in ("/admin/", page_url(mole), page_url(mole, "delete"), "/admin/no/such/page/"):
        answer = getattr(client, method)(url, {"post": "yes"} if method == "post" else None)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/account/staff/")
    assert Mole.objects.filter(pk=mole.pk).exists()


def test_who_posted_comes_back_to_the_start(bare, mole):
    client = Client()
    log_in(client, bare)
    assert client.post(page_url(mole, "delete"), {"post": "yes"}).url == "/account/staff/?next=%2Fadmin%2F"


def test_recovery_codes_alone_are_no_second_factor(bare):
    Authenticator.objects.create(user=bare, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    client = Client()
    client.force_login(bare)
    put_in_session(client, **{SECOND_FACTOR_OF: str(bare.pk)})
    assert client.get("/admin/").url.startswith("/account/staff/")


def test_a_session_from_before_the_second_factor_is_asked_for_it(bare):
    old, new = Client(), Client()
    log_in(old, bare)
    Authenticator.objects.create(user=bare, type="totp", data={"secret": STAFF_SECRET})
    log_in(new, bare)
    assert new.get("/admin/").status_code == 200
    led = old.get("/admin/")
    page = old.get(led.url).content.decode()
    assert "have not used it since you logged in" in page
    assert 'href="/accounts/2fa/reauthenticate/?next=/account/staff/"' in page


def test_the_code_given_afterwards_opens_the_admin(staff):
    client = Client()
    client.force_login(staff)
    client.get(client.get("/admin/diagnosis/mole/").url)
    asked = "/accounts/2fa/reauthenticate/?next=/account/staff/"
    back = client.post(asked, {"code": code_of(STAFF_SECRET), "next": "/account/staff/"})
    assert client.get(back.url).url == "/admin/diagnosis/mole/"
    assert client.get("/admin/diagnosis/mole/").status_code == 200


def test_the_second_factor_of_one_does_not_count_for_another(staff, bare):
    client = Client()
    client.force_login(staff)
    put_in_session(client, **{SECOND_FACTOR_OF: str(bare.pk)})
    assert client.get("/admin/").url.startswith("/account/staff/")


def test_who_removes_the_second_factor_is_shut_out_at_once(staff, staff_client):
    assert staff_client.get("/admin/").status_code == 200
    Authenticator.objects.filter(user=staff).delete()
    assert staff_client.get("/admin/").url.startswith("/account/staff/")


def test_the_page_leads_nowhere_else(bare):
    client = Client()
    log_in(client, bare)
    client.get("/account/staff/?next=https://example.org/admin/")
    Authenticator.objects.create(user=bare, type="totp", data={"secret": STAFF_SECRET})
    put_in_session(client, **{SECOND_FACTOR_OF: str(bare.pk)})
    assert client.get("/account/staff/").url == "/admin/"


# The working day -----------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "open_still"), [(7.9, True), (8.1, False)])
def test_a_session_of_staff_ends_after_its_hours_whatever_was_done_meanwhile(hours, open_still, staff_client):
    put_in_session(staff_client, **{LOGGED_IN_AT: time.time() - hours * HOUR})
    staff_client.get("/moles/")
    assert (staff_client.get("/admin/").status_code == 200) == open_still


def test_afterwards_the_admin_says_so_asks_to_log_in_and_comes_back(staff, staff_client):
    put_in_session(staff_client, **{LOGGED_IN_AT: time.time() - 9 * HOUR})
    answer = staff_client.get("/admin/diagnosis/mole/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert "Please log in again." in answer.content.decode()
    log_in(staff_client, staff)
    assert staff_client.get("/admin/diagnosis/mole/").status_code == 200


def test_a_post_after_the_end_changes_nothing(staff_client, mole):
    put_in_session(staff_client, **{LOGGED_IN_AT: time.time() - 9 * HOUR})
    assert staff_client.post(page_url(mole, "delete"), {"post": "yes"}).status_code == 302
    assert Mole.objects.filter(pk=mole.pk).exists()


def test_the_hours_are_a_setting(staff_client, settings):
    settings.STAFF_SESSION_HOURS = 1.0
    put_in_session(staff_client, **{LOGGED_IN_AT: time.time() - 2 * HOUR})
    assert staff_client.get("/admin/").status_code == 302


@pytest.mark.parametrize("wrong", ["0", "-1", "eight", "nan", "1000"])
def test_hours_that_are_none_stop_the_start(wrong, monkeypatch):
    monkeypatch.setenv("STAFF_SESSION_HOURS", wrong)
    with pytest.raises(ImproperlyConfigured, match="STAFF_SESSION_HOURS"):
        site_settings._staff_session_hours()


def test_a_session_that_does_not_know_its_age_is_too_old(staff_client):
    """As those are that began before there was this rule."""
    session = staff_client.session
    del session[LOGGED_IN_AT]
    session.save()
    assert staff_client.get("/admin/").status_code == 302
    assert not staff_client.session.get("_auth_user_id")


def test_patients_stay_logged_in(owner_client):
    put_in_session(owner_client, **{LOGGED_IN_AT: time.time() - 100 * HOUR})
    assert owner_client.get("/moles/").status_code == 200


def test_who_becomes_staff_while_logged_in_keeps_the_time_of_the_log_in(owner, owner_client):
    put_in_session(owner_client, **{LOGGED_IN_AT: time.time() - 7 * HOUR})
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    assert owner_client.get("/admin/").url.startswith("/account/staff/")
    put_in_session(owner_client, **{LOGGED_IN_AT: time.time() - 9 * HOUR})
    assert owner_client.get("/admin/").url.startswith("/admin/login/")


def test_confirming_the_password_does_not_make_the_day_longer(staff_client):
    before = time.time() - 7 * HOUR
    put_in_session(staff_client, **{LOGGED_IN_AT: before})
    staff_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert staff_client.session[LOGGED_IN_AT] == before


# The groups ----------------------------------------------------------------------------------


def permissions_of(role: str) -> set[str]:
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {".".join(one) for one in found}


@pytest.mark.django_db
def test_each_group_may_exactly_what_its_role_says():
    assert {role: permissions_of(role) for role in ROLES} == ROLES


def test_no_role_may_see_photos_or_give_rights_or_delete():
    for permissions in ROLES.values():
        verbs = {one.split(".")[1] for one in permissions}
        assert not [one for one in verbs if one.startswith(("add_", "delete_")) or one.endswith("_photo")]
        assert [one for one in verbs if one.startswith("change_")] in ([], ["change_user"])
    assert ROLES[REVIEWER] < ROLES[SENIOR_REVIEWER]
    assert "diagnosis.read_case" not in ROLES[OPERATOR]


@pytest.mark.django_db
def test_a_group_that_was_changed_or_deleted_is_as_before_after_the_next_migration():
    Group.objects.get(name=REVIEWER).permissions.clear()
    Group.objects.get(name=SENIOR_REVIEWER).permissions.add(
        *Group.objects.get(name=OPERATOR).permissions.all()
    )
    Group.objects.get(name=OPERATOR).delete()
    own = Group.objects.create(name="of the site's own")
    for _ in range(2):
        call_command("migrate", verbosity=0)
        assert {role: permissions_of(role) for role in ROLES} == ROLES
    assert list(Group.objects.exclude(name__in=ROLES)) == [own]


@pytest.mark.django_db
def test_a_flush_brings_them_back():
    Group.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")  # its last step
    assert {role: permissions_of(role) for role in ROLES} == ROLES


@pytest.mark.django_db
def test_an_earlier_migration_has_the_groups_with_what_there_is():
    class Earlier:
        """Django's apps without what came later."""

        get_model = staticmethod(apps.get_model)

        @staticmethod
        def get_app_config(label):
            raise LookupError(label)

    Group.objects.all().delete()
    restore_roles(apps=Earlier(), verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_the_privacy_page_says_that_looks_are_logged_and_is_a_new_text(anonymous_client):
    page = " ".join(anonymous_client.get(reverse("privacy")).content.decode().split())
    assert "must say why before they see a person’s photos" in page
    assert "who saw which photo, when and for what reason" in page
    assert CONSENT_TEXT_VERSION > "2026-11-24-6"


# Accounts ------------------------------------------------------------------------------------


def save(client: Client, user: User, **form: object) -> int:
    """Sends the page of an account as a browser does, with nothing ticked but what is said here."""
    page = client.get(page_url(user))
    for inline in page.context["inline_admin_formsets"]:
        form |= {f"{inline.formset.prefix}-{count}_FORMS": 0 for count in ("TOTAL", "INITIAL")}
    return client.post(page_url(user), form).status_code


def test_an_operator_closes_and_opens_accounts_of_people(operator_client, owner, owner_client):
    assert owner_client.get("/moles/").status_code == 200
    assert save(operator_client, owner) == 302
    assert owner_client.get("/moles/").status_code == 302
    assert save(operator_client, owner, is_active="on") == 302
    assert owner_client.get("/moles/").status_code == 200


def test_a_superuser_makes_somebody_a_reviewer_who_then_needs_a_second_factor(staff_client, owner):
    group = Group.objects.get(name=REVIEWER)
    assert save(staff_client, owner, is_active="on", is_staff="on", groups=[group.pk]) == 302
    owner.refresh_from_db()
    assert owner.has_perm("diagnosis.read_case")
    client = Client()
    log_in(client, owner)
    assert client.get("/admin/").url.startswith(reverse("staff-access"))
