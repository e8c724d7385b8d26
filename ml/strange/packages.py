"""Photos inside the wheels of scikit-image, scikit-learn and matplotlib; nothing is downloaded."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from ml.images import Crop

LEAST, MOST = 150, 1000
REQUIRED = {"skimage": "scikit-image", "sklearn": "scikit-learn", "matplotlib": "matplotlib"}
SQUARES = (Crop(0.25, 0.25, 0.5), Crop(0.75, 0.7, 0.5), Crop(0.5, 0.5, 0.7))
# Portraits: no square of them may show a face alone, which is skin.
CLOTHES = (Crop(0.1, 1.0, 0.4), Crop(0.9, 1.0, 0.4))

PHOTOS: dict[str, dict[str, tuple[Crop, ...]]] = {
    "tuning": {
        "skimage/data/brick.png": SQUARES[:1],
        "skimage/data/camera.png": SQUARES,
        "skimage/data/chelsea.png": SQUARES,
        "skimage/data/clock_motion.png": SQUARES,
        "skimage/data/coins.png": SQUARES,
        "skimage/data/grass.png": SQUARES[:1],
        "skimage/data/moon.png": SQUARES[:1],
        "skimage/data/motorcycle_left.png": SQUARES,
        "skimage/data/page.png": SQUARES[:2],
        "skimage/data/retina.jpg": SQUARES[:2],
        "sklearn/datasets/images/china.jpg": SQUARES,
    },
    "held_out": {
        "matplotlib/mpl-data/sample_data/grace_hopper.jpg": CLOTHES,
        "skimage/data/astronaut.png": CLOTHES,
        "skimage/data/cell.png": SQUARES[:2],
        "skimage/data/coffee.png": SQUARES,
        "skimage/data/color.png": SQUARES[:1],
        "skimage/data/gravel.png": SQUARES[:1],
        "skimage/data/hubble_deep_field.jpg": SQUARES,
        "skimage/data/ihc.png": SQUARES[:2],
        "skimage/data/rocket.jpg": SQUARES,
        "skimage/data/text.png": SQUARES[:2],
        "sklearn/datasets/images/flower.jpg": SQUARES,
    },
}


def check_installed() -> None:
    """Raises `ImportError` naming the first package that is missing."""
    for module in REQUIRED:
        installed(module)


def installed(path: str) -> Path:
    """The file at `path` in the package that it begins with, which is not imported: that can take seconds.

    Raises `ImportError` where the package is missing.
    """
    module, _, rest = path.partition("/")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ImportError(f"Strange pictures need {REQUIRED[module]}: pip install -r requirements-dev.txt")
    return Path(spec.origin).parent / rest


def photos(part: str) -> Iterator[tuple[str, Image.Image]]:
    """Each photo of the part, whole and in squares: its name and the picture."""
    for path, squares in PHOTOS[part].items():
        with Image.open(installed(path)) as opened:
            whole = opened.convert("RGB")
        name = Path(path).stem
        whole.thumbnail((MOST, MOST))
        yield f"{name}-whole", whole
        for number, square in enumerate(squares):
            yield f"{name}-{number + 1}", _cut(whole, square)


def _cut(picture: Image.Image, square: Crop) -> Image.Image:
    """The square, made larger where it would have fewer than LEAST pixels a side."""
    least = min(LEAST / min(picture.size), 1.0)
    left, top, right, bottom = Crop(square.x, square.y, max(square.size, least)).box(*picture.size)
    return picture.crop((round(left), round(top), round(right), round(bottom)))
