"""When a mole is to be photographed again. The mails that say so are reminder_mails'."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from diagnosis.models import Mole, Photo
from diagnosis.services.audit import record_event

LONGEST_SNOOZE_DAYS = 366
# Moles whose rows one transaction of the daily repair holds.
A_BATCH = 500


def snooze_mole(*, mole: Mole, days: int, now: datetime | None = None) -> Mole:
    """Due in so many days from today, whatever the interval says, until a newer photo comes.

    Raises `ValidationError` where the mole has no reminders or the days are not from 1 to 366.
    """
    check_reminded(mole)
    if mole.reminder_months == Mole.Reminder.NEVER:
        raise ValidationError(_("You are never reminded of this mole. Choose an interval first."))
    if not 1 <= days <= LONGEST_SNOOZE_DAYS:
        message = _("A reminder can wait for 1 to %(days)d days.") % {"days": LONGEST_SNOOZE_DAYS}
        raise ValidationError({"days": message})
    before, mole.snoozed_until = mole.snoozed_until, mole.owner.today(now) + timedelta(days=days)
    with transaction.atomic():
        mole.save(update_fields=["snoozed_until"])
        mole.refresh_due()
        if mole.snoozed_until != before:
            record_event("mole.snoozed", mole, until=mole.snoozed_until.isoformat())
    return mole


def check_reminded(mole: Mole) -> None:
    """Raises `ValidationError` where the mole is not followed: nobody is reminded of it."""
    if mole.removed_on:
        reason = _("This mole was removed, so it has no reminders.")
    elif mole.archived:
        reason = _("This mole is archived. Bring it back first, then choose when to be reminded.")
    else:
        return
    raise ValidationError({"reminder_months": reason})


def take_in(photo: Photo) -> None:
    """A photo came to its mole. One that is newer than all others there ends a snooze."""
    if photo.mole_id is None:
        return
    moles = Mole.objects.filter(pk=photo.mole_id)
    if Photo.objects.filter(mole=photo.mole_id).by_date().first() == photo:
        moles.filter(snoozed_until__isnull=False).update(snoozed_until=None)
    moles.refresh_due()


def refresh_due(mole_id: uuid.UUID | None) -> None:
    """Something changed of a mole's photos; nothing is to be done where they are of no mole."""
    if mole_id is not None:
        Mole.objects.filter(pk=mole_id).refresh_due()


def repair_due() -> int:
    """Write every mole's `due_on` anew, a batch at a time. Returns how many were wrong, which is a fault."""
    ids = list(Mole.objects.order_by("pk").values_list("pk", flat=True))
    return sum(
        Mole.objects.filter(pk__in=ids[start : start + A_BATCH]).refresh_due()
        for start in range(0, len(ids), A_BATCH)
    )
