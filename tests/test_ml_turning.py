"""A network whose filters stand in eight poses gives a turned photo the same answer."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.model import Shape, average, build, in_all_turns
from ml.turning import POSES, PoseNormalization, kernel_indices, product, side_by_side, stacked, turns_along
from ml.views import turned, turns

SHAPE = Shape(
    stem=16, widths=(16, 24, 32, 48), blocks=(1, 1, 1, 2), decoder=16, turning=True, channel_dropout=0.2
)
SHAPES = {
    "a stem at every pixel": SHAPE,
    "a stem at every second": replace(SHAPE, widths=(16, 24, 32), blocks=(1, 1, 1)),
    "without short cuts": replace(SHAPE, residual=False),
    "without gates": replace(SHAPE, squeeze=False),
}


@pytest.fixture
def picture() -> np.ndarray:
    coarse = np.random.default_rng(1).uniform(0, 255, (8, 8, 3)).astype(np.float32)
    return np.kron(coarse, np.ones((8, 8, 1), np.float32))


def shaken(shape: Shape) -> keras.Model:
    """Untrained, but with biases and moving means that are not 0: of zeros every network is even-handed."""
    keras.utils.set_random_seed(1)
    model = build(shape, 64)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(weight + np.random.default_rng(2).uniform(0.0, 0.5, weight.shape))
    return model


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_turned_photo_gets_the_same_answer_and_its_maps_turn_along(shape, picture):
    model = shaken(shape)
    seen = {name: np.asarray(value) for name, value in model(turns(picture)).items()}
    for number in range(POSES):
        for name in ("logits", "statistics"):
            assert seen[name][number] == pytest.approx(seen[name][0], abs=1e-4)
        for name in ("outline", "maps"):
            assert seen[name][number] == pytest.approx(turned(seen[name][0], number), abs=1e-4)
            assert number == 0 or np.abs(seen[name][number] - seen[name][0]).max() > 0.01


def test_a_plain_network_gives_it_another_answer(picture):
    model = shaken(replace(SHAPE, turning=False))
    upright, other, *_ = np.asarray(model(turns(picture))["logits"])
    assert np.abs(upright - other).max() > 0.005


def test_poses_are_a_group():
    products = product()
    assert products[0].tolist() == products[:, 0].tolist() == list(range(POSES))
    for number in range(POSES):
        assert sorted(products[number]) == sorted(products[:, number]) == list(range(POSES))
    square = np.arange(16).reshape(4, 4)
    for one in range(POSES):
        for other in range(POSES):
            wanted = turned(square, products[one, other])
            assert turned(turned(square, other), one).tolist() == wanted.tolist()


def test_the_whole_kernel_holds_each_weight_once_in_each_pose():
    for poses in (1, POSES):
        indices = kernel_indices(3, poses)
        assert indices.shape == (3, 3, poses, POSES)
        for number in range(POSES):
            assert sorted(indices[..., number].ravel()) == list(range(9 * poses))


def test_it_has_an_eighth_of_the_weights_of_a_plain_network_as_wide():
    kernels = {
        turning: sum(
            int(np.prod(weight.shape))
            for weight in build(replace(SHAPE, turning=turning, squeeze=False)).trainable_weights
            if weight.path.endswith("kernel") and "logits" not in weight.path and "outline" not in weight.path
        )
        for turning in (True, False)
    }
    stem = 9 * 3 * SHAPE.stem
    assert (kernels[True] - stem // POSES) * POSES == kernels[False] - stem


@pytest.mark.parametrize("relu", [True, False])
def test_the_compiled_normalisation_is_the_usual_one_and_so_are_its_gradient_and_its_memory(relu):
    x = tf.constant(np.random.default_rng(1).normal(2.0, 3.0, (4, 6, 6 * POSES, 5)).astype(np.float32))
    compiled, usual = PoseNormalization(relu), keras.layers.BatchNormalization()
    found = []
    for layer in (compiled, usual):
        layer.build(x.shape)
        layer.gamma.assign([0.5, 1.0, 1.5, 2.0, 2.5])
        layer.beta.assign([-1.0, 0.0, 1.0, 2.0, 3.0])
        weights = [weight.value for weight in layer.trainable_weights]
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            y = tf.nn.relu(y) if relu and layer is usual else y
            loss = tf.reduce_sum(y * tf.reshape(tf.range(tf.size(y), dtype=tf.float32), y.shape) / 1e4)
        memory = [layer.moving_mean, layer.moving_variance]
        still = tf.nn.relu(layer(x)) if relu and layer is usual else layer(x)
        found.append([y, still, *memory, *tape.gradient(loss, [x, *weights])])
    for one, other in zip(*found, strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-3, abs=1e-3)


def test_poses_side_by_side_lie_above_each_other_and_back():
    maps = np.arange(2 * 3 * 3 * 16, dtype=np.float32).reshape(2, 3, 3, 16)
    apart = side_by_side(maps)
    assert apart.shape == (2, 3, 3 * POSES, 2)
    assert np.asarray(apart)[1, 2, POSES + 1].tolist() == maps[1, 2, 1, 2:4].tolist()
    assert np.asarray(stacked(apart)).tolist() == maps.tolist()


def test_it_is_kept_and_read_again(tmp_path, picture):
    model = shaken(SHAPE)
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    for name, value in model(picture[None]).items():
        assert np.asarray(again(picture[None])[name]) == pytest.approx(np.asarray(value), abs=1e-5)


def test_in_all_turns_a_network_says_what_it_says_of_each_turn_whatever_its_members_are(picture):
    members = [shaken(SHAPE), shaken(replace(SHAPE, turning=False)), shaken(replace(SHAPE, stem=8))]
    network = average(members, 64)
    assert [turns_along(member) for member in members] == [True, False, True]
    squares = np.stack([picture, picture[::-1, :, ::-1].transpose(1, 0, 2)])
    found = in_all_turns(network)(squares)
    wanted = network(np.concatenate([turns(square) for square in squares]))
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert np.asarray(found[name]) == pytest.approx(np.asarray(value), abs=1e-4)
