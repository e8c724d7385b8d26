"""Telling lesions apart before their classes are learnt: the loss, the pictures, and what is left of it."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml import lesions
from ml import train as training
from ml.batches import batches
from ml.data import Ham10000
from ml.losses import LesionLoss
from ml.members import read_members
from ml.model import build
from ml.recipe import Recipe, RecipeError, changed
from ml.runs import minutes, trained_network
from ml.train import train, wished_targets
from tests.artifacts import SHAPE
from tests.ham10000 import make_rows, write_zip
from tests.trainings import train_one_epoch_of

RECIPE = Recipe(
    shape=replace(SHAPE, person=True),
    task="lesions",
    phases=((32, 1), (48, 1)),
    batch=8,
    average=0.5,
    mixup=0.0,
)
STEPS = 56 // 8  # 7 classes, 4 lesions, 2 photos each in the training part


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Ham10000:
    return Ham10000(write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=4, photos=2)))


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory) -> Path:
    """Of a finished run that was stopped after its first epoch."""
    folder = tmp_path_factory.mktemp("runs") / "lesions"
    train_one_epoch_of(data, RECIPE, folder)
    train(data, RECIPE, folder)
    (folder / "command.txt").write_text("python -m ml.train --run runs/lesions\n")
    return folder


def by_hand(lesions: list[int], said: np.ndarray, temperature: float) -> float:
    said = said / np.linalg.norm(said, axis=1, keepdims=True)
    losses = []
    for i, lesion in enumerate(lesions):
        others = [j for j in range(len(lesions)) if j != i]
        likeness = {j: np.exp(said[i] @ said[j] / temperature) for j in others}
        same = [j for j in others if lesions[j] == lesion]
        losses.append(np.mean([-np.log(likeness[j] / sum(likeness.values())) for j in same]))
    return float(np.mean(losses))


@pytest.mark.parametrize("numbers", [[1, 2, 3, 1, 2, 3], [1, 1, 2, 1, 1, 2]])
def test_the_loss_is_that_of_finding_the_same_lesion_among_all_others(numbers):
    said = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    found = float(LesionLoss(0.5)(np.array(numbers), said))
    assert found == pytest.approx(by_hand(numbers, said, 0.5), abs=1e-5)
    assert float(LesionLoss(0.5)(np.array(numbers), 7 * said)) == pytest.approx(found, abs=1e-5)


def test_pictures_of_one_lesion_that_look_alike_cost_nothing_and_unlike_ones_much():
    alike = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    assert float(LesionLoss(0.05)(np.array([1, 2, 3, 1, 2, 3]), alike)) == pytest.approx(0, abs=1e-6)
    assert float(LesionLoss(0.05)(np.array([1, 2, 3, 2, 3, 1]), alike)) > 10


def test_photos_of_a_lesion_have_one_number_and_lesions_their_own(data):
    rows = data.part("train")
    numbers = lesions.numbers(rows)
    assert len(numbers) == len(rows)
    pairs = {(row.lesion_id, int(number)) for row, number in zip(rows, numbers, strict=True)}
    assert len(pairs) == len({lesion for lesion, _ in pairs}) == len({number for _, number in pairs})


def test_each_photo_stands_in_its_batch_twice_changed_in_two_ways(data):
    rows = data.part("train")
    wished = wished_targets(data, rows, RECIPE)
    assert set(wished) == {"lesion", "person"}
    for pictures, wanted in batches(data, rows, wished, RECIPE, 32, first_epoch=0).take(2):
        assert pictures.shape == (16, 32, 32, 3)
        assert set(wanted) == {"lesion", "person", "outline"}
        assert np.array_equal(wanted["lesion"][:8], wanted["lesion"][8:])
        assert np.abs(pictures[:8] - pictures[8:]).mean() > 1


def test_a_run_goes_through_its_phases_and_goes_on_where_it_was_stopped(folder):
    history = json.loads((folder / "history.json").read_text())
    assert [epoch["epoch"] for epoch in history] == [1, 2]
    for epoch in history:
        names = ("loss", "lesion_loss", "outline_loss", "person_loss")
        assert np.isfinite([epoch[name] for name in names]).all()
        assert not any("val_auc" in name or "logits" in name for name in epoch)
    model = keras.models.load_model(folder / "epoch-2.keras")
    assert int(model.optimizer.iterations) == 2 * STEPS


def test_what_is_left_is_the_network_its_class_head_untouched(folder):
    network, other = trained_network(folder), build(RECIPE.shape, 48)
    assert network.input_shape == (None, 48, 48, 3)
    assert [w.shape for w in network.weights] == [w.shape for w in other.weights]
    assert np.array_equal(network.get_layer("logits").bias, np.zeros(7))
    inside = lesions.network_in(keras.models.load_model(folder / "average-2.keras"))
    for kept, trained in zip(network.get_weights(), inside.get_weights(), strict=True):
        assert np.array_equal(kept, trained)


def test_following_the_loss_brings_the_pictures_of_a_lesion_together():
    numbers = np.array([1, 2, 3, 4, 1, 2, 3, 4])
    said = tf.Variable(np.random.default_rng(1).normal(size=(8, 5)).astype(np.float32))
    for _ in range(100):
        with tf.GradientTape() as tape:
            loss = LesionLoss()(numbers, said)
        said.assign_sub(5.0 * tape.gradient(loss, said))
    directions = np.asarray(said) / np.linalg.norm(said, axis=1, keepdims=True)
    likeness = directions @ directions.T
    same = numbers[:, None] == numbers[None, :]
    assert likeness[same].min() > 0.95 > 0.5 > likeness[~same].max()


def test_it_is_no_member_of_an_artifact_and_no_teacher(folder, data, tmp_path):
    with pytest.raises(RecipeError, match=r"has learnt no classes yet; train from it: start="):
        read_members(folder)
    taught = replace(RECIPE, task="classes", teachers=(str(folder),))
    with pytest.raises(RecipeError, match="has learnt no classes yet"):
        train(data, taught, tmp_path / "taught")


@pytest.mark.parametrize("task", ["classes", "lesions"])
def test_a_run_of_either_task_starts_from_what_was_learnt(task, folder):
    model, averaged, history = training._begin(replace(RECIPE, task=task, start=str(folder)), STEPS)
    learnt = trained_network(folder).get_weights()
    for each in (model, averaged):
        network = each if task == "classes" else lesions.network_in(each)
        for now, start in zip(network.get_weights(), learnt, strict=True):
            assert now == pytest.approx(start, abs=1e-6)
    assert history == []


def test_a_member_tells_the_origin_of_all_that_led_to_it(folder, data, tmp_path):
    run = tmp_path / "classes"
    train(data, replace(RECIPE, task="classes", start=str(folder), phases=((32, 1),)), run)
    (run / "command.txt").write_text("python -m ml.train --run runs/classes\n")
    (one,) = read_members(run)
    assert one.command == "python -m ml.train --run runs/lesions && python -m ml.train --run runs/classes"
    assert one.minutes == pytest.approx(minutes(folder) + minutes(run))


def test_what_it_can_not_do_is_said():
    told = ['task="lesions"', "mixup=0.0"]
    assert changed(Recipe(), told).task == "lesions"
    with pytest.raises(RecipeError, match=r"say mixup=0\.0"):
        changed(Recipe(), ['task="lesions"'])
    with pytest.raises(RecipeError, match="without blends or teachers"):
        changed(Recipe(), [*told, 'teachers=("runs/b",)'])
    with pytest.raises(RecipeError, match='"classes" or "lesions", not "lesion"'):
        changed(Recipe(), ['task="lesion"'])
