"""The views of a photo: its square and the nearer middle of it, each in four quarter turns and mirrored.

A mole has no up or down, so all turns deserve the same answer, and a step nearer nearly the same: the
mean of all is better than one, and their spread says how far the network can be trusted with this photo.
"""

import numpy as np
from PIL import Image

from ml.images import Crop, resize

# Width of the nearer square, as a share of the whole one.
NEARER = 0.75
TURNS = 8


def look(image: Image.Image, crop: Crop, side: int, nearer: float = NEARER) -> np.ndarray:
    """The crop of an RGB picture, and its middle `nearer` as wide: uint8 (2, side, side, 3), antialiased."""
    left, top, right, bottom = crop.box(*image.size)
    margin = (1 - nearer) / 2 * (right - left)
    inner = left + margin, top + margin, right - margin, bottom - margin
    return np.stack([resize(image, (side, side), box) for box in ((left, top, right, bottom), inner)])


def turns(picture: np.ndarray) -> np.ndarray:
    """One square (side, side, ...) turned and mirrored, the untouched one first: (8, side, side, ...)."""
    return np.stack([turned(picture, number) for number in range(TURNS)])


def turned(square: np.ndarray, number: int) -> np.ndarray:
    """Turn 0..7 of a square (side, side, ...): by that many quarters, from 4 on mirrored after that."""
    quarters = np.rot90(square, number)
    return quarters[:, ::-1] if number >= 4 else quarters


def upright(seen: np.ndarray) -> np.ndarray:
    """Maps (8, h, w, ...) of the eight turns, each turned back to lie on the untouched one."""
    turned = list(seen[:4]) + [view[:, ::-1] for view in seen[4:]]
    return np.stack([np.rot90(view, -(number % 4)) for number, view in enumerate(turned)])
