"""ISO weeks, from Monday to Sunday."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import TypeVar

Row = TypeVar("Row")


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_name(day: date) -> str:
    """2027-01-01 -> "2026-W53": the year is that of the week's Thursday."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def by_week(rows: Iterable[Row], day: Callable[[Row], date]) -> dict[date, list[Row]]:
    """The rows of each week that has any, by its Monday, oldest first."""
    found: dict[date, list[Row]] = {}
    for row in rows:
        found.setdefault(monday(day(row)), []).append(row)
    return dict(sorted(found.items()))
