"""Training on a few drawn pictures: it can be stopped and goes on where it was."""

import json
from dataclasses import replace
from itertools import islice

import keras
import numpy as np
import pytest
from PIL import Image

from ml import views
from ml.batches import batches, draw
from ml.calibrate import softmax
from ml.callbacks import Average, logits_of
from ml.data import Ham10000, class_indices
from ml.images import Crop
from ml.losses import ClassLoss
from ml.model import OUTPUTS, average, build
from ml.precision import training_policy
from ml.recipe import Recipe, changed, read_recipe
from ml.runs import trained_network
from ml.teach import soft_labels
from ml.train import train, wished_labels, wished_targets
from tests.artifacts import SHAPE
from tests.ham10000 import make_rows, write_zip
from tests.pictures import encoded
from tests.trainings import train_one_epoch_of

RECIPE = Recipe(shape=SHAPE, phases=((32, 1), (48, 1)), batch=8, average=0.5, mixup=0.2)
STEPS = 56 // 8  # 7 classes, 4 lesions, 2 photos each in the training part


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Ham10000:
    return Ham10000(write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=4, photos=2)))


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    return train(data, RECIPE, folder), folder


@pytest.fixture(scope="module")
def resumed(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("resumed")
    train_one_epoch_of(data, RECIPE, folder)
    assert sorted(path.name for path in folder.glob("*.keras")) == ["average-1.keras", "epoch-1.keras"]
    # What a crash in the middle of saving leaves does no harm.
    (folder / "new.keras").write_bytes(b"half")
    return train(data, RECIPE, folder), folder


def history(folder) -> list[dict]:
    return json.loads((folder / "history.json").read_text())


def test_a_run_trains_every_epoch_and_keeps_its_figures(unbroken):
    _, folder = unbroken
    assert [epoch["epoch"] for epoch in history(folder)] == [1, 2]
    for epoch in history(folder):
        names = ("loss", "logits_loss", "outline_loss", "val_auc", "val_macro_auc", "seconds")
        assert np.isfinite([epoch[name] for name in names]).all()
    assert sorted(path.name for path in folder.glob("*.keras")) == ["average-2.keras", "epoch-2.keras"]


def test_a_run_that_was_stopped_goes_on_after_its_last_whole_epoch(resumed):
    _, folder = resumed
    assert [epoch["epoch"] for epoch in history(folder)] == [1, 2]
    assert sorted(path.name for path in folder.glob("*-*.keras")) == ["average-2.keras", "epoch-2.keras"]


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


def test_pictures_compressed_again_lose_the_colours_of_their_finest_pattern(tmp_path):
    def checks(row: dict[str, str]) -> bytes:
        red = np.indices((150, 200)).sum(axis=0) % 2 * 120 + 60
        pixels = np.stack([red, 240 - red, np.full_like(red, 120)], axis=2).astype(np.uint8)
        return encoded(Image.fromarray(pixels), quality=100, subsampling=0)

    data = Ham10000(write_zip(tmp_path, make_rows(lesions=4, photos=2), checks))
    rows = data.part("train")
    colours = {}
    for share in (0.0, 1.0):
        recipe = replace(RECIPE, mixup=0.0, colour=0.0, degradation=0.0, zoom=(0.5, 0.5), recompressed=share)
        drawn = batches(data, rows, wished_targets(data, rows, recipe), recipe, 128, first_epoch=0)
        pictures, _ = next(iter(drawn))
        colours[share] = np.abs(pictures[..., 0] - pictures[..., 1]).mean()
    assert colours[1.0] < colours[0.0] / 3


def test_a_run_goes_on_with_its_own_recipe_only(resumed, data):
    _, folder = resumed
    with pytest.raises(ValueError, match=r"was trained with another recipe \(mixup\)"):
        train(data, changed(RECIPE, ["mixup=0.3"]), folder)


def test_a_resumed_run_draws_the_images_of_an_unbroken_one(data):
    labels = class_indices(data.part("train"))
    per_epoch = STEPS * RECIPE.batch
    unbroken = list(islice(draw(labels, RECIPE, 0), 3 * per_epoch))
    assert list(islice(draw(labels, RECIPE, 1), 2 * per_epoch)) == unbroken[per_epoch:]
    assert unbroken[:per_epoch] != unbroken[per_epoch : 2 * per_epoch]


def test_rare_classes_are_drawn_more_often_than_they_occur():
    labels = np.repeat([4, 5], [100, 900])
    drawn = labels[list(islice(draw(labels, Recipe(batch=50), 0), 20_000))]
    # In proportion to the square root of their numbers: 10 to 30.
    assert (drawn == 4).mean() == pytest.approx(10 / 40, abs=0.02)
    drawn = labels[list(islice(draw(labels, Recipe(batch=50, sampling_power=1), 0), 20_000))]
    assert (drawn == 4).mean() == pytest.approx(100 / 1000, abs=0.02)


def test_what_training_returns_is_the_running_mean_in_float32_for_the_last_side(unbroken, data):
    model, folder = unbroken
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert keras.mixed_precision.global_policy().name == "float32"
    assert model.input_shape == (None, 48, 48, 3)
    squares = data.squares(data.part("validation"), 48)
    saved = logits_of(keras.models.load_model(folder / "average-2.keras"))(squares)
    assert logits_of(model)(squares) == pytest.approx(saved, abs=1e-5)
    last = logits_of(keras.models.load_model(folder / "epoch-2.keras"))(squares)
    assert np.abs(saved - last).max() > 1e-3


def test_a_finished_run_says_how_it_was_made(unbroken):
    _, folder = unbroken
    assert read_recipe(folder) == RECIPE
    assert trained_network(folder).input_shape == (None, 48, 48, 3)


def test_a_run_may_start_from_another(unbroken, data, tmp_path):
    model, folder = unbroken
    recipe = changed(RECIPE, [f"start={str(folder)!r}", "learning_rate=0.0", "phases=((48, 1),)"])
    again = train(data, recipe, tmp_path / "again")
    for weight, before in zip(again.trainable_weights, model.trainable_weights, strict=True):
        assert np.asarray(weight) == pytest.approx(np.asarray(before), abs=1e-5)


def test_a_run_learns_from_finished_ones_with_their_weight(unbroken, data):
    model, folder = unbroken
    (folder / "command.txt").write_text("python -m ml.train")  # which the command itself would write
    rows = data.part("train")
    taught = soft_labels([folder], data, rows)
    squares = np.concatenate([views.look(picture, Crop(), 48) for picture in data.pictures(rows)])
    mean = logits_of(model)(squares).reshape(len(rows), 2, 7).mean(axis=1)
    assert taught == pytest.approx(softmax(mean), abs=1e-5)
    recipe = changed(RECIPE, [f"teachers=({str(folder)!r},)", "teachers_weight=0.25"])
    one_hot = np.eye(7)[class_indices(rows)]
    assert wished_labels(data, rows, recipe) == pytest.approx(0.75 * one_hot + 0.25 * taught, abs=1e-6)
    assert np.array_equal(wished_labels(data, rows, RECIPE), one_hot)


def test_a_run_that_has_not_come_to_its_end_gives_no_network(tmp_path):
    with pytest.raises(FileNotFoundError):
        trained_network(tmp_path)


def test_a_setting_changes_the_recipe_or_its_shape_and_a_wrong_one_is_named():
    recipe = changed(Recipe(), ["mixup=0.3", "squeeze=False", "phases=((64, 2), (96, 1))"])
    assert (recipe.mixup, recipe.shape.squeeze, recipe.epochs) == (0.3, False, 3)
    assert recipe.learning_rate == Recipe().learning_rate
    with pytest.raises(ValueError, match="A recipe has no mixupp"):
        changed(Recipe(), ["mixupp=0.3"])
    with pytest.raises(ValueError, match="must be multiples of 8"):
        changed(Recipe(), ["turning=True", "stem=20"])


def test_the_running_mean_follows_the_weights():
    network, mean = build(SHAPE), build(SHAPE)
    average = Average(mean, share=0.9, steps=10_000)
    average.set_model(network)
    before, now = mean.get_weights(), network.get_weights()
    average.on_train_batch_end(0)
    for old, new, found in zip(before, now, mean.get_weights(), strict=True):
        assert found == pytest.approx(0.9 * old + 0.1 * new, abs=1e-6)


def test_the_loss_counts_malignant_against_benign_besides():
    logits = np.log(np.array([[0.1, 0.2, 0.1, 0.1, 0.3, 0.1, 0.1]], np.float32))  # malignant: 0.1 + 0.2 + 0.3
    melanoma = np.eye(7, dtype=np.float32)[[4]]
    plain = float(ClassLoss(0.0, 0.0)(melanoma, logits))
    assert plain == pytest.approx(-np.log(0.3), abs=1e-5)
    assert float(ClassLoss(0.0, 2.0)(melanoma, logits)) == pytest.approx(plain - 2 * np.log(0.6), abs=1e-5)


def test_the_network_takes_pixels_and_gives_what_its_users_need():
    model = build(SHAPE, 32)
    out = model(np.full((2, 32, 32, 3), 128.0))
    assert {name: tuple(out[name].shape) for name in OUTPUTS} == {
        "logits": (2, 7),
        "outline": (2, 8, 8, 1),
        "maps": (2, 2, 2, 12),
        "statistics": (2, 2 * (6 + 8 + 12)),
    }
    scaled = model.layers[1](np.array([[[[0.0, 127.5, 255.0]]]]))
    assert np.asarray(scaled).ravel().tolist() == [-1, 0, 1]


def test_a_stem_that_looks_at_every_pixel_leads_to_the_same_grids():
    finer = replace(SHAPE, widths=(5, 6, 8, 12), blocks=(1, 1, 1, 1), channel_dropout=0.2)
    out = build(finer, 32)(np.full((2, 32, 32, 3), 128.0))
    assert {name: tuple(out[name].shape) for name in OUTPUTS} == {
        "logits": (2, 7),
        "outline": (2, 8, 8, 1),
        "maps": (2, 2, 2, 12),
        "statistics": (2, 2 * (5 + 6 + 8 + 12)),
    }


def test_a_plain_network_has_no_short_cuts_and_the_same_grids():
    plain = replace(SHAPE, widths=(5, 6, 8, 12), blocks=(1, 1, 1, 1), residual=False)
    model = build(plain, 32)
    assert {layer.name: layer.output.shape for layer in model.layers}["maps"] == (None, 2, 2, 12)
    kinds = {type(layer).__name__ for layer in model.layers}
    assert "MaxPooling2D" in kinds
    assert not kinds & {"Multiply", "AveragePooling2D"}
    seen = model(np.full((1, 32, 32, 3), 90.0))
    assert seen["outline"].shape == (1, 8, 8, 1)
    assert seen["logits"].shape == (1, 7)


def test_channels_are_dropped_in_training_alone():
    keras.utils.set_random_seed(1)
    model = build(replace(SHAPE, channel_dropout=0.5), 32)
    pixels = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    dropped = (np.asarray(model(pixels, training=True)["maps"]) == 0).all(axis=(1, 2)).sum()
    kept = (np.asarray(model(pixels)["maps"]) == 0).all(axis=(1, 2)).sum()
    assert dropped > kept


def test_the_mean_of_networks_gives_the_mean_of_their_answers_linear_in_their_maps():
    members = [build(SHAPE, 32) for _ in range(2)]
    for member in members:
        member.get_layer("logits").bias.assign(np.random.default_rng(1).normal(size=7))
    pixels = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3)).astype(np.float32)
    one, other = (member(pixels) for member in members)
    together = average(members, 32)
    out = together(pixels)
    for name in ("logits", "outline"):
        mean = (np.asarray(one[name]) + np.asarray(other[name])) / 2
        assert np.asarray(out[name]) == pytest.approx(mean, abs=1e-5)
    kernel, bias = together.get_layer("logits").get_weights()
    pooled = np.asarray(out["maps"]).mean(axis=(1, 2))
    assert pooled @ kernel + bias == pytest.approx(np.asarray(out["logits"]), abs=1e-5)


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16", "mixed_bfloat16"),
        ("Features\t: fp asimd bf16", "mixed_bfloat16"),
        ("flags\t\t: fpu avx2 avx512f", "float32"),
    ],
)
def test_bfloat16_is_used_where_the_processor_computes_in_it(tmp_path, flags, policy):
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}\n")
    assert training_policy(tmp_path / "cpuinfo") == policy
    assert training_policy(tmp_path / "no such file") == "float32"
