"""Training with photos that a site exported: what they teach, what a run and an artifact keep of them."""

import json
import sys
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml import train as training
from ml.artifact import write_artifact
from ml.batches import batches, draw
from ml.data import Ham10000, Row, class_indices, split_sha256
from ml.extra import ExtraSet, WithExtra
from ml.losses import OutlineLoss
from ml.manifest import read_manifest
from ml.members import inherited, read_members
from ml.pad import Pad
from ml.recipe import Extra, Recipe, RecipeError, changed, keep_recipe, read_recipe, recipe_of
from ml.report.card import _what_it_was_trained_on
from ml.train import train, wished_targets
from tests.artifacts import SHAPE, member, strange
from tests.extra_sets import SITE, make_extra_rows, write_extra
from tests.ham10000 import make_rows, write_zip
from tests.pad import write_pad

RECIPE = Recipe(shape=SHAPE, phases=((32, 2),), batch=8, mixup=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Ham10000:
    return Ham10000(write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=4, photos=2)))


class Watched(ExtraSet):
    """Notes which photos were asked for."""

    def picture(self, row: Row):
        self.asked = {*getattr(self, "asked", ()), row.image_id}
        return super().picture(row)


@pytest.fixture(scope="module")
def extra(tmp_path_factory) -> Watched:
    return Watched(write_extra(tmp_path_factory.mktemp("extra") / "export", make_extra_rows(photos=3)))


@pytest.fixture(scope="module")
def trained(data, extra, tmp_path_factory):
    """A run of HAM10000 and the extra set."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "command.txt").write_text("python -m ml.train --run runs/extra --extra export\n")
    train(data, RECIPE, folder, [extra])
    return folder


def history(folder) -> list[dict]:
    return json.loads((folder / "history.json").read_text())


def test_the_outline_is_learnt_where_it_was_drawn_and_costs_nothing_elsewhere():
    rng = np.random.default_rng(1)
    shares, logits = rng.random((3, 4, 4, 1), np.float32), rng.normal(size=(3, 4, 4, 1)).astype(np.float32)
    own = keras.losses.BinaryCrossentropy(from_logits=True)
    assert float(OutlineLoss()(shares, logits)) == float(own(shares, logits))
    undrawn = shares.copy()
    undrawn[1] = np.nan
    # Two of three photos count, each as much as before.
    drawn = [0, 2]
    expected = 2 / 3 * float(own(shares[drawn], logits[drawn]))
    assert float(OutlineLoss()(undrawn, logits)) == pytest.approx(expected, abs=1e-6)
    with tf.GradientTape() as tape:
        weights = tf.Variable(logits)
        loss = OutlineLoss()(undrawn, weights)
    gradient = np.asarray(tape.gradient(loss, weights))
    assert np.abs(gradient[1]).max() == 0
    assert (np.abs(gradient[drawn]) > 0).all()


@pytest.mark.parametrize("mixup", [0.0, 0.2])
def test_a_batch_has_no_outline_where_none_was_drawn(mixup, data, extra):
    photos, recipe = WithExtra(data, [extra]), replace(RECIPE, mixup=mixup)
    rows = photos.part("train")
    wished = wished_targets(photos, rows, recipe)
    drawn = draw(class_indices(rows), recipe, 0)
    seen = set()
    for pictures, wanted in batches(photos, rows, wished, recipe, 32, first_epoch=0).take(4):
        has_mask = np.array([photos.has_mask(rows[next(drawn)]) for _ in range(recipe.batch)])
        if mixup:  # a blend of two has an outline where both have one
            has_mask &= has_mask[::-1]
        outline = np.asarray(wanted["outline"])
        assert np.isfinite(outline[has_mask]).all()
        assert np.isnan(outline[~has_mask]).all()
        assert np.isfinite(pictures).all()
        assert np.isfinite(wanted["logits"]).all()
        seen |= set(has_mask)
    assert seen == {True, False}


def test_without_extra_sets_every_outline_is_wanted(data):
    rows = data.part("train")
    wished = wished_targets(data, rows, RECIPE)
    for _, wanted in batches(data, rows, wished, RECIPE, 32, first_epoch=0).take(2):
        assert np.isfinite(wanted["outline"]).all()


def test_a_run_takes_the_training_part_in_and_never_sees_the_rest(trained, extra, data):
    rows = extra.part("train")
    assert extra.asked == {row.image_id for row in rows}
    assert not extra.asked & {row.image_id for row in extra.held_out}
    figures = history(trained)
    assert len(figures) == 2
    for name in ("loss", "logits_loss", "outline_loss", "val_auc"):
        assert np.isfinite([epoch[name] for epoch in figures]).all()
    steps = (len(data.part("train")) + len(rows)) // RECIPE.batch
    model = keras.models.load_model(trained / "epoch-2.keras")
    assert int(model.optimizer.iterations) == 2 * steps


def test_a_run_keeps_what_it_took_in_but_not_where_it_lay(trained, extra):
    assert read_recipe(trained) == replace(RECIPE, extra=(Extra(SITE, extra.sha256, 21),))
    assert str(extra.folder) not in (trained / "recipe.json").read_text()


def test_a_run_goes_on_with_its_own_extra_sets_only(trained, data, extra, tmp_path):
    before = history(trained)
    rows = make_extra_rows(photos=3)
    refreshed = ExtraSet(write_extra(tmp_path / "refreshed", rows))
    train(data, RECIPE, trained, [refreshed])  # looked up anew, nobody has withdrawn
    assert history(trained) == before
    withdrawn = ExtraSet(write_extra(tmp_path / "withdrawn", rows[1:]))
    for sets in ([], [withdrawn]):
        with pytest.raises(RecipeError, match=r"was trained with another recipe \(extra\)"):
            train(data, RECIPE, trained, sets)


def test_what_a_run_learns_from_may_have_had_extra_photos(trained, extra, data, tmp_path):
    assert inherited(replace(RECIPE, start=str(trained))) == [extra.origin]
    assert inherited(replace(RECIPE, teachers=(str(trained),))) == [extra.origin]
    recipe = changed(RECIPE, [f"start={str(trained)!r}", "phases=((32, 1),)"])
    train(data, recipe, tmp_path / "plain")
    assert read_recipe(tmp_path / "plain").extra == (extra.origin,)
    train(data, recipe, tmp_path / "both", [extra])
    assert read_recipe(tmp_path / "both").extra == (extra.origin,)  # once


def test_recipes_from_before_extra_sets_are_still_read(tmp_path):
    written = asdict(RECIPE)
    del written["extra"]
    assert recipe_of(json.loads(json.dumps(written))) == RECIPE
    (tmp_path / "recipe.json").write_text(json.dumps(written))
    keep_recipe(RECIPE, tmp_path)
    with pytest.raises(RecipeError, match="A recipe has no extra"):
        changed(RECIPE, ["extra=()"])


def test_an_artifact_says_which_photos_went_in_besides(trained, extra, data, tmp_path):
    write_artifact(
        version="extra-1",
        members=[*read_members(trained), member(data), *read_members(trained)],
        data=data,
        pad=Pad(write_pad(tmp_path / "pad_ufes_20")),
        strange=strange(),
        root=tmp_path,
    )
    manifest = read_manifest("extra-1", tmp_path)
    assert manifest.data["data"]["name"] == "HAM10000"
    assert manifest.data["data"]["extra"] == [{"site": SITE, "sha256": extra.sha256, "photos": 21}]
    recipes = [one["recipe"]["extra"] for one in manifest.data["training"]["networks"]]
    assert [len(one) for one in recipes] == [1, 0, 1]
    assert manifest.data["split"]["sha256"] == split_sha256()
    assert f"21 of site `{SITE}` (`{extra.sha256[:16]}...`)" in _what_it_was_trained_on(manifest)
    again = read_members(tmp_path / "extra-1")
    assert again[0].recipe == read_recipe(trained)
    assert inherited(replace(RECIPE, teachers=(str(tmp_path / "extra-1"),)))[0] == extra.origin


def command(monkeypatch, capsys, *arguments) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["ml.train", *map(str, arguments)])
    status = training.main()
    return status, capsys.readouterr().err


def test_the_command_refuses_before_anything_is_trained(data, tmp_path, monkeypatch, capsys):
    run, export = tmp_path / "run", tmp_path / "export"
    arguments = ("--data", data.folder, "--run", run, "--extra", export)
    status, said = command(monkeypatch, capsys, *arguments)
    assert (status, run.exists()) == (2, False)
    assert "there is no manifest.json" in said
    rows = make_extra_rows()
    rows[0]["lesion_id"] = data.rows[0].lesion_id
    write_extra(export, rows)
    status, said = command(monkeypatch, capsys, *arguments)
    assert status == 2
    assert "is in HAM10000 already" in said
    assert not (run / "recipe.json").exists()


def test_the_command_keeps_how_a_run_began(data, tmp_path, monkeypatch, capsys):
    run, export = tmp_path / "run", write_extra(tmp_path / "export", make_extra_rows())
    settings = ["phases=((32,1),)", "batch=8", "stem=4", "widths=(6,8,12)", "blocks=(1,1,1)"]
    arguments = ("--data", data.folder, "--run", run, "--set", *settings)
    status, _ = command(monkeypatch, capsys, *arguments, "--extra", export)
    kept = (run / "command.txt").read_text()
    assert status == 0
    assert kept.endswith(" --extra export\n")
    assert str(export) not in kept
    status, said = command(monkeypatch, capsys, *arguments)
    assert status == 2
    assert "another recipe (extra); choose another folder" in said
    assert (run / "command.txt").read_text() == kept
    status, said = command(monkeypatch, capsys, "--data", data.folder, "--run", run, "--set", "mixupp=1")
    assert (status, said) == (2, "A recipe has no mixupp.\n")
