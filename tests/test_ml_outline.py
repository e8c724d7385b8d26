"""The outline and what is measured of it, on shapes whose measures are known."""

import numpy as np
import pytest

from ml import measure, outline
from ml.colour import to_lab

SIDE = outline.SIDE


def logits_of(mask: np.ndarray) -> np.ndarray:
    return np.where(mask, 4.0, -4.0)


def grid(side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the pixels' centres, as fractions."""
    at = (np.arange(side) + 0.5) / side
    return at[None, :], at[:, None]


def disc(x: float, y: float, radius: float, side: int = SIDE) -> np.ndarray:
    across, down = grid(side)
    return (across - x) ** 2 + (down - y) ** 2 < radius**2


def ellipse(a: float, b: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    return np.stack([0.5 + a * np.cos(angle), 0.5 + b * np.sin(angle)], axis=1)


def photo(inside: np.ndarray) -> np.ndarray:
    return np.where(inside[..., None], [120, 70, 50], [220, 170, 150]).astype(np.uint8)


def test_a_disc_is_found_where_it_is_in_fractions_of_the_square():
    line = outline.find_outline(logits_of(disc(0.4, 0.6, 0.2, side=32)))
    assert line.min(axis=0) == pytest.approx([0.2, 0.4], abs=0.015)
    assert line.max(axis=0) == pytest.approx([0.6, 0.8], abs=0.015)
    assert abs(outline.area(line)) == pytest.approx(np.pi * 0.04, rel=0.05)


def test_of_two_the_larger_is_taken_and_a_hole_is_no_lesion():
    ring = disc(0.6, 0.6, 0.3) & ~disc(0.6, 0.6, 0.1)
    line = outline.find_outline(logits_of(ring | disc(0.1, 0.1, 0.08)))
    assert abs(outline.area(line)) == pytest.approx(np.pi * 0.09, rel=0.03)


def test_a_lesion_that_leaves_the_square_is_closed_along_its_edge():
    line = outline.find_outline(logits_of(grid()[0] + 0 * grid()[1] < 0.5))
    assert abs(outline.area(line)) == pytest.approx(0.5, abs=0.01)
    assert line.min() < measure.EDGE
    assert measure.measure(line, photo(outline.mask(line)), 1.0).cut_off


def test_nothing_and_next_to_nothing_have_no_outline():
    assert outline.find_outline(np.full((32, 32), -5.0)) is None
    assert outline.find_outline(logits_of(disc(0.5, 0.5, 0.03))) is None


def test_a_whole_square_of_lesion_is_outlined_by_its_edge():
    line = outline.find_outline(np.full((8, 8), 9.0))
    assert abs(outline.area(line)) == pytest.approx(1, abs=0.01)


def test_a_mask_and_its_outline_are_the_same():
    inside = disc(0.45, 0.5, 0.25)
    assert outline.dice(outline.mask(outline.find_outline(logits_of(inside))), inside) > 0.98


def test_a_thinned_outline_keeps_its_shape():
    line = ellipse(0.4, 0.2)
    thin = outline.thinned(line)
    assert len(thin) == outline.POINTS
    assert abs(outline.area(thin)) == pytest.approx(abs(outline.area(line)), rel=0.01)
    assert outline.thinned(thin) is thin


def test_dice_by_hand():
    one = np.array([True, True, True, False])
    other = np.array([False, True, True, True])
    assert outline.dice(one, other) == 2 * 2 / 6
    assert np.isnan(outline.dice(np.zeros(4, bool), np.zeros(4, bool)))


def test_a_circle_measures_as_a_circle():
    line = ellipse(0.25, 0.25)
    found = measure.measure(line, photo(outline.mask(line)), widths=0.75)
    assert found.area_share == pytest.approx(np.pi / 16, rel=0.01)
    assert found.diameter == pytest.approx(0.5 * 0.75, rel=0.01)
    assert found.irregularity == pytest.approx(1, abs=0.01)
    assert found.asymmetry_major == pytest.approx(0, abs=0.03)
    assert found.asymmetry_minor == pytest.approx(0, abs=0.03)
    assert not found.cut_off


def test_colours_are_measured_inside_and_around():
    line = ellipse(0.25, 0.25)
    found = measure.measure(line, photo(outline.mask(line)), 1.0)
    assert found.mean_colour == (120, 70, 50)
    assert found.colour_variation == pytest.approx(0, abs=1e-9)
    apart = np.linalg.norm(to_lab(np.array([120, 70, 50])) - to_lab(np.array([220, 170, 150])))
    assert found.contrast == pytest.approx(apart, abs=1e-6)


def test_where_no_skin_is_around_there_is_no_contrast():
    line = outline.find_outline(np.full((8, 8), 9.0))
    assert measure.measure(line, photo(np.ones((64, 64), bool)), 1.0).contrast is None


def test_a_square_is_more_irregular_than_a_circle_and_a_star_more_than_both():
    square = np.array([[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]])
    found = measure.measure(square, photo(outline.mask(square)), 1.0)
    assert found.irregularity == pytest.approx(4 / np.pi, rel=0.001)  # (4 a)^2 / (4 pi a^2)
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    radius = np.where(np.arange(20) % 2, 0.15, 0.4)
    star = np.stack([0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)], axis=1)
    assert measure.measure(star, photo(outline.mask(star)), 1.0).irregularity > 2


def test_an_ellipse_is_symmetric_however_it_is_turned_and_a_drop_across_one_axis_only():
    flat = ellipse(0.35, 0.15) - 0.5
    turn = np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]])
    assert max(measure.asymmetry(flat @ turn + 0.5)) < 0.03
    drop = np.array([[0.1, 0.5], [0.6, 0.3], [0.8, 0.5], [0.6, 0.7]])
    along, across = measure.asymmetry(drop)
    assert along == pytest.approx(0, abs=0.03)  # folded along its length it fits
    assert across > 0.1


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_known_colours_in_cielab(rgb, lab):
    assert to_lab(np.array(rgb)) == pytest.approx(lab, abs=0.05)
