"""The one decoder and the one resize, the same for training and serving.

`decode` takes bytes nobody vouches for. It looks at the declared format and size before
decoding a single pixel, because a 17 KB PNG can unpack to hundreds of megabytes.
"""

import io
import warnings
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from PIL import Image, ImageChops

from ml import exif

FORMATS = ("JPEG", "PNG", "WEBP")
# Set by memory. A JPEG decodes at a reduced scale, a progressive one keeps up to 6 bytes a pixel
# besides; a PNG takes up to 8 bytes a pixel, a WebP 16.
MAX_PIXELS = {"JPEG": 50_000_000, "progressive JPEG": 25_000_000, "PNG": 20_000_000, "WEBP": 10_000_000}
MIN_SIDE = 100
MIN_CROP_PIXELS = 64
# A JPEG of more pixels is decoded at half its size even where that is below `max_side`.
FULL_SCALE_PIXELS = {"JPEG": 20_000_000, "progressive JPEG": 12_500_000}

# Pillow warns above this number of pixels and raises above twice as many; the limits are ours.
Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS.values())
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class BadImage(ValueError):
    """The bytes are no picture we can use; `code` is for programs, the message for people."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Crop:
    """A square on a photo: its centre as fractions of width and height, its side as a
    fraction of the shorter side."""

    x: float = 0.5
    y: float = 0.5
    size: float = 1.0

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels.

        A square that sticks out is moved inwards, so rounding never cuts a pixel row off.
        """
        side = self.size * min(width, height)
        left = min(max(self.x * width - side / 2, 0.0), width - side)
        top = min(max(self.y * height - side / 2, 0.0), height - side)
        return left, top, left + side, top + side


@dataclass(frozen=True)
class Decoded:
    """An upright RGB picture without metadata, and what its file said of itself."""

    image: Image.Image
    format: str
    taken_at: datetime | None


def decode(data: bytes, *, max_side: int | None = None, min_side: int = MIN_SIDE) -> Decoded:
    """Turn untrusted bytes into one upright 8-bit RGB picture.

    With `max_side`, the longer side comes out at most that long (antialiased). The shorter
    side must have at least `min_side` pixels.
    Raises `BadImage` with code `empty`, `unsupported_type`, `animated`, `too_many_pixels`,
    `too_small` or `damaged`.
    """
    if not data:
        raise BadImage("empty", "The file is empty. Choose the photo again.")
    image = _open(data)
    kind = _kind(image)
    _check_before_decoding(image, kind, min_side)
    try:
        if max_side and kind in FULL_SCALE_PIXELS:
            _draft(image, max_side, FULL_SCALE_PIXELS[kind])
        image.load()
        turn, taken_at = exif.turn(image), exif.taken_at(image)
        # One name throughout, so that no step's large picture outlives the step after it.
        image = _on_white(image)
        image = _rgb(image)
        if max_side:
            image.thumbnail((max_side, max_side), Image.Resampling.BICUBIC, reducing_gap=3.0)
        image = _pixels_alone(image if turn is None else image.transpose(turn))
        return Decoded(image, kind.split()[-1], taken_at)
    except Exception as error:  # Pillow's decoders raise whatever they stumble over
        raise _damaged() from error


def square(image: Image.Image, crop: Crop, side: int) -> np.ndarray:
    """The crop of an RGB picture as a uint8 array (side, side, 3), antialiased."""
    return resize(image, (side, side), crop.box(*image.size))


def resize(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> np.ndarray:
    """`box` of an RGB picture at `size` (width, height), as a uint8 array (height, width, 3)."""
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0))


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("JPEG") from error
    except Exception as error:  # as above
        if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n")) or data[8:12] == b"WEBP":
            raise _damaged() from error
        raise BadImage(
            "unsupported_type",
            "This is not a JPEG, PNG or WebP photo. On an iPhone choose "
            "Settings, Camera, Formats, Most Compatible, or share the photo as JPEG.",
        ) from error


def _kind(image: Image.Image) -> str:
    """A key of MAX_PIXELS. An MPO is a JPEG with further frames after the photo, as phones write."""
    if image.format in ("JPEG", "MPO"):
        return "progressive JPEG" if image.info.get("progressive") else "JPEG"
    return str(image.format)


def _check_before_decoding(image: Image.Image, kind: str, min_side: int) -> None:
    if "JPEG" not in kind and getattr(image, "n_frames", 1) > 1:
        raise BadImage("animated", "The picture is animated. Upload a single still photo.")
    width, height = image.size
    if width * height > MAX_PIXELS[kind]:
        raise _too_many_pixels(kind)
    if min(width, height) < min_side:
        raise BadImage(
            "too_small",
            f"The photo is {width} x {height} pixels; its shorter side must have "
            f"at least {min_side}. Upload the original photo, not a thumbnail.",
        )


def _too_many_pixels(kind: str) -> BadImage:
    remedy = "." if kind == "JPEG" else ", or as a plain JPEG."
    limit = f"{MAX_PIXELS[kind] / 1_000_000:g} million pixels"
    return BadImage(
        "too_many_pixels", f"The photo has more than {limit}. Upload it at a smaller size{remedy}"
    )


def _damaged() -> BadImage:
    return BadImage(
        "damaged",
        "The photo is damaged or incomplete and could not be read. Take it again or choose another file.",
    )


def _draft(image: Image.Image, max_side: int, full_scale_pixels: int) -> None:
    """Let the JPEG decoder halve the size as often as leaves at least `max_side`."""
    scale = max(max(image.size) / max_side, 2 if image.width * image.height > full_scale_pixels else 1)
    image.draft(image.mode, (int(image.width / scale), int(image.height / scale)))


def _on_white(image: Image.Image) -> Image.Image:
    """White behind what is transparent."""
    if not image.has_transparency_data or image.mode.startswith("I"):
        return image
    image = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    image.paste("white", (0, 0), ImageChops.invert(image.getchannel("A")))
    return image


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB; 16 bits are scaled, not clipped."""
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode == "CMYK" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, which hold inverted values.
        image = ImageChops.invert(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _pixels_alone(image: Image.Image) -> Image.Image:
    """A new canvas: nothing of the file but its pixels survives, not even a JPEG's comment."""
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return clean
