"""The pictures of a training: drawn by their classes, changed at random, with what is wanted of each."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ml.augment import augment, mix, recompress
from ml.data import PhotoSet, Row, class_indices
from ml.labels import CLASSES
from ml.model import OUTLINE_STRIDE
from ml.recipe import Recipe

# Whole images are kept a third larger than the network's input, so a random zoom still finds
# detail; their longer side is a third longer than the shorter one.
SOURCE = 4 / 3
WHOLE = (200, 150)


def batches(
    data: PhotoSet,
    rows: list[Row],
    wished: dict[str, np.ndarray],
    recipe: Recipe,
    side: int,
    first_epoch: int,
) -> tf.data.Dataset:
    """Endless augmented batches (pictures, targets), from `first_epoch` on.

    The targets are each row's of `wished` and its outline. Where lesions are told apart, each photo drawn
    stands in its batch twice, changed in two ways.
    """
    height = min(round(side * SOURCE), WHOLE[1])
    pixels = tf.constant(data.wholes(rows, (round(height * SOURCE), height)))
    targets = {name: tf.constant(wanted) for name, wanted in wished.items()}
    drawn = np.array([data.has_mask(row) for row in rows])

    def batch(indices: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        if recipe.task == "lesions":
            indices = tf.tile(indices, [2])
        chosen = tf.gather(pixels, indices)
        if recipe.recompressed:
            chosen = recompress(chosen, recipe.recompressed)
        pictures, masks = augment(chosen, side, recipe.colour, recipe.zoom, recipe.degradation)
        # Only where needed: each operation here shifts the seeds of the random ones after it.
        if not drawn.all():
            masks = tf.where(tf.gather(drawn, indices)[:, None, None, None], masks, np.nan)
        wanted = [tf.gather(target, indices) for target in targets.values()]
        if recipe.mixup:
            pictures, masks, *wanted = mix(recipe.mixup, pictures, masks, *wanted)
        outlines = tf.nn.avg_pool2d(masks, OUTLINE_STRIDE, OUTLINE_STRIDE, "SAME")
        return pictures, dict(zip(targets, wanted, strict=True)) | {"outline": outlines}

    indices = tf.data.Dataset.from_generator(
        lambda: draw(class_indices(rows), recipe, first_epoch), output_signature=tf.TensorSpec([], tf.int64)
    )
    return indices.batch(recipe.batch, drop_remainder=True).map(batch, num_parallel_calls=2).prefetch(4)


def draw(labels: np.ndarray, recipe: Recipe, epoch: int) -> Iterator[int]:
    """Image numbers for ever. Each epoch has its own seed, so that a resumed run draws as an unbroken one."""
    counts = np.maximum(np.bincount(labels, minlength=len(CLASSES)), 1.0)
    weights = (counts ** (recipe.sampling_power - 1))[labels]
    per_epoch = len(labels) // recipe.batch * recipe.batch
    while True:
        rng = np.random.default_rng((recipe.seed, epoch))
        yield from rng.choice(len(labels), per_epoch, p=weights / weights.sum())
        epoch += 1
