"""A, B, C and D of the ABCD rule (Stolz et al. 1994) as measurements; later photos show E, evolution.

They describe what is in the picture. The malignancy probability does not come from them.
"""

from dataclasses import dataclass

import numpy as np

from ml import outline
from ml.colour import to_lab

FOLDING_SIDE = 512
EDGE = 1.5 / outline.SIDE
# Skin to compare with: from this far outside the outline, as fractions of the square's side.
RING = (0.03, 0.12)


@dataclass(frozen=True)
class Measurements:
    """Of one outline in one photo. Two photos taken from different distances can't be compared in size.

    area_share: of the square. diameter: the largest, in widths of the whole picture.
    asymmetry_major, asymmetry_minor: share of the area without a counterpart when folded along the
    principal axes (Stoecker et al. 1992), 0 to 1. irregularity: perimeter squared by 4 pi times the area,
    1 for a circle (Golston et al. 1992). colour_variation: root mean square CIE76 distance from
    the mean colour inside. contrast: CIE76 distance of the means inside and around; None where
    nothing is around. mean_colour: sRGB 0..255. cut_off: the outline touches the square's edge,
    so area and diameter are lower bounds.
    """

    area_share: float
    diameter: float
    asymmetry_major: float
    asymmetry_minor: float
    irregularity: float
    colour_variation: float
    contrast: float | None
    mean_colour: tuple[int, int, int]
    cut_off: bool


def measure(line: np.ndarray, pixels: np.ndarray, widths: float) -> Measurements:
    """Measures the closed polygon (n, 2), in fractions of the square, on its uint8 `pixels` (side, side, 3).

    `widths` is the square's side in widths of the whole picture.
    """
    area = abs(outline.area(line))
    closed = np.vstack([line, line[:1]])
    perimeter = float(np.hypot(*np.diff(closed, axis=0).T).sum())
    inside = outline.mask(line, len(pixels))
    lab = to_lab(pixels)
    mean = lab[inside].mean(axis=0)
    around = _ring(inside)
    major, minor = asymmetry(line)
    return Measurements(
        area_share=area,
        diameter=_diameter(line) * widths,
        asymmetry_major=major,
        asymmetry_minor=minor,
        irregularity=perimeter**2 / (4 * np.pi * area),
        colour_variation=float(np.sqrt(((lab[inside] - mean) ** 2).sum(axis=1).mean())),
        contrast=float(np.linalg.norm(mean - lab[around].mean(axis=0))) if around.any() else None,
        mean_colour=tuple(round(value) for value in pixels[inside].mean(axis=0)),
        cut_off=bool(line.min() < EDGE or line.max() > 1 - EDGE),
    )


def asymmetry(line: np.ndarray) -> tuple[float, float]:
    """Share of the area without a counterpart across the major and the minor principal axis."""
    centre, moments = _moments(line)
    _, axes = np.linalg.eigh(moments)  # the major axis comes last
    turned = (line - centre) @ axes[:, ::-1]
    # Scaled to fill a fine grid, whatever the outline's size: its steps would count as asymmetry.
    whole = outline.mask(turned / (2.05 * np.abs(turned).max()) + 0.5, FOLDING_SIDE)
    return _unmatched(whole, whole[::-1]), _unmatched(whole, whole[:, ::-1])


def _moments(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre (2,) and central second moments (2, 2) of the area within the polygon, by Green's theorem."""
    origin = line.mean(axis=0)
    x, y = (line - origin).T
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    cross = x * y1 - x1 * y
    area = cross.sum() / 2
    centre = np.array([((x + x1) * cross).sum(), ((y + y1) * cross).sum()]) / (6 * area)
    xx = ((x * x + x * x1 + x1 * x1) * cross).sum() / 12
    yy = ((y * y + y * y1 + y1 * y1) * cross).sum() / 12
    xy = ((x * y1 + 2 * x * y + 2 * x1 * y1 + x1 * y) * cross).sum() / 24
    moments = np.array([[xx, xy], [xy, yy]]) / area - np.outer(centre, centre)
    return centre + origin, moments


def _unmatched(whole: np.ndarray, folded: np.ndarray) -> float:
    return float((whole & ~folded).sum() / whole.sum())


def _diameter(line: np.ndarray) -> float:
    thin = outline.thinned(line, 180)
    return float(np.linalg.norm(thin[:, None] - thin[None], axis=2).max())


def _ring(inside: np.ndarray) -> np.ndarray:
    """A band of skin around the mask, bool (side, side); empty where the lesion fills the square."""
    near, far = (_grown(inside, round(share * len(inside))) for share in RING)
    return far & ~near


def _grown(inside: np.ndarray, pixels: int) -> np.ndarray:
    """The mask and what is at most `pixels` away from it along rows and columns."""
    return _grown_down(_grown_down(inside, pixels).T, pixels).T


def _grown_down(inside: np.ndarray, pixels: int) -> np.ndarray:
    """Along columns. Counted in running sums: a filter looks at every pixel of every window."""
    sums = np.pad(inside, ((pixels + 1, pixels), (0, 0))).cumsum(axis=0)
    width = 2 * pixels + 1
    return np.asarray(sums[width:] > sums[:-width])
