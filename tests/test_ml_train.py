"""Training on a few drawn pictures: it can be stopped and goes on where it was."""

import json
from itertools import islice

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml import train as training
from ml.augment import augment
from ml.data import Ham10000, class_indices
from ml.labels import CLASSES
from ml.model import build
from ml.train import Checkpoint, Recipe, predict_logits, train
from tests.ham10000 import make_rows, write_zip

RECIPE = Recipe(side=32, channels=(4, 8), epochs=2, batch=8)
STEPS = 56 // 8  # 7 classes, 4 lesions, 2 photos each in the training part


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Ham10000:
    return Ham10000(write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=4, photos=2)))


class PulledPlug(Checkpoint):
    """The machine loses power once the first epoch is safe."""

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    return train(data, RECIPE, folder), folder


@pytest.fixture(scope="module")
def resumed(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("resumed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "Checkpoint", PulledPlug)
        with pytest.raises(KeyboardInterrupt):
            train(data, RECIPE, folder)
    assert [path.name for path in folder.glob("*.keras")] == ["epoch-1.keras"]
    # What a crash in the middle of saving leaves does no harm.
    (folder / "new.keras").write_bytes(b"half")
    return train(data, RECIPE, folder), folder


def history(folder) -> list[dict]:
    return json.loads((folder / "history.json").read_text())


def test_a_run_trains_every_epoch_and_keeps_its_figures(unbroken):
    _, folder = unbroken
    assert [epoch["epoch"] for epoch in history(folder)] == [1, 2]
    for epoch in history(folder):
        assert np.isfinite([epoch["loss"], epoch["accuracy"], epoch["val_auc"], epoch["seconds"]]).all()
    assert [path.name for path in folder.glob("*.keras")] == ["epoch-2.keras"]


def test_a_run_that_was_stopped_goes_on_after_its_last_whole_epoch(resumed):
    _, folder = resumed
    assert [epoch["epoch"] for epoch in history(folder)] == [1, 2]
    assert [path.name for path in folder.glob("*.keras")] == ["epoch-2.keras"]


def test_the_optimiser_goes_on_too(unbroken, resumed):
    models = [keras.models.load_model(folder / "epoch-2.keras") for _, folder in (unbroken, resumed)]
    assert [int(model.optimizer.iterations) for model in models] == [2 * STEPS, 2 * STEPS]
    rates = [float(model.optimizer.learning_rate) for model in models]
    assert rates[0] == rates[1] < RECIPE.learning_rate / 10  # the cosine has come down


def test_a_finished_run_is_not_trained_again(resumed, data):
    model, folder = resumed
    before = history(folder)
    again = train(data, RECIPE, folder)
    assert history(folder) == before
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_a_resumed_run_draws_the_images_of_an_unbroken_one(data):
    labels = class_indices(data.part("train"))
    per_epoch = STEPS * RECIPE.batch
    unbroken = list(islice(training._drawn(labels, RECIPE, 0), 3 * per_epoch))
    assert list(islice(training._drawn(labels, RECIPE, 1), 2 * per_epoch)) == unbroken[per_epoch:]
    assert unbroken[:per_epoch] != unbroken[per_epoch : 2 * per_epoch]


def test_rare_classes_are_drawn_more_often_than_they_occur():
    labels = np.repeat([4, 5], [100, 900])
    drawn = labels[list(islice(training._drawn(labels, Recipe(batch=50), 0), 20_000))]
    # In proportion to the square root of their numbers: 10 to 30.
    assert (drawn == 4).mean() == pytest.approx(10 / 40, abs=0.02)
    drawn = labels[list(islice(training._drawn(labels, Recipe(batch=50, sampling_power=1), 0), 20_000))]
    assert (drawn == 4).mean() == pytest.approx(100 / 1000, abs=0.02)


def test_what_training_returns_computes_in_float32_and_has_the_trained_weights(unbroken, data):
    model, folder = unbroken
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert keras.mixed_precision.global_policy().name == "float32"
    squares = data.squares(data.part("validation"), 32)
    saved = predict_logits(keras.models.load_model(folder / "epoch-2.keras"), squares)
    assert predict_logits(model, squares) == pytest.approx(saved, abs=0.15)  # bfloat16 has 8 bits


def test_the_network_takes_pixels_and_gives_float32_logits():
    model = build(32, channels=(4, 8))
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, len(CLASSES)))
    scaled = model.layers[1](np.array([[[[0.0, 127.5, 255.0]]]]))
    assert np.asarray(scaled).ravel().tolist() == [-1, 0, 1]


def test_augmented_pictures_keep_their_range_and_differ():
    tf.random.set_seed(1)
    pictures = np.random.default_rng(1).integers(0, 256, (16, 60, 80, 3), dtype=np.uint8)
    out = np.asarray(augment(tf.constant(np.stack([pictures[0]] * 16)), 32))
    assert out.shape == (16, 32, 32, 3)
    assert out.min() >= 0
    assert out.max() <= 255
    assert len({view.tobytes() for view in out}) == 16
