"""When a mole is to be photographed again: days and months as a calendar counts them."""

import calendar
from datetime import date, datetime, tzinfo

from django.utils import timezone

# Where its owner chose no interval.
USUAL_MONTHS = 3
RAISED_MONTHS = 1


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def interval(chosen: int | None, raised: bool) -> int:
    """In months: what was chosen, else the usual; 0 is never."""
    if chosen is not None:
        return chosen
    return RAISED_MONTHS if raised else USUAL_MONTHS


def due_after(last: datetime, months: int, zone: tzinfo) -> date:
    """So many months after the day on which it was last photographed, as a calendar in this zone has it."""
    return add_months(timezone.localdate(last, zone), months)
