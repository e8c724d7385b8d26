"""The log outlives accounts and names nobody; staff, reminders and the worker leave events too."""

import json
import smtplib
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from diagnosis import inference
from diagnosis.classifiers import CURRENT
from diagnosis.models import Consent, Event, Mole, Photo, User
from diagnosis.services import (
    create_mole,
    create_profile,
    create_share,
    delete_account,
    leave_note,
    open_share,
    record_consent,
    record_event,
    run_export,
    send_reminders,
    set_training_consent,
    snooze_mole,
    start_export,
    stop_token,
    submit_photo,
    update_mole,
    update_profile,
    update_settings,
)
from tests.artifacts import VERSION
from tests.conftest import PASSWORD
from tests.pictures import mole_jpeg

NINE = datetime(2026, 5, 10, 9, tzinfo=UTC)
# Whatever somebody typed; each of these words is stored somewhere.
TYPED = (
    "zebra@example.org",
    "Zebrafish",
    "zebra-mole",
    "zebra-note",
    "zebra-label",
    "Dr Zebra",
    "zebra-text",
)


def actions(**by: Any) -> list[str]:
    return list(Event.objects.filter(**by).order_by("pk").values_list("action", flat=True))


def columns(event: Event) -> str:
    return json.dumps([str(getattr(event, field.attname)) for field in Event._meta.concrete_fields])


def test_an_account_goes_and_its_events_stay_and_name_nobody(db: None, photo_folder: Any) -> None:
    email, person, name, note, label, author, text = TYPED
    user = User.objects.create_user(email, PASSWORD)
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": "zebra-wrong"})
    client.post("/accounts/login/", {"login": email.replace("zebra", "zebra-nobody"), "password": PASSWORD})
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    record_consent(user=user)
    set_training_consent(user=user, given=True)
    set_training_consent(user=user, given=False)
    profile = create_profile(owner=user, name=person)
    update_profile(profile=profile, name=f"{person} II")
    mole = create_mole(owner=user, profile=profile, name=name, notes=note)
    update_mole(mole=mole, notes=f"{note} again", reminder_months=1)
    snooze_mole(mole=mole, days=3)
    submit_photo(owner=user, mole=mole, file=BytesIO(mole_jpeg()), note=note)
    issued = create_share(owner=user, moles=[mole], label=label)
    open_share(share=issued.share)
    leave_note(share=issued.share, mole=mole, author=author, text=text, action="nothing")
    update_settings(user=user, time_zone="Europe/Vienna")
    run_export(start_export(owner=user).pk)
    user_id, before = user.pk, Event.objects.count()
    delete_account(user=user)

    assert not User.objects.filter(pk=user_id).exists()
    assert Event.objects.count() > before
    gone = Event.objects.get(action="user.deleted")
    assert gone.object_id == str(user_id)
    assert gone.details == {"profiles": 2, "moles": 1, "photos": 1, "predictions": 1}
    assert len(actions(object_id=str(user_id))) >= 5
    for event in Event.objects.all():
        assert "zebra" not in columns(event).lower(), event.action
        assert "@" not in columns(event)


def test_an_account_deleted_on_its_page_is_told_of_once(owner: User, owner_client: Client) -> None:
    owner_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    before, pk = Event.objects.count(), owner.pk
    page = owner_client.get("/account/delete/")
    fields = dict.fromkeys(page.context["form"].fields, "on")
    response = owner_client.post("/account/delete/", fields)
    assert not User.objects.filter(pk=pk).exists()
    (event,) = Event.objects.order_by("pk")[before:]
    assert (event.action, event.actor, event.request_id) == ("user.deleted", pk, response["X-Request-ID"])


def test_training_is_allowed_and_taken_back(owner: User) -> None:
    for given in (True, True, False, False, True):
        set_training_consent(user=owner, given=given)
    events = Event.objects.filter(object_type="consent").order_by("pk")
    assert [event.action for event in events] == ["consent.given", "consent.withdrawn", "consent.given"]
    assert {event.object_id for event in events} == {str(one.pk) for one in Consent.objects.all()}
    assert events[0].details["text_version"]


def test_a_reminder_is_told_of_when_it_is_sent_and_when_they_end(owner: User, mole: Mole) -> None:
    Mole.objects.filter(pk=mole.pk).update(due_on=NINE.date())
    assert send_reminders(now=NINE) == 1
    sent = Event.objects.get(action="reminder.sent")
    assert (sent.actor, sent.object_id, sent.details) == (
        None,
        str(owner.pk),
        {"day": "2026-05-10", "moles": 1},
    )
    for _ in range(2):
        Client().post(reverse("reminders-stop", args=[stop_token(owner)]))
    stopped = Event.objects.get(action="user.changed")
    assert (stopped.actor, stopped.details) == (None, {"fields": ["reminder_mails"]})


def test_a_mail_that_is_refused_is_told_of(owner: User, mole: Mole, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    Mole.objects.filter(pk=mole.pk).update(due_on=NINE.date())
    assert send_reminders(now=NINE) == 0
    assert actions(action__startswith="reminder.") == ["reminder.refused"]


def test_the_worker_tells_what_it_recorded(photo: Photo, settings: Any, tiny_artifact: Any) -> None:
    settings.MODEL_FOLDER, settings.MODEL_VERSION = tiny_artifact, VERSION
    CURRENT.drop()
    prediction = photo.predictions.get()
    try:
        for _ in range(2):
            inference.run_prediction(prediction.pk)
    finally:
        CURRENT.drop()
    prediction.refresh_from_db()
    event = Event.objects.get(action="prediction.recorded")
    assert (event.actor, event.object_id, event.request_id) == (None, str(prediction.pk), "")
    assert event.details == {"status": prediction.status, "model_version": VERSION}


# Staff ----------------------------------------------------------------------------------------


def test_who_gets_which_rights_from_whom(owner: User, staff: User, staff_client: Client) -> None:
    group = Group.objects.create(name="reader")
    url = reverse("admin:diagnosis_user_change", args=[owner.pk])
    inlines = {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("consents", "moles", "photos")
        for name in ("TOTAL", "INITIAL")
    }
    form = {"is_active": "on", "is_staff": "on", "groups": group.pk, **inlines}
    for _ in range(2):
        response = staff_client.post(url, form)
        assert response.status_code == 302
    event = Event.objects.get(action="user.changed")
    assert (event.actor, event.object_id) == (staff.pk, str(owner.pk))
    assert event.details == {
        "fields": ["groups", "is_staff"],
        "now": {"groups": [str(group.pk)], "is_staff": True},
    }


def test_groups_are_made_and_changed_and_removed_in_the_log(staff: User, staff_client: Client) -> None:
    staff_client.post(reverse("admin:auth_group_add"), {"name": "reader"})
    group = Group.objects.get(name="reader")
    right = Permission.objects.get(codename="view_mole").pk
    change = reverse("admin:auth_group_change", args=[group.pk])
    staff_client.post(change, {"name": "reader", "permissions": right})
    action = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
    staff_client.post(reverse("admin:auth_group_changelist"), action)
    events = Event.objects.filter(object_type="group").order_by("pk")
    assert [event.action for event in events] == ["group.created", "group.changed", "group.removed"]
    assert {event.actor for event in events} == {staff.pk}
    assert events[1].details == {"fields": ["permissions"], "now": {"permissions": [str(right)]}}


def test_staff_end_sessions_and_remove_factors(owner: User, staff: User, staff_client: Client) -> None:
    factor = Authenticator.objects.create(user=owner, type="totp", data={"secret": "x"})
    session = UserSession.objects.create(user=owner, ip="10.0.0.1", session_key="abc", user_agent="Firefox")
    staff_client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    staff_client.post(reverse("admin:usersessions_usersession_delete", args=[session.pk]), {"post": "yes"})
    events = list(Event.objects.order_by("-pk")[:2])
    assert [event.action for event in events] == ["session.ended", "user.factor_removed"]
    assert {event.actor for event in events} == {staff.pk}


def test_an_event_is_of_who_is_named_even_where_somebody_else_asks(owner: User, mole: Mole) -> None:
    assert record_event("mole.seen", mole, actor=owner.pk, reason="second look").actor == owner.pk
    assert record_event("site.seen").object_id == "site"
