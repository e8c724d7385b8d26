"""Deleted, but not gone yet: hidden at once, restored for seven days, then removed for good.

Of a model that is `Deletable`, `objects` (and with it every relation) knows only what is kept;
`everything` also knows what is in "Recently deleted".
"""

from datetime import datetime, timedelta

from django.db import models

GRACE = timedelta(days=7)


def goes_at(deleted_at: datetime) -> datetime:
    """When what was deleted then is removed for good."""
    return deleted_at + GRACE


class Deletable(models.Model):
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
