"""Untrusted bytes in, one safe JPEG and what was measured of it out."""

import hashlib
import io
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from PIL import Image

from ml import quality
from ml.images import MIN_CROP_PIXELS, MIN_SIDE, BadImage, Crop, decode

__all__ = ["BOUNDS", "BadImage", "Bounds", "CleanPhoto", "Crop", "clean_photo", "cut_square"]

LONG_SIDE = 3000
THUMBNAIL_SIDE = 512
# The photo is what later models will judge again: no chroma subsampling, little loss.
PHOTO_JPEG = {"quality": 92, "subsampling": 0}
THUMBNAIL_JPEG = {"quality": 80}

# A large photo takes up to 200 MB while it is decoded: one at a time in a process of many threads.
_decoding = threading.Lock()


@dataclass(frozen=True)
class Bounds:
    """What a photo needs to be taken in and judged, for pages that say so before it is sent.

    Sides in pixels; `dark`, `bright` and `flat` of luminance from 0 to 255, `blurred` as `quality.sharpness`
    measures on the square that the network takes.
    """

    min_side: int
    long_side: int
    min_crop: int
    dark: float
    bright: float
    flat: float
    blurred: float


BOUNDS = Bounds(
    min_side=MIN_SIDE,
    long_side=LONG_SIDE,
    min_crop=MIN_CROP_PIXELS,
    dark=quality.DARK,
    bright=quality.BRIGHT,
    flat=quality.FLAT,
    blurred=quality.BLURRED,
)


@dataclass(frozen=True)
class CleanPhoto:
    """The JPEG to store, its thumbnail, and what was measured of it. `taken_at` is the camera's word."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str
    original_format: str
    taken_at: datetime | None


def clean_photo(data: bytes, zone: tzinfo = UTC) -> CleanPhoto:
    """Decode everything, keep only pixels. The camera's clock is read as one of this time zone.

    Raises `BadImage` with a sentence for the person.
    """
    with _decoding:
        return _clean(data, zone)


def cut_square(jpeg: bytes, crop: Crop, longest: int) -> bytes:
    """The square of a stored photo as a JPEG of its own, at most `longest` pixels wide.

    Raises `BadImage` where the photo was damaged since.
    """
    with _decoding:
        image = decode(jpeg).image
        box = crop.box(*image.size)
        side = min(round(box[2] - box[0]), longest)
        cut = image.resize((side, side), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
        return _jpeg(cut, PHOTO_JPEG)


def _clean(data: bytes, zone: tzinfo) -> CleanPhoto:
    decoded = decode(data, max_side=LONG_SIDE)
    jpeg = _jpeg(decoded.image, PHOTO_JPEG)
    small = decoded.image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return CleanPhoto(
        jpeg=jpeg,
        thumbnail=_jpeg(small, THUMBNAIL_JPEG),
        width=decoded.image.width,
        height=decoded.image.height,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        original_format=decoded.format,
        taken_at=_plausible(decoded.taken_at, zone),
    )


def _jpeg(image: Image.Image, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _plausible(taken_at: datetime | None, zone: tzinfo) -> datetime | None:
    """A camera's clock may be unset or wrong: dates before digital cameras or in the future are dropped.

    It names no time zone, and may have come from another one, so a day is allowed for.
    """
    if taken_at is None:
        return None
    moment = taken_at.replace(tzinfo=zone)
    return (
        moment if datetime(1990, 1, 1, tzinfo=UTC) < moment < datetime.now(UTC) + timedelta(days=1) else None
    )
