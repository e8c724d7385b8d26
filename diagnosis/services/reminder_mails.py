"""One mail a day at most, in the morning of the account's time zone, of all moles that are due.

Never twice on a day: the day is claimed in the database before anything is sent, and a mail whose fate is
not known (its sender died, the connection broke while the server took it in) is not sent again that day.
Never lost: a mole counts as told of only once the mail server has taken the mail. Else it is due tomorrow
too, and then in tomorrow's mail.
"""

import logging
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from diagnosis.models import Mole, ReminderMail, User
from diagnosis.services.audit import record_event
from diagnosis.services.mails import AT_MOST, REFUSALS, TICK_SECONDS, reachable, stop_token, written

logger = logging.getLogger(__name__)

# Local hours in which mails are sent: from 8 until before 12.
MORNING = range(8, 12)
# So long after a mail nobody is told of the same mole again, unless it was photographed or snoozed since.
AGAIN_AFTER = timedelta(days=7)


def send_reminders(*, now: datetime | None = None) -> int:
    """Send what is to be sent in this moment; running it twice, or on two workers, doubles nothing.

    A mail server that does not answer costs nothing: the next tick tries again. Returns how many were sent.
    """
    now = now or timezone.now()
    end, sent = time.monotonic() + TICK_SECONDS, 0
    try:
        for user, day in _to_tell(now):
            sent += _remind(user, day, now)
            if time.monotonic() > end:
                break
    except OSError as error:  # SMTP's own errors are of this kind
        logger.warning("Reminder mails wait: the mail server does not answer, or broke off (%r).", error)
    return sent


def _to_tell(now: datetime) -> Iterator[tuple[User, date]]:
    """Accounts for which it is morning, something is due that they were not told of, and today's mail
    is not taken; with the day of their calendar."""
    accounts = reachable().filter(reminder_mails=True)
    for name in list(accounts.values_list("time_zone", flat=True).distinct().order_by("time_zone")):
        zone = User(time_zone=name).zone
        day = timezone.localdate(now, zone)
        if now.astimezone(zone).hour not in MORNING:
            continue
        due = Mole.objects.filter(owner=OuterRef("pk")).to_remind(day, day - AGAIN_AFTER)
        taken = ReminderMail.objects.filter(user=OuterRef("pk")).taken(day, now)
        users = accounts.filter(Exists(due), ~Exists(taken), time_zone=name)
        yield from ((user, day) for user in users.order_by("pk")[:AT_MOST])


def _remind(user: User, day: date, now: datetime) -> bool:
    """Whether this account's mail was sent, and by us.

    Raises `OSError` where the server can't be reached, and where nobody knows what became of the mail:
    then its day stays claimed.
    """
    moles = list(Mole.objects.of(user).due(day).select_related("profile").order_by("due_on", "name", "pk"))
    mail = ReminderMail.objects.filter(user=user, day=day)
    with get_connection() as connection:
        if not moles or not ReminderMail.objects.claim(user, day, now):
            return False
        try:
            connection.send_messages([_message(user, moles, day)])
        except REFUSALS as error:
            logger.warning("The mail server refused a reminder mail: %r", error)
            with transaction.atomic():
                mail.update(status=ReminderMail.Status.REFUSED)
                record_event("reminder.refused", user, day=day.isoformat())
            return False
        with transaction.atomic():
            mail.update(status=ReminderMail.Status.SENT, sent_at=now)
            Mole.objects.filter(pk__in=[mole.pk for mole in moles]).update(reminded_on=day)
            record_event("reminder.sent", user, day=day.isoformat(), moles=len(moles))
    return True


def _message(user: User, moles: list[Mole], day: date) -> EmailMultiAlternatives:
    stop = settings.SITE_URL + reverse("reminders-stop", args=[stop_token(user)])
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(user.zone):
        subject = ngettext(
            "%(count)d mole is due for a new photo", "%(count)d moles are due for a new photo", len(moles)
        ) % {"count": len(moles)}
        context = {"moles": moles, "day": day, "site": settings.SITE_URL, "stop": stop, "subject": subject}
        return written(user, subject, "reminders/mail", context)
