"""What happens during training besides training: a running mean, figures, checkpoints."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from ml import metrics
from ml.calibrate import softmax
from ml.labels import CLASSES, MALIGNANT_INDICES


class Average(keras.callbacks.Callback):
    """Keeps a running mean of all weights in `averaged` (Polyak and Juditsky 1992)."""

    def __init__(self, averaged: keras.Model, share: float, steps: int):
        super().__init__()
        self.averaged, self.share, self.steps = averaged, share, steps

    @tf.function
    def _update(self, share: tf.Tensor) -> None:
        for mean, now in zip(self.averaged.weights, self.model.weights, strict=True):
            mean.assign(mean.value * share + now.value * (1 - share))

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        # In the beginning the weights of a moment ago are worth nothing.
        self.steps += 1
        self._update(tf.constant(min(self.share, self.steps / (self.steps + 10)), tf.float32))


class Checkpoint(keras.callbacks.Callback):
    """Keeps the whole state (weights, optimiser, mean, history) after each epoch; prints its figures."""

    def __init__(self, folder: Path, averaged: keras.Model, history: list[dict[str, float]]):
        super().__init__()
        self.folder, self.averaged, self.history, self.started = folder, averaged, history, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        seconds = round(time.monotonic() - self.started, 1)
        self.history.append({"epoch": epoch + 1, "seconds": seconds, **(logs or {})})
        # Each file in one rename, the history last: it says which epoch is safe.
        for name, model in (("epoch", self.model), ("average", self.averaged)):
            model.save(self.folder / "new.keras")
            (self.folder / "new.keras").replace(self.folder / f"{name}-{epoch + 1}.keras")
        (self.folder / "new.json").write_text(json.dumps(self.history))
        (self.folder / "new.json").replace(self.folder / "history.json")
        for name in ("epoch", "average"):
            (self.folder / f"{name}-{epoch}.keras").unlink(missing_ok=True)
        print(f"epoch {epoch + 1}:", {name: round(float(value), 4) for name, value in (logs or {}).items()})


class Validation(keras.callbacks.Callback):
    """Adds the averaged network's figures on the validation part to each epoch's."""

    def __init__(self, averaged: keras.Model, images: np.ndarray, labels: np.ndarray):
        super().__init__()
        self.images, self.labels = images, labels
        self.logits = logits_of(averaged)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        figures = watch(softmax(self.logits(self.images)), self.labels)
        if logs is not None:
            logs.update(figures)


def watch(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """The malignancy AUC and the mean AUC of the classes, from (n, 7) and (n,)."""
    malignant = np.isin(labels, MALIGNANT_INDICES)
    each = [metrics.auc(labels == k, probabilities[:, k]) for k in range(len(CLASSES))]
    return {
        "val_auc": metrics.auc(malignant, metrics.malignancy(probabilities)),
        "val_macro_auc": float(np.nanmean(each)),
    }


def logits_of(model: keras.Model, batch: int = 128) -> Callable[[np.ndarray], np.ndarray]:
    """A compiled function from uint8 images (n, side, side, 3) to logits float32 (n, 7)."""
    call = tf.function(lambda batch: model(batch, training=False)["logits"], reduce_retracing=True)

    def logits(images: np.ndarray) -> np.ndarray:
        starts = range(0, len(images), batch)
        return np.concatenate([call(tf.cast(images[i : i + batch], tf.float32)).numpy() for i in starts])

    return logits
