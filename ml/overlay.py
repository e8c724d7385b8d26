"""The outline and the explanation drawn over the square that the network saw."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from ml.images import Crop, square

if TYPE_CHECKING:
    from ml.classifier import Result

SIDE = 512
LINE = (0, 230, 255)  # cyan: a colour no skin has
WARM = (255, 140, 0)


def write_overlays(result: "Result", image: Image.Image, stem: Path) -> None:
    """Writes `stem`-outline.png and `stem`-explanation.png, 512 pixels square, of the centre square."""
    seen = Image.fromarray(square(image, Crop(), SIDE))
    outlined(seen, result.outline).save(stem.with_name(f"{stem.name}-outline.png"))
    explained(seen, np.array(result.explanation)).save(stem.with_name(f"{stem.name}-explanation.png"))


def outlined(seen: Image.Image, line: tuple[tuple[float, float], ...]) -> Image.Image:
    """The square with the closed outline, points (x, y) as fractions of it."""
    picture = seen.copy()
    points = [(x * seen.width, y * seen.height) for x, y in line]
    ImageDraw.Draw(picture).line([*points, points[0]], fill=LINE, width=max(2, seen.width // 170))
    return picture


def explained(seen: Image.Image, grid: np.ndarray) -> Image.Image:
    """Where the network looked, not why: the square veiled in orange by the grid's values 0..1."""
    veil = Image.fromarray((grid * 160).astype(np.uint8)).resize(seen.size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", seen.size, WARM), seen, veil)
