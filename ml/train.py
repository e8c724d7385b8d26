"""Trains the network from scratch on HAM10000 and keeps it in runs/NAME.

    python -m ml.train --data DIR --run NAME [--set mixup=0.2 ...] [--extra DIR ...]

Stop it whenever you like: the same command goes on from the last finished epoch. The training
part trains; the validation part is only watched; the test part is not touched. --extra adds the
training parts of sets that a site exported (`manage.py export_training_set`), see ml/extra.py.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

# TensorFlow's start-up notices would hide the progress bar.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# On a processor without AVX-512 TensorFlow leaves its faster convolutions off: a step took 4 times as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np

from ml import lesions, person
from ml.batches import batches
from ml.callbacks import Average, Checkpoint, Validation
from ml.data import Ham10000, PhotoSet, Row, class_indices, default_folder
from ml.extra import ExtraSet, ExtraSetError, WithExtra
from ml.labels import CLASSES
from ml.losses import ClassLoss, LesionLoss, OutlineLoss
from ml.members import inherited
from ml.model import build
from ml.precision import training_policy
from ml.recipe import Recipe, RecipeError, changed, keep_recipe
from ml.runs import minutes, read_history, trained_network
from ml.teach import soft_labels


def train(data: Ham10000, recipe: Recipe, folder: Path, extra: Sequence[ExtraSet] = ()) -> keras.Model:
    """Trains through `recipe.phases`, going on from `folder` where an earlier run stopped there.

    The training parts of `extra` join HAM10000's. Raises `RecipeError` where that run had another recipe
    or other extra sets, `ExtraSetError` where a set can't be taken in.
    """
    photos = WithExtra(data, extra)
    own = [one.origin for one in photos.extra]
    recipe = replace(recipe, extra=tuple(dict.fromkeys([*own, *inherited(recipe)])))
    folder.mkdir(parents=True, exist_ok=True)
    keep_recipe(recipe, folder)
    keras.utils.set_random_seed(recipe.seed)
    rows, held_out = photos.part("train"), data.part("validation")
    steps = len(rows) // recipe.batch
    wished = wished_targets(photos, rows, recipe)
    model, averaged, history = _resume(folder) or _begin(recipe, steps)
    average = Average(averaged, recipe.average, len(history) * steps)
    checkpoint = Checkpoint(folder, averaged, history)
    end = 0
    for side, epochs in recipe.phases:
        end += epochs
        if len(history) >= end:
            continue
        watched = []
        if recipe.task == "classes":
            watched = [Validation(averaged, data.squares(held_out, side), class_indices(held_out))]
        model.fit(
            batches(photos, rows, wished, recipe, side, first_epoch=len(history)),
            initial_epoch=len(history),
            epochs=end,
            steps_per_epoch=steps,
            shuffle=False,  # drawn at random already
            verbose=0,
            callbacks=[average, *watched, checkpoint],
        )
    return trained_network(folder)


def _resume(folder: Path) -> tuple[keras.Model, keras.Model, list[dict[str, float]]] | None:
    if not (folder / "history.json").exists():
        return None
    history = read_history(folder)
    model, averaged = (
        keras.models.load_model(folder / f"{name}-{len(history)}.keras") for name in ("epoch", "average")
    )
    return model, averaged, history


def _begin(recipe: Recipe, steps: int) -> tuple[keras.Model, keras.Model, list[dict[str, float]]]:
    model, averaged = _compiled(recipe, steps), _for_task(recipe)
    if recipe.start:
        weights = trained_network(Path(recipe.start)).get_weights()
        for each in (model, averaged):
            lesions.network_in(each).set_weights(weights)
    return model, averaged, []


def _for_task(recipe: Recipe) -> keras.Model:
    network = build(recipe.shape)
    return network if recipe.task == "classes" else lesions.telling(network)


def _compiled(recipe: Recipe, steps: int) -> keras.Model:
    steps *= recipe.epochs
    warm_up = min(steps // 20, 500)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 20, steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
    )
    # Only the network in training may compute in bfloat16; what is saved and shipped is float32.
    keras.mixed_precision.set_global_policy(training_policy())
    try:
        model = _for_task(recipe)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay, clipnorm=1.0),
        loss={name: loss for name, (loss, _) in _losses(recipe).items()},
        loss_weights={name: weight for name, (_, weight) in _losses(recipe).items()},
    )
    return model


def _losses(recipe: Recipe) -> dict[str, tuple[keras.losses.Loss, float]]:
    """The loss of each output that is trained, and its weight."""
    losses: dict[str, tuple[keras.losses.Loss, float]] = {"outline": (OutlineLoss(), recipe.outline_weight)}
    if recipe.task == "classes":
        losses["logits"] = ClassLoss(recipe.label_smoothing, recipe.malignant_weight), 1.0
    else:
        losses["lesion"] = LesionLoss(), 1.0
    if recipe.shape.person:
        losses["person"] = person.PersonLoss(), recipe.person_weight
    return losses


def wished_targets(data: PhotoSet, rows: list[Row], recipe: Recipe) -> dict[str, np.ndarray]:
    """What is wanted of each row besides its outline, by the network's outputs."""
    if recipe.task == "classes":
        wished = {"logits": wished_labels(data, rows, recipe)}
    else:
        wished = {"lesion": lesions.numbers(rows)}
    return wished | ({"person": person.targets(rows)} if recipe.shape.person else {})


def wished_labels(data: PhotoSet, rows: list[Row], recipe: Recipe) -> np.ndarray:
    """Each row's class as float32 (n, 7): what the label says and, with its weight, what the teachers say."""
    one_hot = np.eye(len(CLASSES), dtype=np.float32)[class_indices(rows)]
    if not recipe.teachers:
        return one_hot
    taught = soft_labels([Path(folder) for folder in recipe.teachers], data, rows)
    return ((1 - recipe.teachers_weight) * one_hot + recipe.teachers_weight * taught).astype(np.float32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--run", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="change the recipe")
    parser.add_argument("--extra", type=Path, nargs="+", default=[], metavar="DIR", help="exported sets")
    args = parser.parse_args()
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    try:
        recipe = changed(Recipe(), args.set)
        extra = [ExtraSet(folder) for folder in args.extra]
        data = Ham10000(args.data)
        _keep_command(args)
        train(data, recipe, args.run, extra)
    except (ExtraSetError, FileNotFoundError, RecipeError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{args.run}: {minutes(args.run):.1f} minutes, {read_history(args.run)[-1]}")
    return 0


def _keep_command(args: argparse.Namespace) -> None:
    """What the run began with, without where the data lay on this machine.

    A run that has begun keeps its own: what is asked of it now may yet be refused.
    """
    if all((args.run / name).exists() for name in ("recipe.json", "command.txt")):
        return
    settings = ["--set", *args.set] if args.set else []
    extra = ["--extra", *(folder.resolve().name for folder in args.extra)] if args.extra else []
    command = shlex.join(["python", "-m", "ml.train", "--run", str(args.run), *settings, *extra])
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "command.txt").write_text(command + "\n")


if __name__ == "__main__":
    sys.exit(main())
