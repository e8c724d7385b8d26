"""Lays one outline of a mole over another: same centre, same area, same long axis.

Centre, area and axes are the moments of the polygon's area, by Green's theorem.
"""

import math
from dataclasses import dataclass

Outline = list[list[float]]

# Below this ratio of the axes an outline is so round that its long axis is chance.
ROUND = 1.15


@dataclass(frozen=True)
class Alignment:
    """Turn by `degrees` (-90 to 90), then make `factor` times as large; `matrix` is SVG's, for squares
    drawn from 0 to 100."""

    degrees: float
    factor: float
    matrix: str

    @property
    def turned_by(self) -> int:
        """In whole degrees, either way."""
        return round(abs(self.degrees))


@dataclass(frozen=True)
class _Shape:
    x: float
    y: float
    area: float
    angle: float
    ratio: float


def align(outline: Outline, onto: Outline) -> Alignment:
    """What lays `outline` onto the other; both closed, in fractions of their squares.

    Two nearly round outlines are not turned.
    """
    one, other = _shape(outline), _shape(onto)
    turn = 0.0 if min(one.ratio, other.ratio) < ROUND else other.angle - one.angle
    # An axis has two ends: the nearer one is meant.
    turn -= math.pi * round(turn / math.pi)
    factor = math.sqrt(other.area / one.area)
    a, b = factor * math.cos(turn), factor * math.sin(turn)
    # (x, y) -> (a x - b y + e, b x + a y + f) takes one centre to the other.
    e = 100 * (other.x - a * one.x + b * one.y)
    f = 100 * (other.y - b * one.x - a * one.y)
    numbers = " ".join(f"{value:.4f}" for value in (a, b, -b, a, e, f))
    return Alignment(math.degrees(turn), factor, f"matrix({numbers})")


def _shape(outline: Outline) -> _Shape:
    pairs = list(zip(outline, [*outline[1:], outline[0]], strict=True))
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in pairs:
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross / 2, x + (x0 + x1) * cross / 6, y + (y0 + y1) * cross / 6
    x, y = x / area, y / area
    xx = yy = xy = 0.0
    for (x0, y0), (x1, y1) in pairs:
        x0, x1, y0, y1 = x0 - x, x1 - x, y0 - y, y1 - y
        cross = (x0 * y1 - x1 * y0) / area
        xx += (x0 * x0 + x0 * x1 + x1 * x1) * cross / 12
        yy += (y0 * y0 + y0 * y1 + y1 * y1) * cross / 12
        xy += (x0 * y1 + 2 * x0 * y0 + 2 * x1 * y1 + x1 * y0) * cross / 24
    middle, spread = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    ratio = math.sqrt((middle + spread) / max(middle - spread, 1e-12))
    return _Shape(x, y, abs(area), math.atan2(2 * xy, xx - yy) / 2, ratio)
