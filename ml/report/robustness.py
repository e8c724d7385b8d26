"""The same photos, taken a little differently: how much worse does the network judge them?"""

import io
from collections.abc import Callable

from PIL import Image, ImageEnhance, ImageFilter

from ml.images import Crop

SIZES = (150, 100, 75, 64, 48)  # sides of the centre square, to find where it declines


def _jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=50)
    return Image.open(file).convert("RGB")


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    size = (round(image.width * factor), round(image.height * factor))
    return image.resize(size, Image.Resampling.BICUBIC)


def _centre(image: Image.Image) -> Image.Image:
    return image.crop(tuple(round(edge) for edge in Crop().box(*image.size)))  # type: ignore[arg-type]


def _lit(share: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: ImageEnhance.Brightness(image).enhance(share)


VARIANTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG quality 50": _jpeg,
    "20% brighter": _lit(1.2),
    "20% darker": _lit(0.8),
    "blurred (Gaussian, 1 pixel)": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "centre square alone": _centre,
    "half size": lambda image: _scaled(image, 0.5),
    "double size": lambda image: _scaled(image, 2.0),
    "turned by 90 degrees": lambda image: image.transpose(Image.Transpose.ROTATE_90),
}


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The picture with its shorter side `side` pixels long."""
    return _scaled(image, side / min(image.size))
