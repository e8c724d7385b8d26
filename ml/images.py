"""The one decoder and the one resize, the same for training and serving.

`decode` takes bytes nobody vouches for. It looks at the declared format and size before
decoding a single pixel, because a 17 KB PNG can unpack to hundreds of megabytes.
"""

import io
import warnings
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG decodes at a reduced scale and in little memory; the others must be unpacked whole.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 20_000_000, "WEBP": 20_000_000}
MIN_SIDE = 100
MIN_CROP_PIXELS = 64

EXIF_IFD, EXIF_DATE_ORIGINAL, EXIF_DATE = 0x8769, 0x9003, 0x0132

Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS.values())


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


def decode(data: bytes, *, max_side: int | None = None) -> Decoded:
    """Turn untrusted bytes into one upright 8-bit RGB picture.

    With `max_side`, the longer side comes out at most that long (antialiased).
    Raises `BadImage` with code `empty`, `unsupported_type`, `animated`, `too_many_pixels`,
    `too_small` or `damaged`.
    """
    if not data:
        raise BadImage("empty", "The file is empty. Choose the photo again.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = _open(data)
        kind = image.format or ""
        _check_before_decoding(image, kind)
        try:
            return Decoded(_upright_rgb(image, kind, max_side), kind, _taken_at(image))
        except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
            raise BadImage(
                "damaged",
                "The photo is damaged or incomplete and could not be read. "
                "Take it again or choose another file.",
            ) from error


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
        raise _too_many_pixels(max(MAX_PIXELS.values())) from error
    except (OSError, ValueError, SyntaxError, TypeError) as error:
        raise BadImage(
            "unsupported_type",
            "This is not a JPEG, PNG or WebP photo. On an iPhone choose "
            "Settings, Camera, Formats, Most Compatible, or share the photo as JPEG.",
        ) from error


def _check_before_decoding(image: Image.Image, kind: str) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise BadImage("animated", "The picture is animated. Upload a single still photo.")
    width, height = image.size
    if width * height > MAX_PIXELS[kind]:
        raise _too_many_pixels(MAX_PIXELS[kind])
    if min(width, height) < MIN_SIDE:
        raise BadImage(
            "too_small",
            f"The photo is {width} x {height} pixels; its shorter side must have "
            f"at least {MIN_SIDE}. Upload the original photo, not a thumbnail.",
        )


def _too_many_pixels(limit: int) -> BadImage:
    return BadImage(
        "too_many_pixels",
        f"The photo has more than {limit // 1_000_000} million pixels. "
        "Upload it at a smaller size, or as JPEG.",
    )


def _upright_rgb(image: Image.Image, kind: str, max_side: int | None) -> Image.Image:
    if max_side and kind == "JPEG":
        image.draft(None, (max_side, max_side))
    image.load()
    # Copies pixels and orientation on a new canvas: nothing else of the file survives.
    upright = ImageOps.exif_transpose(_rgb(image))
    if max_side and max(upright.size) > max_side:
        upright.thumbnail((max_side, max_side), Image.Resampling.BICUBIC, reducing_gap=3.0)
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    return clean


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB with white behind what is transparent; 16 bits are scaled, not clipped."""
    exif = image.getexif()
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image, dtype=np.uint32) >> 8).clip(0, 255).astype(np.uint8))
    elif image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.new("RGB", rgba.size, "white")
        image.paste(rgba, mask=rgba.getchannel("A"))
    image = image.convert("RGB")
    image.info["exif"] = exif.tobytes() if exif else b""
    return image


def _taken_at(image: Image.Image) -> datetime | None:
    """The camera's own clock, without a time zone; None where it says nothing sensible."""
    try:
        exif = image.getexif()
        text = exif.get_ifd(EXIF_IFD).get(EXIF_DATE_ORIGINAL) or exif.get(EXIF_DATE)
        return datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except (ValueError, OSError, SyntaxError, KeyError, TypeError):
        return None
