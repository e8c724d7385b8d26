"""From the network's map of the lesion to one closed outline, and from that to a mask."""

import contourpy
import numpy as np
from PIL import Image, ImageDraw

SIDE = 128  # of the grid on which outlines are drawn and measured
POINTS = 64
# An outline around less than this share of the square is no mole: about 10 of 128 pixels across.
SMALLEST = 0.005


def find_outline(logits: np.ndarray) -> np.ndarray | None:
    """The largest closed line along logit 0, float64 (n, 2): x and y as fractions of the square.

    `logits` (h, w) say how likely each place is lesion. None where nothing is large enough.
    A lesion that leaves the square is closed along the square's edge.
    """
    picture = Image.fromarray(np.asarray(logits, np.float32))
    fine = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    # A frame of what is surely skin closes the lines at the edge.
    framed = np.pad(fine, 1, constant_values=-10.0)
    lines = [np.asarray(line) for line in contourpy.contour_generator(z=framed).lines(0.0)]
    largest = max(lines, key=lambda line: abs(area(line)), default=None)
    if largest is None:
        return None
    # Pixel n of the frame has its centre at (n - 0.5) / SIDE of the square.
    line = np.clip((largest - 0.5) / SIDE, 0.0, 1.0)
    return line if abs(area(line)) >= SMALLEST else None


def area(line: np.ndarray) -> float:
    """Signed area of the closed polygon (n, 2): the shoelace formula."""
    x, y = line[:, 0], line[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def thinned(line: np.ndarray, points: int = POINTS) -> np.ndarray:
    """The closed polygon (n, 2) with at most `points` points, evenly spaced along its length."""
    if len(line) <= points:
        return line
    closed = np.vstack([line, line[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0.0, along[-1], points, endpoint=False)
    return np.stack([np.interp(at, along, closed[:, axis]) for axis in (0, 1)], axis=1)


def mask(line: np.ndarray, side: int = SIDE) -> np.ndarray:
    """What lies inside the polygon (n, 2): bool (side, side)."""
    canvas = Image.new("1", (side, side))
    ImageDraw.Draw(canvas).polygon([(x, y) for x, y in line * side - 0.5], fill=1)
    return np.asarray(canvas)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Overlap of two masks, 2 |A and B| / (|A| + |B|) (Dice 1945); NaN where both are empty."""
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else float("nan")
