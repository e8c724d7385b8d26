"""What was done on the site, by whom and when. Rows are only ever added; the database itself refuses more.

An event holds plain ids and no names: an account can be deleted, and the log stays whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.http import HttpRequest


@dataclass(frozen=True)
class Circumstances:
    """Of what is being done now: the request it came with, where it came with one."""

    request: HttpRequest | None = None
    request_id: str = ""

    @property
    def actor(self) -> UUID | None:
        """Who is logged in, by session or token; None for the site itself and for who has no account."""
        user = getattr(self.request, "user", None)
        return user.pk if user is not None and user.is_authenticated else None


_now: ContextVar[Circumstances | None] = ContextVar("circumstances", default=None)


def circumstances() -> Circumstances:
    """Those of this moment; outside of a request there are none."""
    return _now.get() or Circumstances()


@contextmanager
def under(what: Circumstances) -> Iterator[None]:
    """What is done inside is done under these circumstances."""
    token = _now.set(what)
    try:
        yield
    finally:
        _now.reset(token)


class Event(models.Model):
    """One change, or one look at somebody's photo. Written in the same transaction as what it tells of."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    # Plain ids, no foreign keys.
    actor = models.UUIDField(null=True, blank=True)
    # "case.claimed": the object's kind and what became of it.
    action = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=100)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # Facts without names: ids, words of our own lists, numbers.
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="event_object"),
            models.Index(fields=["actor", "-id"], name="event_actor"),
            models.Index(fields=["-at"], name="event_at"),
        ]
        constraints = [
            # An event says what was done to what.
            models.CheckConstraint(
                condition=~Q(action="") & ~Q(object_type="") & ~Q(object_id=""), name="event_says_what"
            ),
            models.CheckConstraint(condition=~Q(details=None), name="event_details_are_no_json_null"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises `TypeError` for a row that is there already."""
        if not self._state.adding:
            raise TypeError("An event is only ever added.")
        super().save(*args, **kwargs)
