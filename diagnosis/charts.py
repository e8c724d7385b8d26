"""Charts drawn by the server: where each mark and each line of the axes lies, in the units of an SVG."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WIDTH, HEIGHT = 400, 210
LEFT, RIGHT, TOP, BOTTOM = 50, 12, 12, 34
# Around a mark's centre. A group has its shape as well as its place: never by colour alone.
SHAPES = {
    "circle": "M-5.5,0a5.5,5.5 0 1,0 11,0a5.5,5.5 0 1,0 -11,0z",
    "square": "M-5,-5H5V5H-5z",
    "diamond": "M0,-7L7,0L0,7L-7,0z",
    "triangle": "M0,-7L6.5,5H-6.5z",
}
DATES = 4
# Ends of an axis of shares, each with the step of its lines.
AXES = ((0.1, 0.02), (0.25, 0.05), (0.5, 0.1), (1.0, 0.25))


@dataclass(frozen=True)
class Value:
    """One measurement: `group` is drawn in a shape of its own, and hollow where it is not `solid`; `reach`
    is the interval around it, where it has one."""

    moment: datetime
    value: float
    group: str
    solid: bool
    label: str
    reach: tuple[float, float] | None = None


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    shape: str
    solid: bool
    label: str
    # Heights of the ends of its interval.
    reach: tuple[float, float] | None = None


@dataclass(frozen=True)
class Tick:
    """A line of an axis at `at`, with a text or a moment beside it."""

    at: float
    text: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class Chart:
    """`lines` are the points of one polyline for each group, `legend` the shape and name of each, `limits`
    the heights that the values are compared with."""

    marks: list[Mark]
    lines: list[str]
    rows: list[Tick]
    columns: list[Tick]
    legend: list[tuple[str, str]]
    limits: list[Tick] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def draw(
    values: Sequence[Value],
    *,
    top: float,
    step: float,
    text: Callable[[float], str],
    bottom: float = 0.0,
    limits: Sequence[tuple[float, str]] = (),
) -> Chart:
    """The chart of values from `bottom` to `top`, oldest first, with a line every `step` named by `text`,
    and one with a name of its own at each of `limits`.

    With more groups than shapes the shapes are used again. Raises `ValueError` for no values.
    """
    first, last = values[0].moment, values[-1].moment
    span = max(last - first, timedelta(days=1))
    # A single day lies in the middle.
    start = first if last > first else first - span / 2

    def x(moment: datetime) -> float:
        return round(LEFT + (moment - start) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM), 1)

    def mark(one: Value) -> Mark:
        reach = one.reach and (y(one.reach[0]), y(one.reach[1]))
        return Mark(x(one.moment), y(one.value), shapes[one.group], one.solid, one.label, reach)

    groups = list(dict.fromkeys(value.group for value in values))
    names = list(SHAPES)
    shapes = {group: SHAPES[names[number % len(names)]] for number, group in enumerate(groups)}
    return Chart(
        marks=[mark(one) for one in values],
        lines=[
            " ".join(f"{x(one.moment)},{y(one.value)}" for one in values if one.group == group)
            for group in groups
        ],
        rows=[
            Tick(y(bottom + number * step), text(bottom + number * step))
            for number in range(round((top - bottom) / step) + 1)
        ],
        columns=[Tick(x(moment), moment=moment) for moment in _dates(first, last)],
        legend=[(shapes[group], group) for group in groups],
        limits=[Tick(y(limit), name) for limit, name in limits],
    )


def scale(largest: float) -> tuple[float, float]:
    """The end of an axis that holds a share of at most `largest`, and the step of its lines."""
    return next((axis for axis in AXES if largest <= axis[0]), (largest, largest / 4))


def ends(least: float, largest: float) -> tuple[float, float, float]:
    """Bottom and top of an axis that holds both and 0, and the step between its four to seven lines."""
    least, largest = min(least, 0.0), max(largest, 0.0)
    if least == largest:
        largest = 1.0
    size = 10.0 ** math.floor(math.log10((largest - least) / 5))
    step = size * next(times for times in (1, 2, 2.5, 5, 10) if (largest - least) / (size * times) <= 5)
    return math.floor(least / step) * step, math.ceil(largest / step) * step, step


def _dates(first: datetime, last: datetime) -> list[datetime]:
    """At most four moments, evenly spaced from the first to the last, each on a day of its own."""
    gaps = min(DATES - 1, (last - first).days)
    return [first + (last - first) * number / gaps for number in range(gaps + 1)] if gaps else [first]
