"""Figures by week, drawn."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext

from diagnosis.admin.statistics.tables import Picture, Text
from diagnosis.charts import Value, draw, ends
from diagnosis.statistics.estimate import Estimate
from diagnosis.statistics.weeks import week_name

# A week, what the figure is of, and the figure.
Point = tuple[date, str, Estimate]
# A line of one point says nothing of time.
ENOUGH = 2


def over_weeks(
    title: Text,
    points: Sequence[Point],
    text: Callable[[float], str],
    limits: Sequence[tuple[float, str]] = (),
) -> list[Picture]:
    """The picture of the figures that are defined; none where they are of fewer than two weeks."""
    defined = [point for point in points if point[2].value is not None]
    values = [_value(*point, text) for point in sorted(defined, key=lambda one: one[0])]
    if len({value.moment for value in values}) < ENOUGH:
        return []
    heights = [height for value in values for height in (value.value, *(value.reach or ()))]
    heights += [limit for limit, _ in limits]
    bottom, top, step = ends(min(heights), max(heights))
    return [Picture(title, draw(values, top=top, step=step, text=text, bottom=bottom, limits=limits))]


def _value(week: date, group: str, figure: Estimate, text: Callable[[float], str]) -> Value:
    assert figure.value is not None
    label = f"{week_name(week)}: {text(figure.value)}"
    if figure.interval:
        low, high = map(text, figure.interval)
        label = gettext("%(figure)s (%(low)s to %(high)s)") % {"figure": label, "low": low, "high": high}
    moment = datetime.combine(week, time(), timezone.get_current_timezone())
    return Value(moment, figure.value, group, True, f"{label}, {group}" if group else label, figure.interval)
