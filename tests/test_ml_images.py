"""The square the network sees: exact at the edges, smooth, the same wherever the picture comes from."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from diagnosis.images import clean_photo
from ml.images import Crop, decode, resize, square
from tests.pictures import encoded, mole_image

SIDE = 96
FRACTION = st.floats(0, 1)


def test_the_square_is_the_centre_unless_said_otherwise():
    assert Crop().box(400, 300) == (50, 0, 350, 300)
    assert Crop().box(300, 400) == (0, 50, 300, 350)


@pytest.mark.parametrize(
    ("x", "y", "left", "top"),
    [
        (0, 0, 0, 0),
        (1, 0, 300, 0),
        (0, 1, 0, 200),
        (1, 1, 300, 200),
        (0.5, 0.5, 150, 100),
        (0.25, 0.5, 50, 100),
    ],
)
def test_a_square_that_sticks_out_is_moved_inwards(x, y, left, top):
    assert Crop(x, y, 1 / 3).box(400, 300) == pytest.approx((left, top, left + 100, top + 100))


@given(
    x=FRACTION, y=FRACTION, size=st.floats(0.05, 1), width=st.integers(100, 700), height=st.integers(100, 700)
)
def test_every_square_on_a_photo_can_be_cut(x, y, size, width, height):
    crop = Crop(x, y, size)
    left, top, right, bottom = crop.box(width, height)
    assert left >= 0
    assert top >= 0
    assert right <= width + 1e-9
    assert bottom <= height + 1e-9
    assert right - left == pytest.approx(bottom - top)
    assert square(Image.new("RGB", (width, height)), crop, 8).shape == (8, 8, 3)


def test_each_corner_shows_that_corner_alone():
    quarters = np.zeros((200, 200, 3), np.uint8)
    for number, (y, x) in enumerate([(0, 0), (0, 100), (100, 0), (100, 100)]):
        quarters[y : y + 100, x : x + 100] = 50 * (number + 1)
    for number, (y, x) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        cut = square(Image.fromarray(quarters), Crop(x, y, 0.5), SIDE)
        assert cut.shape == (SIDE, SIDE, 3)
        inner = cut[4:-4, 4:-4]  # at the cut itself the neighbour shines through by a pixel
        assert (inner == 50 * (number + 1)).all()


def test_a_square_at_its_own_size_is_the_pixels_themselves():
    pixels = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    cut = square(Image.fromarray(pixels), Crop(1, 0, 96 / 120), SIDE)
    assert np.array_equal(cut, pixels[:96, 64:])


@pytest.mark.parametrize("size", [500, 960, 2000])
def test_a_fine_pattern_becomes_grey_not_a_coarse_pattern(size):
    checks = np.indices((size, size)).sum(axis=0) % 2 * 255
    picture = Image.fromarray(np.repeat(checks[..., None], 3, axis=2).astype(np.uint8))
    cut = square(picture, Crop(), SIDE).astype(float)
    assert cut.mean() == pytest.approx(127.5, abs=2)
    assert cut.std() < 4


def test_a_stored_photo_gives_the_square_of_the_photo_in_memory():
    picture = mole_image(1200, 900)
    stored = decode(clean_photo(encoded(picture, "PNG")).jpeg).image
    crop = Crop(0.4, 0.6, 0.5)
    difference = np.abs(square(stored, crop, SIDE).astype(int) - square(picture, crop, SIDE))
    assert difference.mean() < 1
    assert difference.max() <= 8


def test_the_square_does_not_depend_on_how_the_file_was_opened():
    data = encoded(mole_image(1200, 900))
    lazily = Image.open(io.BytesIO(data))
    assert np.array_equal(square(lazily, Crop(), SIDE), square(decode(data).image, Crop(), SIDE))


def test_whole_pictures_keep_width_and_height_apart():
    assert resize(mole_image(400, 300), (170, 128)).shape == (128, 170, 3)


def test_decoding_without_a_limit_keeps_every_pixel():
    assert decode(encoded(mole_image(3200, 400))).image.size == (3200, 400)


def test_a_decoded_picture_carries_nothing_of_its_file():
    decoded = decode(encoded(mole_image(), comment=b"of a person"))
    assert decoded.image.info == {}
    assert type(decoded.image) is Image.Image
