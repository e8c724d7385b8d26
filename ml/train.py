"""Trains the network from scratch on HAM10000 and writes an artifact.

    python -m ml.train --data DIR --version plain96-1

Stop it whenever you like: the same command goes on from the last finished epoch. The training
part trains, the validation part calibrates and sets the thresholds; the test part is not touched.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

# TensorFlow's start-up notices would hide the progress bar.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from ml import metrics
from ml.artifact import malignancy, write_artifact
from ml.augment import augment
from ml.calibrate import softmax
from ml.data import Ham10000, class_indices, default_folder
from ml.labels import CLASSES
from ml.model import CHANNELS, build

# Whole images are kept at this size: the shorter side is a third longer than the network's
# input, so a random zoom still finds detail.
SOURCE_SIZE = (170, 128)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a training run goes, besides the data."""

    side: int = 96
    channels: tuple[int, ...] = CHANNELS
    epochs: int = 40
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    label_smoothing: float = 0.05
    # A class of n images is drawn in proportion to n ** sampling_power: 1 as it comes, 0 all alike.
    sampling_power: float = 0.5
    seed: int = 1


class Checkpoint(keras.callbacks.Callback):
    """Keeps the whole state (weights, optimiser, epoch, history) on disk after every epoch."""

    def __init__(self, folder: Path, history: list[dict[str, float]]):
        super().__init__()
        self.folder, self.history, self.started = folder, history, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        seconds = round(time.monotonic() - self.started, 1)
        self.history.append({"epoch": epoch + 1, "seconds": seconds, **(logs or {})})
        # Model and history in one rename each, the history last: it says which epoch is safe.
        self.model.save(self.folder / "new.keras")
        (self.folder / "new.keras").replace(self.folder / f"epoch-{epoch + 1}.keras")
        (self.folder / "new.json").write_text(json.dumps(self.history))
        (self.folder / "new.json").replace(self.folder / "history.json")
        (self.folder / f"epoch-{epoch}.keras").unlink(missing_ok=True)


class ValidationAUC(keras.callbacks.Callback):
    """Adds the malignancy AUC on the validation part to each epoch's figures."""

    def __init__(self, images: np.ndarray, malignant: np.ndarray):
        super().__init__()
        self.images, self.malignant = images, malignant

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        probabilities = softmax(predict_logits(self.model, self.images))
        if logs is not None:
            logs["val_auc"] = metrics.auc(self.malignant, malignancy(probabilities))


def train(data: Ham10000, recipe: Recipe, folder: Path) -> keras.Model:
    """Trains up to `recipe.epochs`, going on from `folder` where an earlier run stopped there."""
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(recipe.seed)
    rows, held_out = data.part("train"), data.part("validation")
    labels = class_indices(rows)
    model, history = _resume(folder) or (_compiled(recipe, len(rows)), [])
    seen_malignant = np.array([row.malignant for row in held_out])
    model.fit(
        _batches(data.wholes(rows, SOURCE_SIZE), labels, recipe, first_epoch=len(history)),
        initial_epoch=len(history),
        epochs=recipe.epochs,
        steps_per_epoch=len(rows) // recipe.batch,
        shuffle=False,  # drawn at random already
        callbacks=[
            ValidationAUC(data.squares(held_out, recipe.side), seen_malignant),
            Checkpoint(folder, history),
        ],
    )
    trained = build(recipe.side, recipe.channels)
    trained.set_weights(model.get_weights())
    return trained


def predict_logits(model: keras.Model, images: np.ndarray, batch: int = 128) -> np.ndarray:
    """Logits float32 (n, 7) for uint8 images (n, side, side, 3)."""
    call = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True)
    parts = [call(tf.cast(images[i : i + batch], tf.float32)).numpy() for i in range(0, len(images), batch)]
    return np.concatenate(parts)


def _resume(folder: Path) -> tuple[keras.Model, list[dict[str, float]]] | None:
    if not (folder / "history.json").exists():
        return None
    history = json.loads((folder / "history.json").read_text())
    return keras.models.load_model(folder / f"epoch-{len(history)}.keras"), history


def _compiled(recipe: Recipe, images: int) -> keras.Model:
    steps = recipe.epochs * (images // recipe.batch)
    warm_up = min(steps // 20, 500)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 20, steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
    )
    # Only the network in training computes in bfloat16; what is saved and shipped is float32.
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = build(recipe.side, recipe.channels)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay, clipnorm=1.0),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
    )
    return model


def _batches(images: np.ndarray, labels: np.ndarray, recipe: Recipe, first_epoch: int) -> tf.data.Dataset:
    """Endless augmented batches (float32 images, one-hot labels), from `first_epoch` on."""
    pixels, one_hot = tf.constant(images), tf.one_hot(labels, len(CLASSES))

    def batch(indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return augment(tf.gather(pixels, indices), recipe.side), tf.gather(one_hot, indices)

    indices = tf.data.Dataset.from_generator(
        lambda: _drawn(labels, recipe, first_epoch), output_signature=tf.TensorSpec([], tf.int64)
    )
    return indices.batch(recipe.batch, drop_remainder=True).map(batch, num_parallel_calls=2).prefetch(4)


def _drawn(labels: np.ndarray, recipe: Recipe, epoch: int) -> Iterator[int]:
    """Image numbers for ever. Each epoch has its own seed, so that a resumed run draws as an unbroken one."""
    counts = np.maximum(np.bincount(labels, minlength=len(CLASSES)), 1.0)
    weights = (counts ** (recipe.sampling_power - 1))[labels]
    per_epoch = len(labels) // recipe.batch * recipe.batch
    while True:
        rng = np.random.default_rng((recipe.seed, epoch))
        yield from rng.choice(len(labels), per_epoch, p=weights / weights.sum())
        epoch += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--version", default="plain96-1", help="name of the artifact to write")
    parser.add_argument("--run", type=Path, help="folder of the checkpoints (default: runs/VERSION)")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    args = parser.parse_args()
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    recipe = Recipe(epochs=args.epochs, seed=args.seed)
    folder = args.run or Path("runs") / args.version
    data = Ham10000(args.data)
    model = train(data, recipe, folder)
    history = json.loads((folder / "history.json").read_text())
    held_out = data.part("validation")
    print(
        write_artifact(
            version=args.version,
            model=model,
            recipe=asdict(recipe),
            minutes=sum(epoch["seconds"] for epoch in history) / 60,
            logits=predict_logits(model, data.squares(held_out, recipe.side)),
            rows=held_out,
        )
    )


if __name__ == "__main__":
    main()
