"""Ingest: what is accepted comes out right, and nothing but its pixels is kept."""

import io
import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageDraw, PngImagePlugin

from diagnosis.images import clean_photo
from tests.odd_pictures import png, png_chunk
from tests.pictures import encoded, mole_image, mole_jpeg

GREY = 117


def stored(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(clean_photo(data).jpeg))
    image.load()
    return image


def colour(data: bytes, at: tuple[int, int] = (60, 60)) -> tuple[int, ...]:
    return stored(data).getpixel(at)


def near(pixel: tuple[int, ...], wanted: tuple[int, ...], within: int = 3) -> bool:
    return len(pixel) == len(wanted) and max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) <= within


# Accepted, and the colours are right ---------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_of_each_format_is_stored_as_the_same_picture(format):
    picture = mole_image()
    clean = clean_photo(encoded(picture, format))
    again = np.asarray(Image.open(io.BytesIO(clean.jpeg)), float)
    assert (clean.width, clean.height, clean.original_format) == (400, 300, format)
    assert np.abs(again - np.asarray(picture, float)).mean() < 2


@pytest.mark.parametrize(
    ("depth", "colour_type", "samples", "wanted"),
    [
        (16, 0, [GREY], (GREY,) * 3),  # grey
        (16, 2, [GREY, 60, 200], (GREY, 60, 200)),  # RGB
        (16, 4, [GREY, 255], (GREY,) * 3),  # grey and opaque alpha
        (16, 4, [GREY, 0], (255,) * 3),  # grey, all transparent
        (16, 6, [GREY, 60, 200, 255], (GREY, 60, 200)),  # RGBA
    ],
)
def test_sixteen_bits_are_scaled_not_clipped(depth, colour_type, samples, wanted):
    row = b"".join(struct.pack(">H", sample * 257) for sample in samples) * 120
    assert near(colour(png(120, 120, depth=depth, colour_type=colour_type, row=row)), wanted, 1)


def test_sixteen_bit_grey_keeps_its_steps():
    values = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (120, 1))
    out = np.asarray(stored(encoded(Image.fromarray(values), "PNG")), int)
    assert np.abs(out[60, :, 0] - np.arange(256)).max() <= 3


def test_a_colour_key_on_sixteen_bits_is_no_failure():
    row = struct.pack(">HHH", GREY * 257, 60 * 257, 200 * 257) * 120
    key = png_chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))
    assert near(colour(png(120, 120, depth=16, colour_type=2, row=row, extra=key)), (GREY, 60, 200), 1)


# What Pillow's own conversion makes of C 20, M 90, Y 120, K 30.
CMYK, CMYK_AS_RGB = (20, 90, 120, 30), (207, 146, 119)


def test_an_adobe_cmyk_jpeg_keeps_its_colours():
    data = encoded(Image.new("CMYK", (120, 120), CMYK), quality=95)
    assert b"Adobe" in data
    assert near(colour(data), CMYK_AS_RGB)


def test_a_cmyk_jpeg_without_adobes_marker_is_not_inverted():
    inverted = Image.new("CMYK", (120, 120), tuple(255 - ink for ink in CMYK))
    data = encoded(inverted, quality=95)
    marker = data.index(b"\xff\xee")
    length = struct.unpack(">H", data[marker + 2 : marker + 4])[0]
    assert near(colour(data[:marker] + data[marker + 2 + length :]), CMYK_AS_RGB)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_behind_what_is_transparent_it_is_white(mode, format):
    picture = Image.new("RGBA", (200, 200), (90, 90, 90, 0))
    picture.paste((90, 90, 90, 255), (0, 0, 100, 200))
    if format == "PNG":
        picture = picture.convert("LA") if mode in ("LA", "PA") else picture
        picture = picture.quantize(8) if mode == "P" else picture
    data = encoded(picture, format, **({"lossless": True} if format == "WEBP" else {}))
    assert near(colour(data, (30, 30)), (90, 90, 90))
    assert near(colour(data, (170, 170)), (255, 255, 255))


def test_half_transparent_is_half_white():
    data = encoded(Image.new("RGBA", (120, 120), (100, 100, 100, 128)), "PNG")
    assert near(colour(data), (177, 177, 177))  # (100 * 128 + 255 * 127) / 255


def test_a_colour_key_is_transparent():
    data = encoded(Image.new("RGB", (120, 120), (10, 20, 30)), "PNG", transparency=(10, 20, 30))
    assert near(colour(data), (255, 255, 255))


@pytest.mark.parametrize(("mode", "fill", "wanted"), [("L", GREY, GREY), ("1", 1, 255), ("1", 0, 0)])
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_grey_and_one_bit_pictures_become_rgb(mode, fill, wanted, format):
    picture = Image.new(mode, (120, 120), fill)
    data = encoded(picture if format == "PNG" else picture.convert("L"), format)
    assert near(colour(data), (wanted,) * 3)


def test_a_phones_jpeg_with_further_frames_is_its_first_frame():
    other = Image.new("RGB", (320, 240), "blue")
    data = encoded(mole_image(), "MPO", save_all=True, append_images=[other])
    assert Image.open(io.BytesIO(data)).n_frames == 2
    clean = clean_photo(data)
    assert (clean.width, clean.height, clean.original_format) == (400, 300, "JPEG")
    assert near(colour(data, (5, 5)), (224, 172, 150), 8)


# Upright -------------------------------------------------------------------------------------


def corners(image: Image.Image) -> list[str]:
    """The names of the colours near the four corners, clockwise from the top left."""
    names = {"red": (254, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 254), "white": (255, 255, 255)}
    spots = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]
    pixels = [image.getpixel((int(x * image.width), int(y * image.height))) for x, y in spots]
    return [next((n for n, rgb in names.items() if near(p, rgb, 40)), str(p)) for p in pixels]


# Where each tag's value puts the file's first row and first column (EXIF 2.3, tag 0x0112), as the
# turn that a camera made; undoing it must bring red, lime, blue and white back clockwise.
TURNS = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.ROTATE_270, Image.Transpose.FLIP_TOP_BOTTOM],
    8: [Image.Transpose.ROTATE_270],
}


def turned(orientation: int, format: str) -> bytes:
    image = Image.new("RGB", (200, 120))
    draw = ImageDraw.Draw(image)
    for box, fill in [((0, 0), "red"), ((100, 0), "lime"), ((100, 60), "blue"), ((0, 60), "white")]:
        draw.rectangle((*box, box[0] + 99, box[1] + 59), fill=fill)
    for turn in TURNS[orientation]:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image, format, exif=exif)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_pixels_come_upright(orientation, format):
    clean = clean_photo(turned(orientation, format))
    assert (clean.width, clean.height) == (200, 120)
    for jpeg in (clean.jpeg, clean.thumbnail):
        image = Image.open(io.BytesIO(jpeg))
        assert image.size == (200, 120)
        assert corners(image) == ["red", "lime", "blue", "white"]
        assert not image.getexif()


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert clean_photo(encoded(mole_image(), exif=exif)).width == 400


def test_a_broken_exif_block_spoils_no_photo():
    for block in (
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40,
    ):
        clean = clean_photo(encoded(mole_image(), exif=block))
        assert (clean.width, clean.taken_at) == (400, None)


# The date ------------------------------------------------------------------------------------


def dated(text: object, *, original: bool = True) -> bytes:
    exif = Image.Exif()
    if original:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = text
    else:
        exif[ExifTags.Base.DateTime] = text
    return encoded(mole_image(), exif=exif)


@pytest.mark.parametrize("original", [True, False])
def test_the_cameras_date_is_kept(original):
    clean = clean_photo(dated("2024:02:29 13:14:15", original=original))
    assert clean.taken_at == datetime(2024, 2, 29, 13, 14, 15, tzinfo=UTC)


BAD_DATES = ["0000:00:00 00:00:00", "1980:01:01 00:00:00", "2023:02:29 10:00:00", "9999:12:31 23:59:59"]


@pytest.mark.parametrize("text", [*BAD_DATES, "yesterday", "", "\0" * 19])
def test_a_date_that_cannot_be_is_dropped(text):
    assert clean_photo(dated(text)).taken_at is None


def test_a_date_in_the_future_is_dropped():
    soon = datetime.now(UTC) + timedelta(days=2)
    assert clean_photo(dated(soon.strftime("%Y:%m:%d %H:%M:%S"))).taken_at is None


# Nothing but pixels --------------------------------------------------------------------------

SECRET = b"geheim-48.2082N"


def test_no_metadata_of_a_jpeg_survives():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSDateStamp] = SECRET.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(
        mole_image(), exif=exif, comment=SECRET, xmp=b"<x>" + SECRET + b"</x>", icc_profile=profile
    )
    assert data.count(SECRET) == 4
    clean = clean_photo(data)
    for jpeg in (clean.jpeg, clean.thumbnail):
        assert SECRET not in jpeg
        image = Image.open(io.BytesIO(jpeg))
        image.load()
        assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_no_metadata_of_a_png_survives():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    clean = clean_photo(encoded(mole_image(), "PNG", pnginfo=text, dpi=(300, 300)))
    assert SECRET not in clean.jpeg
    assert Image.open(io.BytesIO(clean.jpeg)).info["jfif_density"] == (1, 1)


@pytest.mark.parametrize("tail", [b"<html><script>alert(1)</script>", b"PK\x03\x04" + SECRET, SECRET * 99])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_hangs_behind_the_picture_is_cut_off(format, tail):
    clean = clean_photo(encoded(mole_image(), format) + tail)
    assert tail not in clean.jpeg
    assert clean.jpeg == clean_photo(encoded(mole_image(), format)).jpeg


# What is stored ------------------------------------------------------------------------------


def test_the_stored_jpeg_has_full_colour_and_a_thumbnail():
    clean = clean_photo(mole_jpeg(1600, 1200))
    image = Image.open(io.BytesIO(clean.jpeg))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1600, 1200))
    assert [sampling for _, *sampling, _ in image.layer] == [[1, 1], [1, 1], [1, 1]]  # 4:4:4
    same_quality = Image.open(io.BytesIO(encoded(mole_image(), quality=92)))
    assert image.quantization == same_quality.quantization
    assert Image.open(io.BytesIO(clean.thumbnail)).size == (512, 384)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize(("size", "wanted"), [((3000, 200), (3000, 200)), ((200, 3300), (182, 3000))])
def test_the_long_side_is_at_most_3000_pixels(format, size, wanted):
    clean = clean_photo(encoded(mole_image(*size), format))
    assert (clean.width, clean.height) == wanted
    assert Image.open(io.BytesIO(clean.jpeg)).size == wanted


def test_a_jpeg_is_never_decoded_at_less_than_the_size_it_is_kept_at():
    lines = np.zeros((120, 4000, 3), np.uint8)
    lines[:, ::8] = 255
    out = np.asarray(stored(encoded(Image.fromarray(lines), quality=95)), float)
    assert out.shape == (90, 3000, 3)
    assert out[45, :, 0].std() > 60  # at half the size the lines would blur into grey


def test_the_same_photo_twice_has_the_same_sha256():
    one, two = clean_photo(mole_jpeg()), clean_photo(mole_jpeg())
    assert one.sha256 == two.sha256
    assert one.sha256 != clean_photo(mole_jpeg(seed=2)).sha256
