"""What was measured of a mole, as rows of a table for people."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from diagnosis.pages.wording import decimal, percent


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
    shares = {"one": percent(m["asymmetry_major"]), "other": percent(m["asymmetry_minor"])}
    return [
        Measured(
            "A",
            _("Asymmetry"),
            _("%(one)s and %(other)s") % shares,
            _(
                "Share of the area without a counterpart when the mole is folded along its long and along "
                "its short axis. At 0% both halves match."
            ),
        ),
        Measured(
            "B",
            _("Border"),
            decimal(m["irregularity"], 2),
            _(
                "Length of the outline against the area inside. A circle has 1; a long or ragged mole has "
                "more."
            ),
        ),
    ]


def _colour(m: dict[str, Any]) -> list[Measured]:
    red, green, blue = m["mean_colour"]
    rows = [
        Measured(
            "C",
            _("Shades"),
            decimal(m["colour_variation"], 1),
            _("How far the shades inside lie from their mean (CIELAB ΔE). About 2 can just be seen."),
        ),
        Measured(
            "C",
            _("Mean colour"),
            _("red %(red)s, green %(green)s, blue %(blue)s") % {"red": red, "green": green, "blue": blue},
            _("Each from 0 to 255, as the camera saw it in that light."),
            colour=f"rgb({red}, {green}, {blue})",
        ),
    ]
    if m["contrast"] is not None:
        meaning = _("How far the mean colour lies from that of the skin around (CIELAB ΔE).")
        rows.append(Measured("C", _("Contrast"), decimal(m["contrast"], 1), meaning))
    return rows


def _size(m: dict[str, Any]) -> list[Measured]:
    diameter = _("%(share)s of the photo’s width") % {"share": percent(m["diameter"])}
    area = _("%(share)s of the square") % {"share": percent(m["area_share"])}
    if m["cut_off"]:
        diameter, area = (_("at least %(size)s") % {"size": size} for size in (diameter, area))
    return [
        Measured(
            "D",
            _("Diameter"),
            diameter,
            _(
                "The largest. A photo has no scale, so it is not in millimetres: measure the mole with a "
                "ruler."
            ),
        ),
        Measured("D", _("Area"), area, _("What the outline encloses.")),
    ]
