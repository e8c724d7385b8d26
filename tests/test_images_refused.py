"""What ingest refuses, and that refusing and accepting cost little memory."""

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from diagnosis.images import BadImage, clean_photo
from tests.odd_pictures import jpeg_of_size, png, png_of_size
from tests.pictures import encoded, mole_image


def refused(data: bytes) -> str:
    with pytest.raises(BadImage) as caught:
        clean_photo(data)
    assert caught.value.message.endswith(".")
    assert caught.value.message[0].isupper()
    return caught.value.code


def test_an_empty_file_is_refused():
    assert refused(b"") == "empty"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_cut_short_is_refused_wherever_it_was_cut(format):
    data = encoded(mole_image(), format)
    assert {refused(data[: len(data) * tenth // 10]) for tenth in range(1, 10)} == {"damaged"}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_with_a_torn_head_is_refused(format):
    assert refused(encoded(mole_image(), format)[:20]) == "damaged"


@pytest.mark.parametrize(("width", "height"), [(99, 300), (300, 99), (1, 1)])
def test_a_photo_with_a_side_below_100_pixels_is_refused(width, height):
    for format in ("JPEG", "PNG", "WEBP"):
        assert refused(encoded(Image.new("RGB", (width, height)), format)) == "too_small"


def test_a_photo_of_100_by_100_pixels_is_accepted():
    assert clean_photo(encoded(mole_image(100, 100))).width == 100


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_an_animation_is_refused(format):
    frames = [mole_image(seed=seed) for seed in (1, 2, 3)]
    assert refused(encoded(frames[0], format, save_all=True, append_images=frames[1:])) == "animated"


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200
OTHERS = {
    "heic": HEIC,
    "avif": HEIC.replace(b"heic", b"avif"),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"/>',
    "html": b"<!doctype html><title>photo.jpg</title>",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n",
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "text": b"not a photo",
    "one byte": b"\xff",
    "riff": b"RIFF\x10\0\0\0WAVEfmt ",
    **{f: encoded(mole_image(200, 200), f) for f in ("GIF", "TIFF", "BMP", "ICO", "PPM", "TGA", "JPEG2000")},
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_type_is_refused_whatever_it_is_called(name):
    assert refused(OTHERS[name]) == "unsupported_type"


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_refused(seed):
    assert refused(np.random.default_rng(seed).bytes(5000)) == "unsupported_type"


# Pixels are counted before they are decoded --------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (jpeg_of_size(10_000, 5_001), "too_many_pixels"),
        (jpeg_of_size(65_000, 65_000), "too_many_pixels"),
        (jpeg_of_size(5_000, 5_001, progressive=True), "too_many_pixels"),
        (png_of_size(5_000, 4_001), "too_many_pixels"),
        (png_of_size(60_000, 60_000), "too_many_pixels"),
        (png_of_size(5_000, 4_000), "damaged"),  # as many as are allowed: decoded, and found empty
    ],
)
def test_too_many_pixels_are_refused(data, code):
    assert refused(data) == code


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (jpeg_of_size(10_000, 5_000), (3000, 1500)),
        (jpeg_of_size(5_000, 5_000, progressive=True), (2500, 2500)),
    ],
)
def test_as_many_pixels_as_are_allowed_are_accepted(data, size):
    clean = clean_photo(data)
    assert (clean.width, clean.height) == size


def test_the_pixel_limit_of_a_webp_is_lower():
    assert refused(encoded(Image.new("RGB", (3163, 3163)), "WEBP", method=0)) == "too_many_pixels"
    assert clean_photo(encoded(Image.new("RGB", (3162, 3162), "tan"), "WEBP", method=0)).width == 3000


# What the largest photo of each kind costs: a file of a few KB can unpack to all of it.
LARGEST = {
    "JPEG": lambda: jpeg_of_size(8_660, 5_773),
    "square JPEG": lambda: jpeg_of_size(4_472, 4_472),
    "progressive JPEG": lambda: jpeg_of_size(5_000, 5_000, progressive=True),
    "RGB PNG": lambda: png(5_000, 4_000, depth=8, colour_type=2, row=bytes(15_000)),
    "RGBA PNG": lambda: png(5_000, 4_000, depth=8, colour_type=6, row=bytes(20_000)),
    "16-bit PNG": lambda: png(5_000, 4_000, depth=16, colour_type=0, row=bytes(10_000)),
    "WebP": lambda: encoded(Image.new("RGB", (3162, 3162), "tan"), "WEBP", method=0),
    "refused PNG": lambda: png_of_size(60_000, 60_000),
}
MEASURE = """
import resource, sys
from diagnosis.images import BadImage, clean_photo
data, before = sys.stdin.buffer.read(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    clean_photo(data)
except BadImage as error:
    print(error.code, file=sys.stderr)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_photos_cost_less_than_200_megabytes(name):
    command = [sys.executable, "-c", MEASURE]
    done = subprocess.run(command, input=LARGEST[name](), capture_output=True, check=True)
    assert int(done.stdout) < (20 if name.startswith("refused") else 200)
    assert done.stderr == (b"too_many_pixels\n" if name.startswith("refused") else b"")


# Whatever the bytes, nothing but BadImage ----------------------------------------------------


def _exif_photo(format: str) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:02:29 13:14:15"
    picture = mole_image(128, 112)
    return encoded(picture.quantize(16) if format == "PNG" else picture, format, exif=exif)


WHOLE = [_exif_photo("JPEG"), _exif_photo("PNG"), _exif_photo("WEBP")]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    whole=st.sampled_from(WHOLE),
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=6),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_mangled_photos_are_read_or_refused(whole, edits, cut):
    data = bytearray(whole)
    for where, change in edits:
        # Most of what can go wrong is in the head.
        at = int(where**3 * len(data))
        data[at : at + len(change)] = change
    with contextlib.suppress(BadImage):
        clean = clean_photo(bytes(data[: int(cut * len(data))]))
        assert Image.open(io.BytesIO(clean.jpeg)).format == "JPEG"
