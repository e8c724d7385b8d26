"""What differs between two results of one mole, in words that claim no more than two photos can tell."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Prediction
from diagnosis.pages.wording import decimal, exact_percent, percent, points


@dataclass(frozen=True)
class Change:
    """One row: `words` say how far the later value lies from the earlier one, where that can be said."""

    name: str
    before: str
    after: str
    words: str


def changes(before: Prediction, after: Prediction) -> list[Change]:
    """From one result to the later one. Sizes and shapes only where both photos were measured."""
    rows = [_probability(before, after)]
    if before.measurements and after.measurements:
        rows += _measured(before.measurements, after.measurements)
    return rows


def other_models(before: Prediction, after: Prediction) -> bool:
    """Whether two model versions made the results, so that part of the difference may be theirs."""
    return before.model_version != after.model_version


def _probability(before: Prediction, after: Prediction) -> Change:
    one, two = before.malignancy_probability or 0.0, after.malignancy_probability or 0.0
    words = gettext("%(points)s higher") if two > one else gettext("%(points)s lower")
    words = words % {"points": points(abs(two - one))} if one != two else gettext("the same")
    return Change(gettext("Malignancy probability"), percent(one), percent(two), words)


def _measured(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    rows = [Change(str(name), shown(before[key]), shown(after[key]), "") for name, key, shown in SHAPES]
    if before["contrast"] is not None and after["contrast"] is not None:
        one, two = (decimal(m["contrast"], 1) for m in (before, after))
        rows.append(Change(gettext("C: contrast"), one, two, ""))
    share = gettext("%(share)s of the photo’s width")
    one, two = (share % {"share": percent(m["diameter"])} for m in (before, after))
    return [*rows, Change(gettext("D: largest diameter"), one, two, _size(before, after))]


SHAPES = (
    (_("A: asymmetry, long axis"), "asymmetry_major", percent),
    (_("A: asymmetry, short axis"), "asymmetry_minor", percent),
    (_("B: border"), "irregularity", partial(decimal, places=2)),
    (_("C: shades"), "colour_variation", partial(decimal, places=1)),
)


def _size(before: dict[str, Any], after: dict[str, Any]) -> str:
    if before["cut_off"] or after["cut_off"]:
        return gettext("part of the mole is cut off, so the sizes can’t be compared")
    ratio = after["diameter"] / before["diameter"]
    share = exact_percent(abs(ratio - 1), 0)
    if share == exact_percent(0, 0):
        said = gettext("measured the same in the picture; photos taken at another distance can’t be compared")
    elif ratio > 1:
        said = gettext(
            "measured %(share)s larger in the picture; photos taken at another distance can’t be compared"
        )
    else:
        said = gettext(
            "measured %(share)s smaller in the picture; photos taken at another distance can’t be compared"
        )
    return said % {"share": share}
