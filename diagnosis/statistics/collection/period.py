"""Between which days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone


@dataclass(frozen=True)
class Period:
    """From the beginning of the first day to the end of the last."""

    first: date
    last: date

    def within(self, column: str) -> Q:
        zone = timezone.get_default_timezone()
        start = datetime.combine(self.first, time(), zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), zone)
        return Q(**{f"{column}__gte": start, f"{column}__lt": end})


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment, timezone.get_default_timezone()).date()
