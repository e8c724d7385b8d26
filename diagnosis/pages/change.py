"""What differs between two results of one mole, in words that claim no more than two photos can tell."""

from dataclasses import dataclass
from typing import Any

from diagnosis.models import Prediction
from diagnosis.pages.wording import percent, points


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
    words = f"{points(abs(two - one))} {'higher' if two > one else 'lower'}"
    return Change("Malignancy probability", percent(one), percent(two), words if one != two else "the same")


def _measured(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    rows = [Change(name, shown(before[key]), shown(after[key]), "") for name, key, shown in SHAPES]
    if before["contrast"] is not None and after["contrast"] is not None:
        rows.append(Change("C: contrast", f"{before['contrast']:.1f}", f"{after['contrast']:.1f}", ""))
    one, two = (f"{percent(m['diameter'])} of the photo’s width" for m in (before, after))
    return [*rows, Change("D: largest diameter", one, two, _size(before, after))]


SHAPES = (
    ("A: asymmetry, long axis", "asymmetry_major", percent),
    ("A: asymmetry, short axis", "asymmetry_minor", percent),
    ("B: border", "irregularity", "{:.2f}".format),
    ("C: shades", "colour_variation", "{:.1f}".format),
)


def _size(before: dict[str, Any], after: dict[str, Any]) -> str:
    if before["cut_off"] or after["cut_off"]:
        return "part of the mole is cut off, so the sizes can’t be compared"
    ratio = after["diameter"] / before["diameter"]
    share = round(100 * abs(ratio - 1))
    how = f"{share}% {'larger' if ratio > 1 else 'smaller'}" if share else "the same"
    return f"measured {how} in the picture; photos taken at another distance can’t be compared"
