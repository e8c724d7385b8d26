"""The log of what was done. Call it in the transaction of the change it tells of."""

from typing import Any
from uuid import UUID

from django.db.models import Model

from diagnosis.models import Event
from diagnosis.models.event import circumstances


def record_event(
    action: str, obj: Model | None = None, *, reason: str = "", actor: UUID | None = None, **details: Any
) -> Event:
    """That `action` was done to `obj`, by whoever the request is of, or by `actor`.

    `details` are JSON values, ids as text among them, and name nobody. Without an object, it was done to
    the site as a whole.
    """
    now = circumstances()
    return Event.objects.create(
        action=action,
        object_type=str(obj._meta.model_name) if obj else "site",
        object_id=str(obj.pk) if obj else "site",
        reason=reason,
        actor=actor or now.actor,
        request_id=now.request_id,
        details=details,
    )
