"""What was done on the site, by whom and when. Rows are only ever added; the database itself refuses more.

An event holds plain ids and no names: an account can be deleted, and the log stays whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connections, models
from django.db.models import Q
from django.http import HttpRequest

from diagnosis.models.append_only import AppendOnly, AppendOnlyQuerySet


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


class EventQuerySet(AppendOnlyQuerySet["Event"]):
    def words(self, column: str) -> list[str]:
        """The different values of an indexed column, in order: one step along the index for each of them,
        however long the log is."""
        least = f'SELECT min("{column}") FROM "{Event._meta.db_table}"'  # noqa: S608 - our own names
        with connections[self.db].cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE word(it) AS ({least} UNION ALL "  # noqa: S608
                f'SELECT ({least} WHERE "{column}" > it) FROM word WHERE it IS NOT NULL) '
                "SELECT it FROM word WHERE it IS NOT NULL"
            )
            return [it for (it,) in cursor.fetchall()]


class Event(AppendOnly):
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

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        # Each way to search the log in admin has its own, and gives the newest first.
        indexes = [
            models.Index(fields=["object_id", "-id"], name="event_object"),
            models.Index(fields=["object_type", "-id"], name="event_object_type"),
            models.Index(fields=["action", "-id"], name="event_action"),
            models.Index(fields=["actor", "-id"], name="event_actor"),
            models.Index(fields=["at", "id"], name="event_at"),
            models.Index(fields=["request_id"], name="event_request"),
            models.Index(fields=["-id"], name="event_reasoned", condition=~Q(reason="")),
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
