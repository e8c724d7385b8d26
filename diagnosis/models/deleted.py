"""Deleted, but not gone yet: hidden at once, restored for seven days, then removed for good.

Of a model that is `Deletable`, `objects` (and with it every relation) knows only what is kept;
`everything` also knows what is in "Recently deleted".
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

GRACE = timedelta(days=7)


def goes_at(deleted_at: datetime) -> datetime:
    """When what was deleted then is removed for good."""
    return deleted_at + GRACE


class KeptManager(models.Manager):
    """Made with `from_queryset` of a query set that says what is `kept`."""

    def get_queryset(self) -> Any:
        queryset: Any = super().get_queryset()
        return queryset.kept()


class Deletable(models.Model):
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
