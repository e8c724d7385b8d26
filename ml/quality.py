"""What can be said of a photo before the network sees it: too little, too dark, too bright, nothing on it.

The bounds are loose on purpose: `python -m ml.evaluate` reports how many of HAM10000's held-out
images they refuse.
"""

import numpy as np

from ml.images import MIN_CROP_PIXELS

DARK, BRIGHT = 25.0, 245.0  # mean luminance, 0..255
FLAT = 3.0  # standard deviation of luminance
LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


class CannotJudge(Exception):
    """The photo can't be judged: a code for programs, the reason and what to do for people."""

    def __init__(self, code: str, reason: str, advice: str):
        super().__init__(reason)
        self.code, self.reason, self.advice = code, reason, advice


def check_square(crop_pixels: float) -> None:
    """Raises `CannotJudge` where a square of `crop_pixels` pixels is too small to be cut out."""
    if round(crop_pixels) < MIN_CROP_PIXELS:
        raise CannotJudge(
            "crop_too_small",
            f"The chosen square is {crop_pixels:.0f} pixels wide; at least {MIN_CROP_PIXELS} are needed.",
            "Take the photo from closer, or choose a larger square.",
        )


def check(pixels: np.ndarray) -> None:
    """Raises `CannotJudge` for uint8 `pixels` (side, side, 3) on which nothing can be seen."""
    luminance = pixels.astype(float) @ LUMINANCE
    if luminance.mean() < DARK:
        raise CannotJudge(
            "too_dark", "The photo is too dark to be judged.", "Take it again in daylight or with the flash."
        )
    if luminance.mean() > BRIGHT:
        raise CannotJudge(
            "too_bright",
            "The photo is too bright to be judged.",
            "Take it again with less light on the skin.",
        )
    if luminance.std() < FLAT:
        raise CannotJudge(
            "no_detail",
            "There is nothing to be seen in the chosen square.",
            "Place the square over the mole, and take the photo again if it is blurred.",
        )
