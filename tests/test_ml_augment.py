"""Augmentation: pictures keep their range, and masks and labels go with them."""

import numpy as np
import pytest
import tensorflow as tf

from ml.augment import augment, mix, recompress
from ml.labels import CLASSES


def augmented(pictures: int, **keywords) -> tuple[np.ndarray, np.ndarray]:
    tf.random.set_seed(1)
    picture = np.random.default_rng(1).integers(0, 256, (60, 80, 4), dtype=np.uint8)
    picture[..., 3] = 0
    picture[20:40, 30:50, 3] = 255
    out, masks = augment(tf.constant(np.stack([picture] * pictures)), 32, **keywords)
    return np.asarray(out), np.asarray(masks)


def test_augmented_pictures_keep_their_range_and_differ_and_their_masks_move_with_them():
    out, masks = augmented(16)
    assert (out.shape, masks.shape) == ((16, 32, 32, 3), (16, 32, 32, 1))
    assert out.min() >= 0
    assert out.max() <= 255
    assert len({view.tobytes() for view in out}) == len({mask.tobytes() for mask in masks}) == 16
    assert masks.min() == 0
    assert masks.max() == 1
    assert 0.04 < masks.mean() < 0.3  # a ninth of the square, nearer or farther


def test_a_narrower_zoom_shows_more_of_the_lesion():
    shares = [augmented(16, zoom=zoom)[1].mean() for zoom in ((0.5, 0.6), (0.7, 1.2), (1.2, 1.3))]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 2 * shares[2]


def test_without_strength_light_and_colour_stay():
    grey = np.full((4, 60, 80, 4), 128, np.uint8)
    still, _ = augment(tf.constant(grey), 32, 0.0)
    assert np.asarray(still).mean() == pytest.approx(128, abs=0.5)  # but for the noise
    shaken, _ = augment(tf.constant(grey), 32, 1.0)
    assert np.asarray(shaken).mean(axis=(1, 2)).std() > 3


def test_without_degradation_no_detail_is_lost_and_no_noise_added():
    tf.random.set_seed(1)  # how much detail is lost is drawn too
    grey = np.full((4, 60, 80, 4), 128, np.uint8)
    clean, _ = augment(tf.constant(grey), 32, 0.0, degradation=0.0)
    assert np.asarray(clean) == pytest.approx(128, abs=1e-3)
    # What is made small and large again loses its finest pattern.
    checks = np.indices((60, 80)).sum(axis=0) % 2 * 255
    fine = np.broadcast_to(checks[..., None], (64, 60, 80, 4)).astype(np.uint8)
    kept, lost = (
        np.asarray(augment(tf.constant(fine), 60, 0.0, (0.5, 0.5), degradation)[0]).std(axis=(1, 2, 3))
        for degradation in (0.0, 1.0)
    )
    assert lost.min() < 0.75 * kept.min()


def test_a_share_of_the_pictures_is_compressed_again_and_their_masks_stay():
    tf.random.set_seed(1)
    pictures = np.random.default_rng(1).integers(0, 256, (40, 24, 32, 4), dtype=np.uint8)
    out = np.asarray(recompress(tf.constant(pictures), 0.5))
    assert (out.dtype, out.shape) == (np.uint8, pictures.shape)
    assert (out[..., 3] == pictures[..., 3]).all()
    changed = (out[..., :3] != pictures[..., :3]).any(axis=(1, 2, 3))
    assert 8 < changed.sum() < 32
    assert np.abs(out[changed][..., :3].astype(int) - pictures[changed][..., :3]).mean() > 5


def test_mixed_pictures_masks_and_labels_are_blended_alike():
    pictures = tf.reshape(tf.constant([0.0, 100.0]), [2, 1, 1, 1]) * tf.ones([2, 4, 4, 3])
    masks, labels = tf.reshape(tf.constant([0.0, 1.0]), [2, 1, 1, 1]), tf.eye(7)[:2]
    mixed, mask, label = mix(0.5, pictures, masks, labels)
    share = np.asarray(mixed)[:, 0, 0, 0] / 100
    assert np.asarray(mask).ravel() == pytest.approx(share, abs=1e-6)
    assert np.asarray(label)[:, 1] == pytest.approx(share, abs=1e-6)
    assert np.asarray(label).sum(axis=1) == pytest.approx([1, 1])
    assert len(CLASSES) == label.shape[1]
