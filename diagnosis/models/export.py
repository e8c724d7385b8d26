"""Everything an account holds as one ZIP, made in the background; and the queue of such work."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.models.claims import MAX_ATTEMPTS, Claimable, ClaimQuerySet

KEPT_FOR = timedelta(days=7)
# Lengthened while the worker gets on; it covers the longest step, handing the file to the storage.
LEASE = timedelta(minutes=5)


class ExportQuerySet(ClaimQuerySet["Export"]):
    lease = LEASE

    def of(self, user: Any) -> Self:
        """The user's own exports; anybody else's do not exist for them."""
        return self.filter(owner=user)

    def unfinished(self) -> Self:
        return self.filter(status__in=[Export.Status.QUEUED, Export.Status.RUNNING])

    def downloadable(self) -> Self:
        """Done, and the days for which it is kept are not over."""
        return self.filter(status=Export.Status.DONE, finished_at__gt=timezone.now() - KEPT_FOR)

    def outlived(self) -> Self:
        """Done, and kept for long enough."""
        return self.filter(status=Export.Status.DONE, finished_at__lte=timezone.now() - KEPT_FOR)


class Export(Claimable):
    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being made")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("no longer kept")

    TERMINAL = (Status.DONE, Status.FAILED, Status.EXPIRED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.QUEUED)
    # In which its README is written.
    language = models.CharField(max_length=10, default="en")
    # How far it is; how many there are is known once it runs.
    photo_count = models.PositiveIntegerField(null=True, blank=True)
    photos_done = models.PositiveIntegerField(default=0)
    file = models.FileField(blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # An account makes one at a time.
            models.UniqueConstraint(
                fields=["owner"], condition=Q(status__in=["queued", "running"]), name="export_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=["done", "failed", "expired"], finished_at__isnull=False),
                name="export_finished_iff_terminal",
            ),
            # A file is there if and only if it can be fetched, and it has a size.
            models.CheckConstraint(
                condition=(Q(status="done", size__isnull=False) & ~Q(file=""))
                | (~Q(status="done") & Q(file="")),
                name="export_file_iff_done",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(claim_token__isnull=False, lease_until__isnull=False),
                name="export_running_is_claimed",
            ),
            models.CheckConstraint(
                condition=Q(photo_count__isnull=True, photos_done=0)
                | Q(photo_count__isnull=False, photos_done__lte=F("photo_count")),
                name="export_progress_in_range",
            ),
            models.CheckConstraint(condition=Q(attempts__lte=MAX_ATTEMPTS), name="export_attempts_capped"),
        ]

    def __str__(self) -> str:
        return f"export of {self.created_at:%Y-%m-%d %H:%M} ({self.status})"

    @property
    def expires_at(self) -> datetime | None:
        """Until when it can be fetched; None where there is nothing to fetch."""
        return self.finished_at + KEPT_FOR if self.finished_at and self.file else None

    @property
    def file_name(self) -> str:
        """What the browser calls it."""
        return f"my-moles-{timezone.localtime(self.finished_at):%Y-%m-%d}.zip"
