"""Tables of figures, as a page shows them and as CSV holds them: the same figures in both."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.charts import Chart
from diagnosis.statistics.estimate import Estimate, Missing
from diagnosis.statistics.proportions import Share

Text = str | Promise
MISSING = {
    Missing.NONE: _("none to count"),
    Missing.FEW: _("too few"),
    Missing.CONSTANT: _("one of the two always says the same"),
    Missing.BAND: _("a band unknown"),
}


@dataclass(frozen=True)
class Label:
    """What a row is of: in words, and for programs."""

    code: str
    text: Text


# None: there is no such thing, and so nothing is missing.
Value = Label | str | int | Share | Estimate | None


@dataclass(frozen=True)
class Column:
    """`key` heads it in CSV. An estimate of one of the `UNITS` is shown in it; one `with_interval` takes
    three columns of CSV, the other two ending in _low and _high. One of counts, each `of` another, takes
    two, the other ending in _of."""

    key: str
    title: Text
    unit: str = ""
    with_interval: bool = False
    of: bool = False


# What one is multiplied by, how many decimals are shown, in which words, and whether + is shown.
UNITS: dict[str, tuple[int, int, Text, bool]] = {
    "share": (100, 1, _("%(number)s%%"), False),
    "points": (100, 1, "%(number)s", True),
    "ratio": (1, 2, "%(number)s", False),
    "fine": (1, 3, "%(number)s", False),
    "seconds": (1, 0, _("%(number)s s"), False),
    "days": (1, 1, "%(number)s", False),
}


@dataclass(frozen=True)
class Picture:
    title: Text
    chart: Chart


@dataclass(frozen=True)
class Table:
    """`over` says of how many cases it is, `notes` how it is made."""

    slug: str
    title: Text
    over: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[Text] = ()
    pictures: Sequence[Picture] = field(default_factory=list)

    @property
    def heads(self) -> list[tuple[Text, str]]:
        """Of each column: its title, and what kind of thing is in it."""
        return [
            (column.title, _kind(value)) for column, value in zip(self.columns, self.rows[0], strict=True)
        ]

    @property
    def cells(self) -> list[list[tuple[str, str]]]:
        """Of each row: each cell's text, and what kind of thing it is."""
        return [
            [(shown(value, column), _kind(value)) for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def csv(self) -> str:
        out = StringIO()
        writer = csv.writer(out)
        writer.writerow([heading for column in self.columns for heading in _headings(column)] + ["missing"])
        for row in self.rows:
            pairs = list(zip(row, self.columns, strict=True))
            figures = [one for value, column in pairs for one in _figures(value, column)]
            writer.writerow([*figures, "; ".join(_gaps(pairs))])
        return out.getvalue()


@dataclass(frozen=True)
class Sheet:
    """One page of statistics."""

    slug: str
    title: Text
    about: Text
    tables: Sequence[Table]

    def table(self, slug: str) -> Table | None:
        return next((table for table in self.tables if table.slug == slug), None)


def shown(value: Value, column: Column) -> str:
    """The cell's text. What is not defined is a dash and a word, never 0 or 1."""
    if isinstance(value, Label):
        return str(value.text)
    if isinstance(value, Estimate):
        return _estimate(value, column)
    if isinstance(value, Share):
        counts = {"count": whole(value.count), "of": whole(value.of)}
        return gettext("%(count)s of %(of)s") % counts
    if isinstance(value, int):
        return whole(value)
    return "–" if value is None else value


def whole(count: int) -> str:
    return number_format(count, force_grouping=True)


def over(words: str, **counts: int) -> str:
    """Of how many a table is."""
    return words % {name: whole(count) for name, count in counts.items()}


def _kind(value: Value) -> str:
    return {Label: "words", str: "code"}.get(type(value), "number")


def number(value: float, unit: str) -> str:
    times, places, words, signed = UNITS[unit]
    rounded = Decimal(f"{times * value:.{places}f}")
    sign = "+" if signed and rounded > 0 else ""
    # There is no minus in front of a nought.
    text = number_format(rounded or abs(rounded), places, force_grouping=True)
    return str(words) % {"number": f"{sign}{text}"}


def _estimate(value: Estimate, column: Column) -> str:
    if value.value is None:
        assert value.missing is not None
        return f"– {MISSING[value.missing]}"
    figure = number(value.value, column.unit)
    if not column.with_interval:
        return figure
    if not value.interval:
        return gettext("%(figure)s (no interval)") % {"figure": figure}
    low, high = (number(end, column.unit) for end in value.interval)
    return gettext("%(figure)s (%(low)s to %(high)s)") % {"figure": figure, "low": low, "high": high}


def _headings(column: Column) -> list[str]:
    ends = ["_low", "_high"] if column.with_interval else ["_of"] if column.of else []
    return [column.key, *(f"{column.key}{end}" for end in ends)]


def _figures(value: Value, column: Column) -> list[object]:
    if isinstance(value, Estimate):
        return [value.value, value.low, value.high] if column.with_interval else [value.value]
    if isinstance(value, Share):
        return [value.count, value.of]
    text = value.code if isinstance(value, Label) else value
    # A spreadsheet takes text that begins so for a formula, and runs it.
    return [f"'{text}" if isinstance(text, str) and text.startswith(("=", "+", "-", "@")) else text]


def _gaps(pairs: list[tuple[Value, Column]]) -> Iterator[str]:
    for value, column in pairs:
        if isinstance(value, Estimate) and value.missing:
            yield f"{column.key}: {value.missing.value}"
