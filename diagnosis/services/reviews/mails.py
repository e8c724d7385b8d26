"""A mail that a clinician has looked at photos, to whom wants it. It says that there is news, and no more.

Never twice: the cases are claimed in the database before anything is sent, and a mail whose fate is not known
(its sender died, the connection broke while the server took it in) is not sent again; the pages say it all
the same. What the mail server refuses is tried five times within a day.
"""

import logging
import time
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from diagnosis.models import Case, User
from diagnosis.services.audit import record_event
from diagnosis.services.mails import (
    AT_MOST,
    REFUSALS,
    REVIEWS,
    TICK_SECONDS,
    reachable,
    stop_token,
    written,
)

logger = logging.getLogger(__name__)


def send_review_mails(*, now: datetime | None = None) -> int:
    """Send what is to be sent in this moment; running it twice, or on two workers, doubles nothing.

    A mail server that does not answer costs nothing: the next tick tries again. Returns how many were sent.
    """
    now = now or timezone.now()
    end, sent = time.monotonic() + TICK_SECONDS, 0
    try:
        for user in _to_tell(now)[:AT_MOST]:
            sent += _tell(user, now)
            if time.monotonic() > end:
                break
    except OSError as error:  # SMTP's own errors are of this kind
        logger.warning("Mails on reviews wait: the mail server does not answer, or broke off (%r).", error)
    return sent


def _to_tell(now: datetime) -> QuerySet[User]:
    news = Case.objects.to_tell(now).filter(photo__owner=OuterRef("pk"))
    return reachable().filter(Exists(news), review_mails=True).order_by("pk")


def _tell(user: User, now: datetime) -> bool:
    """Whether this account's mail was sent, and by us.

    Raises `OSError` where the server can't be reached, and where nobody knows what became of the mail:
    then its cases stay claimed.
    """
    with get_connection() as connection:
        cases = _claim(user, now)
        if not cases:
            return False
        try:
            connection.send_messages([_message(user, cases)])
        except REFUSALS as error:
            logger.warning("The mail server refused a mail on a review: %r", error)
            _give_back(cases)
            return False
    return True


def _claim(user: User, now: datetime) -> list[Case]:
    """What this mail is to tell of: by conditional UPDATEs nobody else's any more."""
    news = Case.objects.to_tell(now).filter(photo__owner=user).select_related("photo")
    with transaction.atomic():
        claimed = [
            case
            for case in news.order_by("closed_at", "pk")
            if Case.objects.filter(pk=case.pk, told_at=None).update(
                told_at=now, tell_attempts=F("tell_attempts") + 1
            )
        ]
        for case in claimed:
            record_event("case.told", case)
    return claimed


def _give_back(cases: list[Case]) -> None:
    with transaction.atomic():
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(told_at=None)
        for case in cases:
            record_event("case.not_told", case, reason="The mail server refused the mail.")


def _message(user: User, cases: list[Case]) -> EmailMultiAlternatives:
    stop = settings.SITE_URL + reverse("review-mails-stop", args=[stop_token(user, REVIEWS)])
    photos = list({case.photo_id: case.photo for case in cases}.values())
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(user.zone):
        subject = ngettext(
            "A clinician has looked at a photo of yours",
            "A clinician has looked at %(count)d photos of yours",
            len(photos),
        ) % {"count": len(photos)}
        context = {"photos": photos, "site": settings.SITE_URL, "stop": stop, "subject": subject}
        return written(user, subject, "reviews/mail", context)
