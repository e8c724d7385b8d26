"""Work that waits in rows: taken by one worker at a time, and taken up again when that worker dies."""

import uuid
from datetime import timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

MAX_ATTEMPTS = 3
RING_AGAIN_AFTER = timedelta(seconds=30)
SWEEP_AT_MOST = 200


class Claimable(models.Model):
    """A row with a `status` of its own words; `queued` and `running` mean the same in each."""

    TERMINAL: tuple[str, ...]

    status: Any
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def terminal(self) -> bool:
        return self.status in self.TERMINAL


_Row = TypeVar("_Row", bound=Claimable)


class ClaimQuerySet(models.QuerySet[_Row]):
    """Of `Claimable` rows."""

    # Longer than a live worker ever lets it lie.
    lease: timedelta

    def claimable(self) -> Self:
        """Queued, or running under a lease that has expired, with attempts left."""
        return self.filter(self._waiting(), attempts__lt=MAX_ATTEMPTS)

    def exhausted(self) -> Self:
        """Waiting or abandoned, with no attempt left."""
        return self.filter(self._waiting(), attempts__gte=MAX_ATTEMPTS)

    def to_ring(self) -> Self:
        """What the sweep rings again: claimable and not rung for a while, oldest first."""
        silent = Q(rung_at__isnull=True) | Q(rung_at__lt=Now() - RING_AGAIN_AFTER)
        return self.claimable().filter(silent).order_by("created_at")[:SWEEP_AT_MOST]

    def claim(self, pk: uuid.UUID | str, **fields: Any) -> uuid.UUID | None:
        """Take one row for this worker, by one conditional UPDATE on the database's clock.

        Returns the token that recording needs, or None: somebody else has it, or it is done.
        """
        token = uuid.uuid4()
        claimed = (
            self.claimable()
            .filter(pk=pk)
            .update(
                status="running",
                claim_token=token,
                lease_until=Now() + self.lease,
                attempts=F("attempts") + 1,
                started_at=Now(),
                **fields,
            )
        )
        return token if claimed else None

    def held(self, token: uuid.UUID) -> Self:
        """The row this worker claimed, as long as nobody took it over."""
        return self.filter(claim_token=token, status="running")

    @staticmethod
    def _waiting() -> Q:
        return Q(status="queued") | Q(status="running", lease_until__lt=Now())
