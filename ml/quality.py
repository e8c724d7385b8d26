"""What can be said of a photo before the network sees it: too little, too dark, too bright, nothing on it.

The bounds are loose on purpose: `python -m ml.evaluate` reports how many of HAM10000's held-out
images they refuse.
"""

import numpy as np

from ml.colour import to_lab
from ml.images import MIN_CROP_PIXELS

DARK, BRIGHT = 25.0, 245.0  # mean luminance, 0..255
FLAT = 3.0  # standard deviation of luminance
# Mean absolute Laplacian of luminance on a square of 128 pixels. Of 1 in 14 photos of HAM10000's training
# part none is below 2.1, none of half its size below 1.3; blurred by a Gaussian of 3 pixels in 150,
# 95 in 100 are below 1.2.
BLURRED = 1.0
# Skin of every type is reddish: of all photos of HAM10000's training part none has a mean a* below 0.7 or
# a mean chroma below 5, of PAD-UFES-20's none below -2.7 and 4.3 (CIELAB).
GREENISH, COLOURLESS = -4.0, 3.0
LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


class CannotJudge(Exception):
    """The photo can't be judged: a code for programs, the reason and what to do for people."""

    def __init__(self, code: str, reason: str, advice: str):
        super().__init__(reason)
        self.code, self.reason, self.advice = code, reason, advice


# What a `CannotJudge` is made of. An exception kept and raised again would gather the frames, with their
# photos, of every time it was raised.
NOT_SKIN = (
    "not_skin",
    "This does not look like a photo of a mole: it is too unlike the photos the model knows.",
    "Take a photo of one mole, from close by, with skin around it and nothing else in the picture.",
)
NO_MOLE = (
    "no_mole",
    "No mole was found in the middle of the chosen square.",
    "Place the square so that the mole is in its middle, with skin around it.",
)
UNSTABLE = (
    "unstable",
    "The model's answer changes too much when the photo is merely turned or seen from a step nearer, so it "
    "would be a guess.",
    "Take the photo again, sharp and in even light. If you are worried, show the mole to a doctor.",
)


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
    _check_colour(pixels)
    if sharpness(luminance) < BLURRED:
        raise CannotJudge(
            "blurred",
            "The photo is too blurred to be judged.",
            "Hold the camera still, let it focus on the mole, and take the photo again.",
        )


def _check_colour(pixels: np.ndarray) -> None:
    lab = to_lab(pixels)
    if np.hypot(lab[..., 1], lab[..., 2]).mean() < COLOURLESS or lab[..., 1].mean() < GREENISH:
        raise CannotJudge(*NOT_SKIN)


def sharpness(luminance: np.ndarray) -> float:
    """Mean absolute Laplacian (Pech-Pacheco et al. 2000 use its variance) of luminance (h, w)."""
    inner = luminance[1:-1, 1:-1]
    around = luminance[:-2, 1:-1] + luminance[2:, 1:-1] + luminance[1:-1, :-2] + luminance[1:-1, 2:]
    return float(np.abs(4 * inner - around).mean())
