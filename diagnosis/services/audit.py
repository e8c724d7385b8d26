"""The log of what was done. Call it in the transaction of the change it tells of."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

from diagnosis.models import Event
from diagnosis.models.event import circumstances

COLUMNS = [field.attname for field in Event._meta.concrete_fields]
# Rows of the log that an export holds in memory.
A_CHUNK = 2000


def record_event(
    action: str, obj: Model | None = None, *, reason: str = "", actor: UUID | None = None, **details: Any
) -> Event:
    """That `action` was done to `obj`, by whoever the request is of, or by `actor`.

    `details` are JSON values, ids as text among them, and name nobody. Without an object, it was done to
    the site as a whole.
    """
    event = _event(action, obj, reason, actor, details)
    event.save(force_insert=True)
    return event


def record_events(action: str, objs: Iterable[Model], **details: Any) -> None:
    """The same of several objects: an event for each. A detail may be a function of the object."""
    Event.objects.bulk_create(
        [_event(action, obj, "", None, _details_of(obj, details)) for obj in objs], batch_size=500
    )


def changed_fields(before: Model, after: Model, names: Iterable[str]) -> list[str]:
    """Which of the fields are not as they were."""
    columns = {name: after._meta.get_field(name).attname for name in names}  # type: ignore[union-attr]
    return sorted(name for name, own in columns.items() if getattr(before, own) != getattr(after, own))


def event_lines(events: QuerySet[Event]) -> Iterator[str]:
    """Each event as one line of JSON with all its columns, the oldest first."""
    for row in events.order_by("at", "id").values(*COLUMNS).iterator(chunk_size=A_CHUNK):
        yield json.dumps(row, cls=_Exactly, ensure_ascii=False) + "\n"


def _details_of(obj: Model, details: dict[str, Any]) -> dict[str, Any]:
    return {name: value(obj) if callable(value) else value for name, value in details.items()}


def _event(action: str, obj: Model | None, reason: str, actor: UUID | None, details: dict[str, Any]) -> Event:
    now = circumstances()
    return Event(
        action=action,
        object_type=str(obj._meta.model_name) if obj else "site",
        object_id=str(obj.pk) if obj else "site",
        reason=reason,
        actor=actor or now.actor,
        request_id=now.request_id,
        details=details,
    )


class _Exactly(DjangoJSONEncoder):
    """Times to the microsecond: Django's own are cut to the millisecond."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else super().default(value)
