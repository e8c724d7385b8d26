"""What was measured of a mole, as rows of a table for people."""

from dataclasses import dataclass
from typing import Any

from diagnosis.pages.wording import percent


@dataclass(frozen=True)
class Measured:
    """One row. `sign` is the letter of the ABCD rule it belongs to; `colour` is shown as a patch."""

    sign: str
    name: str
    value: str
    meaning: str
    colour: str = ""


def table(measurements: dict[str, Any]) -> list[Measured]:
    """The measurements of `ml.predict.Result`, in words."""
    return [*_shape(measurements), *_colour(measurements), *_size(measurements)]


def _shape(m: dict[str, Any]) -> list[Measured]:
    folded = f"{percent(m['asymmetry_major'])} and {percent(m['asymmetry_minor'])}"
    return [
        Measured(
            "A",
            "Asymmetry",
            folded,
            "Share of the area without a counterpart when the mole is folded along its long and along its "
            "short axis. At 0% both halves match.",
        ),
        Measured(
            "B",
            "Border",
            f"{m['irregularity']:.2f}",
            "Length of the outline against the area inside. A circle has 1; a long or ragged mole has more.",
        ),
    ]


def _colour(m: dict[str, Any]) -> list[Measured]:
    red, green, blue = m["mean_colour"]
    rows = [
        Measured(
            "C",
            "Shades",
            f"{m['colour_variation']:.1f}",
            "How far the shades inside lie from their mean (CIELAB ΔE). About 2 can just be seen.",
        ),
        Measured(
            "C",
            "Mean colour",
            f"red {red}, green {green}, blue {blue}",
            "Each from 0 to 255, as the camera saw it in that light.",
            colour=f"rgb({red}, {green}, {blue})",
        ),
    ]
    if m["contrast"] is not None:
        meaning = "How far the mean colour lies from that of the skin around (CIELAB ΔE)."
        rows.append(Measured("C", "Contrast", f"{m['contrast']:.1f}", meaning))
    return rows


def _size(m: dict[str, Any]) -> list[Measured]:
    at_least = "at least " if m["cut_off"] else ""
    diameter = f"{at_least}{percent(m['diameter'])} of the photo’s width"
    area = f"{at_least}{percent(m['area_share'])} of the square"
    return [
        Measured(
            "D",
            "Diameter",
            diameter,
            "The largest. A photo has no scale, so it is not in millimetres: measure the mole with a ruler.",
        ),
        Measured("D", "Area", area, "What the outline encloses."),
    ]
