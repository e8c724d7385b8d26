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
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

# TensorFlow's start-up notices would hide the progress bar.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# On a processor without AVX-512 TensorFlow leaves its faster convolutions off: a step took 4 times as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import tensorflow as tf

from ml import person
from ml.augment import augment, mix
from ml.callbacks import Average, Checkpoint, Validation
from ml.data import Ham10000, PhotoSet, Row, class_indices, default_folder
from ml.extra import ExtraSet, ExtraSetError, WithExtra
from ml.labels import CLASSES, MALIGNANT
from ml.members import inherited
from ml.model import OUTLINE_STRIDE, build
from ml.precision import training_policy
from ml.recipe import Recipe, RecipeError, changed, keep_recipe
from ml.runs import minutes, read_history, trained_network
from ml.teach import soft_labels

# Whole images are kept a third larger than the network's input, so a random zoom still finds
# detail; their longer side is a third longer than the shorter one.
SOURCE = 4 / 3
WHOLE = (200, 150)


@keras.saving.register_keras_serializable("ml")
class ClassLoss(keras.losses.Loss):
    """Cross-entropy of the seven classes, and of malignant against benign with its weight.

    Takes one-hot or mixed labels (n, 7) and logits (n, 7).
    """

    def __init__(self, label_smoothing: float, malignant_weight: float, **keywords: Any):
        super().__init__(**keywords)
        self.label_smoothing, self.malignant_weight = label_smoothing, malignant_weight

    def call(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        labels = labels * (1 - self.label_smoothing) + self.label_smoothing / len(CLASSES)
        loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        if not self.malignant_weight:
            return loss
        chosen = tf.constant([name in MALIGNANT for name in CLASSES])
        odds = tf.reduce_logsumexp(tf.where(chosen, logits, -1e9), axis=1) - tf.reduce_logsumexp(
            tf.where(chosen, -1e9, logits), axis=1
        )
        target = tf.reduce_sum(tf.where(chosen, labels, 0.0), axis=1)
        return loss + self.malignant_weight * tf.nn.sigmoid_cross_entropy_with_logits(target, odds)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "label_smoothing": self.label_smoothing,
            "malignant_weight": self.malignant_weight,
        }


@keras.saving.register_keras_serializable("ml")
class OutlineLoss(keras.losses.Loss):
    """Cross-entropy of each place's belonging to the lesion; a photo whose outline nobody drew costs nothing.

    Takes shares (n, h, w, 1), NaN where nobody drew it, and logits of that shape.
    """

    def call(self, wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        drawn = tf.math.is_finite(wanted)
        # Both times: a NaN that is only left out at the end would still spoil the gradient.
        loss = tf.nn.sigmoid_cross_entropy_with_logits(tf.where(drawn, wanted, 0.0), logits)
        return tf.reduce_mean(tf.where(drawn, loss, 0.0), axis=-1)


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
    wished = wished_labels(photos, rows, recipe)
    model, averaged, history = _resume(folder) or _begin(recipe, steps)
    average = Average(averaged, recipe.average, len(history) * steps)
    checkpoint = Checkpoint(folder, averaged, history)
    end = 0
    for side, epochs in recipe.phases:
        end += epochs
        if len(history) >= end:
            continue
        watched = Validation(averaged, data.squares(held_out, side), class_indices(held_out))
        model.fit(
            _batches(photos, rows, wished, recipe, side, first_epoch=len(history)),
            initial_epoch=len(history),
            epochs=end,
            steps_per_epoch=steps,
            shuffle=False,  # drawn at random already
            verbose=0,
            callbacks=[average, watched, checkpoint],
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
    model, averaged = _compiled(recipe, steps), build(recipe.shape)
    if recipe.start:
        weights = trained_network(Path(recipe.start)).get_weights()
        model.set_weights(weights)
        averaged.set_weights(weights)
    return model, averaged, []


def _compiled(recipe: Recipe, steps: int) -> keras.Model:
    steps *= recipe.epochs
    warm_up = min(steps // 20, 500)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 20, steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
    )
    # Only the network in training may compute in bfloat16; what is saved and shipped is float32.
    keras.mixed_precision.set_global_policy(training_policy())
    try:
        model = build(recipe.shape)
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
    losses = {
        "logits": (ClassLoss(recipe.label_smoothing, recipe.malignant_weight), 1.0),
        "outline": (OutlineLoss(), recipe.outline_weight),
        "person": (person.PersonLoss(), recipe.person_weight),
    }
    return losses if recipe.shape.person else {name: losses[name] for name in ("logits", "outline")}


def _batches(
    data: PhotoSet, rows: list[Row], wished: np.ndarray, recipe: Recipe, side: int, first_epoch: int
) -> tf.data.Dataset:
    """Endless augmented batches (pictures, {logits: labels, outline: masks}), from `first_epoch` on."""
    height = min(round(side * SOURCE), WHOLE[1])
    labels = class_indices(rows)
    pixels = tf.constant(data.wholes(rows, (round(height * SOURCE), height)))
    classes, people = tf.constant(wished), tf.constant(person.targets(rows))
    drawn = np.array([data.has_mask(row) for row in rows])

    def batch(indices: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        pictures, masks = augment(tf.gather(pixels, indices), side, recipe.colour, recipe.zoom)
        # Only where needed: each operation here shifts the seeds of the random ones after it.
        if not drawn.all():
            masks = tf.where(tf.gather(drawn, indices)[:, None, None, None], masks, np.nan)
        targets = [tf.gather(classes, indices), tf.gather(people, indices)]
        if recipe.mixup:
            pictures, masks, *targets = mix(recipe.mixup, pictures, masks, *targets)
        wanted = {
            "logits": targets[0],
            "outline": tf.nn.avg_pool2d(masks, OUTLINE_STRIDE, OUTLINE_STRIDE, "SAME"),
            "person": targets[1],
        }
        return pictures, {name: wanted[name] for name in _losses(recipe)}

    indices = tf.data.Dataset.from_generator(
        lambda: _drawn(labels, recipe, first_epoch), output_signature=tf.TensorSpec([], tf.int64)
    )
    return indices.batch(recipe.batch, drop_remainder=True).map(batch, num_parallel_calls=2).prefetch(4)


def wished_labels(data: PhotoSet, rows: list[Row], recipe: Recipe) -> np.ndarray:
    """Each row's class as float32 (n, 7): what the label says and, with its weight, what the teachers say."""
    one_hot = np.eye(len(CLASSES), dtype=np.float32)[class_indices(rows)]
    if not recipe.teachers:
        return one_hot
    taught = soft_labels([Path(folder) for folder in recipe.teachers], data, rows)
    return ((1 - recipe.teachers_weight) * one_hot + recipe.teachers_weight * taught).astype(np.float32)


def _drawn(labels: np.ndarray, recipe: Recipe, epoch: int) -> Iterator[int]:
    """Image numbers for ever. Each epoch has its own seed, so that a resumed run draws as an unbroken one."""
    counts = np.maximum(np.bincount(labels, minlength=len(CLASSES)), 1.0)
    weights = (counts ** (recipe.sampling_power - 1))[labels]
    per_epoch = len(labels) // recipe.batch * recipe.batch
    while True:
        rng = np.random.default_rng((recipe.seed, epoch))
        yield from rng.choice(len(labels), per_epoch, p=weights / weights.sum())
        epoch += 1


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
