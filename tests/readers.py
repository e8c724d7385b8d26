"""Who reads photos, and cases for them to read."""

from datetime import timedelta
from html import unescape
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Case, Event, Opinion, User
from diagnosis.models.opinion import MALIGNANT
from diagnosis.services import Reading, claim_case, finish_case, record_opinion
from tests.conftest import PASSWORD, client_of, with_second_factor
from tests.test_accounts_page import assert_nothing_inline

# What a reader says who has nothing special to say.
SAID: dict[str, Any] = {
    "diagnosis": "nv",
    "confidence": 2,
    "quality": "good",
    "recommendation": "nothing",
    "note": "",
}


def make_reader(email: str, *permissions: str) -> User:
    """Staff with these permissions, each by its codename, and a second factor."""
    user = User.objects.create_user(email, PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return with_second_factor(user)


def session_of(email: str) -> str:
    """The key of a session in which they have logged in with a second factor; for processes of the site."""
    return client_of(User.objects.get(email=email)).cookies["sessionid"].value


def reading(**changed: Any) -> Reading:
    sent = {"recommendation": "see_doctor"} if changed.get("diagnosis") in MALIGNANT else {}
    return Reading(**SAID | sent | changed)


def read_url(case: Case) -> str:
    return reverse("admin:diagnosis_case_read", args=[case.pk])


def photo_url(case: Case, field: str = "thumbnail", photo: Any = None) -> str:
    return reverse("admin:diagnosis_case_photo", args=[case.pk, (photo or case.photo).pk, field])


def run_out(case: Case) -> None:
    """Its claim, a moment ago."""
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(
        claimed_at=now - timedelta(minutes=16), claimed_until=now - timedelta(seconds=1)
    )


def say(case: Case, reader: User, stage: str = "blind", **changed: Any) -> Opinion:
    return record_opinion(case=case, reader=reader, stage=stage, reading=reading(**changed))


def read(case: Case, reader: User, **changed: Any) -> Case:
    """From the claim to the end, without a second opinion."""
    claim_case(case=case, reader=reader)
    say(case, reader, **changed)
    finish_case(case=case, reader=reader)
    case.refresh_from_db()
    return case


def actions() -> list[str]:
    """What was done to cases, and which photos were looked at, in order."""
    reviews = Q(object_type__in=["case", "opinion"]) | Q(action="photo.viewed")
    return list(Event.objects.filter(reviews).order_by("id").values_list("action", flat=True))


def page_of(client: Client, url: str, status: int = 200) -> str:
    """The page's text, as a browser reads it; there is nothing inline."""
    response = client.get(url)
    assert response.status_code == status
    text = unescape(response.content.decode())
    assert_nothing_inline(text)
    return text


def give(client: Client, case: Case, stage: str = "blind", **changed: Any) -> Any:
    """Sends an opinion by the page's form."""
    return client.post(read_url(case), SAID | {"action": "opinion", "stage": stage} | changed)
