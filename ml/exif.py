"""What is wanted of a file's EXIF: which way is up, and when the photo was taken.

Cameras and apps write EXIF in every broken way there is. What can't be read counts as absent:
the photo itself may still be good.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PIL import Image

ORIENTATION, IFD, DATE_ORIGINAL, DATE = 0x0112, 0x8769, 0x9003, 0x0132

# From the file's pixels to upright ones, by the tag's value; 1 is upright already.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turn(image: Image.Image) -> Image.Transpose | None:
    """What brings a decoded file's pixels upright; None where they are."""
    return _or_none(lambda: UPRIGHT.get(image.getexif().get(ORIENTATION, 1)))


def taken_at(image: Image.Image) -> datetime | None:
    """The camera's own clock, without a time zone; None where it says nothing sensible."""
    text = _or_none(lambda: image.getexif().get_ifd(IFD).get(DATE_ORIGINAL))
    text = text or _or_none(lambda: image.getexif().get(DATE))
    return _or_none(lambda: datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S"))


def _or_none(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception:  # Pillow's parser raises whatever it stumbles over
        return None
