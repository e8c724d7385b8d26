"""Views, conformal sets, distances, readers and the explanation: on arrays one can check by hand."""

import numpy as np
import pytest
from PIL import Image

from ml import conformal, explain, reader, reference, turning, views
from ml.images import Crop
from ml.known import Known
from ml.labels import MALIGNANT_INDICES


def test_each_square_has_eight_different_turns_and_the_first_is_the_square_itself():
    squares = np.arange(2 * 4 * 4 * 3).reshape(2, 4, 4, 3)
    seen = np.concatenate([views.turns(square) for square in squares])
    assert seen.shape == (2 * views.TURNS, 4, 4, 3) == (16, 4, 4, 3)
    assert np.array_equal(seen[[0, 8]], squares)
    assert len({view.tobytes() for view in seen}) == 16
    assert np.array_equal(turning.all_turns(squares), seen)


def test_every_turn_can_be_laid_back_on_the_first():
    picture = np.random.default_rng(1).random((6, 6, 2))
    for view in views.upright(views.turns(picture)):
        assert np.array_equal(view, picture)


@pytest.mark.parametrize("crop", [Crop(), Crop(0.4, 0.6, 0.5), Crop(0.0, 1.0, 0.4)])
def test_the_nearer_square_is_the_middle_of_the_other(crop):
    # Shades that grow by one a pixel say where a square lies: mean the centre, steps the width.
    shades = np.stack([*np.meshgrid(np.arange(240), np.arange(200)), np.zeros((200, 240))], axis=-1)
    whole, nearer = views.look(Image.fromarray(shades.astype(np.uint8)), crop, 16, nearer=0.5).astype(float)
    assert nearer.mean(axis=(0, 1)) == pytest.approx(whole.mean(axis=(0, 1)), abs=1)
    assert np.ptp(nearer[..., 0]) == pytest.approx(np.ptp(whole[..., 0]) / 2, abs=2)
    assert np.ptp(nearer[..., 1]) == pytest.approx(np.ptp(whole[..., 1]) / 2, abs=2)


def test_a_conformal_set_by_hand():
    # True classes have 0.9, 0.8, ..., 0.1: of nine photos the ceil(10 x 0.5) = 5th smallest score is 0.5.
    p = np.array([[share, 1 - share] for share in np.arange(0.9, 0.05, -0.1)])
    labels = np.zeros(9, int)
    assert conformal.fit(p, labels, level=0.5) == pytest.approx(0.5)
    assert conformal.fit(p, labels, level=0.9) == pytest.approx(0.1)


def test_a_set_holds_the_true_class_as_often_as_it_promises():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(7), 6000)
    labels = np.array([rng.choice(7, p=one) for one in p])
    least = conformal.fit(p[:3000], labels[:3000])
    inside = conformal.members(p[3000:], least)
    assert inside[np.arange(3000), labels[3000:]].mean() == pytest.approx(0.9, abs=0.015)


def test_the_most_probable_class_is_always_in_the_set():
    assert conformal.members(np.array([0.3, 0.4, 0.3]), 0.5).tolist() == [False, True, False]
    assert conformal.members(np.array([[0.6, 0.4], [0.1, 0.9]]), 0.35).tolist() == [
        [True, True],
        [False, True],
    ]


@pytest.fixture(scope="module")
def origin() -> tuple[reference.Reference, np.ndarray]:
    """The reference of photos whose 40 statistics have 10 sources, and more of such photos."""
    rng = np.random.default_rng(1)
    mixing = rng.normal(size=(10, 40))
    photos = rng.normal(size=(2000, 10)) @ mixing + 0.1 * rng.normal(size=(2000, 40)) + 5
    return reference.fit(photos[:1000], components=10), photos[1000:]


def test_photos_like_those_known_are_near_and_others_far(origin):
    known, alike = origin
    assert known.distances(alike).mean() == pytest.approx(1, abs=0.1)
    rng = np.random.default_rng(2)
    other = 5 + known.scale * rng.normal(size=(100, 40))  # the same spread, but none of the bonds
    assert known.distances(other).min() > 3 * known.distances(alike).max()
    assert known.distances(alike + 10 * known.scale).min() > known.distances(alike).max()


def test_a_statistic_that_never_stirs_divides_by_nothing():
    photos = np.random.default_rng(1).normal(size=(100, 5))
    photos[:, 2] = 7.0
    assert np.isfinite(reference.fit(photos, components=2).distances(photos)).all()


def test_a_reader_tells_two_kinds_apart_and_errs_on_its_share_of_the_first():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(1000, 6)), rng.normal(size=(60, 6)) + np.array([3, 0, 0, 0, 0, 0])
    fresh = rng.normal(size=(1000, 6))
    found = reader.fit(one, other, fresh, share=0.02)
    assert (reader.scores(found, fresh) > 0).mean() == pytest.approx(0.02, abs=0.002)
    assert (reader.scores(found, other) > 0).mean() > 0.7


def test_recompression_changes_the_pixels_a_little_and_always_alike():
    pixels = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    once = reader.recompressed(pixels)
    assert (once.shape, once.dtype) == (pixels.shape, np.uint8)
    assert not np.array_equal(once, pixels)
    assert np.array_equal(once, reader.recompressed(pixels))


def test_what_is_known_is_read_as_it_was_written(origin, tmp_path):
    rng = np.random.default_rng(1)
    written = Known(origin[0], rng.normal(size=41), rng.normal(size=41))
    written.save(tmp_path / "known.npz")
    found = Known.load(tmp_path / "known.npz")
    for photo in origin[1][:20]:
        distance, kind, strangeness = found.read(photo)
        before = written.read(photo)
        assert (distance, strangeness) == pytest.approx((before[0], before[2]), abs=1e-3)
        assert kind == before[1]


def test_the_gradient_is_that_of_the_log_odds():
    logits = np.random.default_rng(1).normal(size=7)

    def log_odds(z: np.ndarray) -> float:
        e = np.exp(z)
        malignant = e[list(MALIGNANT_INDICES)].sum()
        return float(np.log(malignant) - np.log(e.sum() - malignant))

    found = explain.malignancy_gradient(np.exp(logits) / np.exp(logits).sum())
    for k in range(7):
        step = 1e-5 * np.eye(7)[k]
        slope = (log_odds(logits + step) - log_odds(logits - step)) / 2e-5
        assert found[k] == pytest.approx(slope, abs=1e-6)


def test_a_place_that_speaks_for_malignancy_shines_and_others_stay_dark():
    maps = np.zeros((3, 3, 2))
    maps[1, 2, 0], maps[0, 0, 0], maps[2, 2, 1] = 2.0, 1.0, 5.0
    kernel = np.zeros((2, 7))
    kernel[0, 4], kernel[1, 5] = 1.0, 1.0  # the first channel speaks for melanoma, the second for naevus
    p = np.full(7, 1 / 7)
    shown = explain.grad_cam(maps, kernel, explain.malignancy_gradient(p))
    assert shown[1, 2] == 1
    assert shown[0, 0] == pytest.approx(0.5)
    assert shown[2, 2] == 0
    assert explain.grad_cam(-maps, np.abs(kernel), explain.malignancy_gradient(p)).max() <= 1


def test_where_nothing_speaks_for_malignancy_nothing_shines():
    assert (
        explain.grad_cam(np.ones((2, 2, 1)), -np.ones((1, 7)) * [1, 1, 0, 0, 1, 0, 0], np.ones(7)).max() == 0
    )
