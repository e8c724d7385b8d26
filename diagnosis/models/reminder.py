"""The last reminder mail of an account: which day it was for, and what became of it."""

from datetime import date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

# How often a mail that the mail server refuses is tried on one day.
MAX_ATTEMPTS = 5
# Whoever moves across time zones has two mornings within hours; they still get one mail.
SHORTEST_PAUSE = timedelta(hours=18)


class ReminderMailQuerySet(models.QuerySet["ReminderMail"]):
    def taken(self, day: date, now: datetime) -> Self:
        """Those of accounts that get no mail on this day any more: it was sent, somebody is sending it,
        its fate is not known, it was refused too often, or the last one was sent a few hours ago."""
        again = Q(day=day, status=ReminderMail.Status.REFUSED, attempts__lt=MAX_ATTEMPTS)
        return self.filter(Q(day__gte=day) & ~again | Q(sent_at__gt=now - SHORTEST_PAUSE))

    def claim(self, user: Any, day: date, now: datetime) -> bool:
        """Take this day's mail of the account, by one conditional UPDATE or the first row."""
        free = self.filter(user=user).exclude(pk__in=self.taken(day, now).values("pk"))
        attempts = Case(When(day=day, then=F("attempts") + 1), default=Value(1))
        if free.update(status=ReminderMail.Status.SENDING, attempts=attempts, day=day, sent_at=None):
            return True
        try:
            with transaction.atomic():
                self.create(user=user, day=day)
        except IntegrityError:
            return False
        return True


class ReminderMail(models.Model):
    class Status(models.TextChoices):
        # Also that of a mail whose sender died: it is never sent twice, so nobody takes it over.
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused by the mail server")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_mail", primary_key=True
    )
    # In the account's own calendar.
    day = models.DateField()
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.SENDING)
    attempts = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ReminderMailQuerySet.as_manager()

    class Meta:
        constraints = [
            # Sent is what has a time, and nothing else; and there is no status but these three.
            models.CheckConstraint(
                condition=Q(status__in=["sending", "refused"], sent_at__isnull=True)
                | Q(status="sent", sent_at__isnull=False),
                name="reminder_mail_sent_iff_timed",
            ),
            models.CheckConstraint(
                condition=Q(attempts__gte=1, attempts__lte=MAX_ATTEMPTS), name="reminder_mail_attempts_capped"
            ),
        ]

    def __str__(self) -> str:
        return f"mail of {self.day:%Y-%m-%d} ({self.status})"
