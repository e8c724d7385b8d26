from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnosis.models import Mole, Photo, User
from diagnosis.models.body import on_body
from diagnosis.services.audit import changed_fields, record_event
from diagnosis.services.checks import check_numbers
from diagnosis.services.profiles import check_not_before_birth
from diagnosis.services.reminders import check_reminded
from diagnosis.services.reviews.mismatches import review_outcome
from diagnosis.services.versions import check_version

BODY_POINT = {"body_view", "body_x", "body_y"}


def create_mole(*, owner: User, **fields: Any) -> Mole:
    """A new mole, of the owner's own person unless another `profile` is given; put away at once with
    `archived`. Raises `ValidationError` where a field is not allowed."""
    mole = Mole(owner=owner, **_stored(fields))
    mole.default_to_self()
    mole.full_clean()
    _check_point(mole)
    _check_removal(mole)
    if mole.reminder_months is not None:
        check_reminded(mole)
    with transaction.atomic():
        mole.save()
        mole.refresh_due()
        record_event("mole.created", mole, profile=str(mole.profile_id))
    return mole


def update_mole(*, mole: Mole, version: str = "", **fields: Any) -> Mole:
    """Changes the given fields, unless the mole changed since `version` of `version_of` was read;
    `archived` puts the mole away or brings it back.

    Another interval (`reminder_months`) counts from the newest photo, and ends a snooze. A new outcome,
    benign or malignant, sends the newest photo that was judged to be read. Raises
    `ValidationError` where a value is not allowed, an interval for a mole that is not followed among
    them, and `ChangedMeanwhile`; nothing is stored then.
    """
    # No day stands in the row beside what contradicts it, not for a moment.
    fields = _stored(fields, archived_at=mole.archived_at) | {"due_on": None}
    interval, outcome = mole.reminder_months, mole.outcome
    with transaction.atomic():
        stored = check_version(mole, version)
        for name, value in fields.items():
            setattr(mole, name, value)
        mole.full_clean()
        if BODY_POINT & fields.keys():
            _check_point(mole)
        _check_removal(mole)
        if mole.reminder_months != interval:
            check_reminded(mole)
            fields["snoozed_until"] = mole.snoozed_until = None
        if "profile" in fields:
            taken_at = Photo.objects.filter(mole=mole).earliest_taken_at()
            check_not_before_birth(mole.profile, taken_at, "profile")
        mole.save(update_fields=list(fields))
        mole.refresh_due()
        if changed := changed_fields(stored, mole, fields.keys() - {"due_on"}):
            record_event("mole.changed", mole, fields=changed)
        if mole.outcome != outcome and mole.outcome in (Mole.Outcome.BENIGN, Mole.Outcome.MALIGNANT):
            review_outcome(mole)
    return mole


def _stored(fields: dict[str, Any], archived_at: datetime | None = None) -> dict[str, Any]:
    """The fields as the row has them: whether it is archived is kept as since when."""
    if "archived" not in fields:
        return fields
    others = {name: value for name, value in fields.items() if name != "archived"}
    return others | {"archived_at": (archived_at or timezone.now()) if fields["archived"] else None}


def _check_removal(mole: Mole) -> None:
    if mole.removed_on and mole.removed_on > mole.owner.today():
        raise ValidationError({"removed_on": _("A mole can't have been removed in the future.")})


def _check_point(mole: Mole) -> None:
    """Raises `ValidationError` where the point on the body map is beside the body."""
    check_numbers(mole, "body_x", "body_y")
    if mole.body_x is not None and mole.body_y is not None and not on_body(mole.body_x, mole.body_y):
        raise ValidationError({"body_x": _("This point is beside the body. Place the pin on the figure.")})
