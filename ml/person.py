"""What is known of the person besides the picture: age, sex and the body site.

Only training asks for them, as a further task: what skin tells of its age, the features for moles may use.
"""

import keras
import numpy as np
import tensorflow as tf

from ml.data import Row

SEXES = ("female", "male")
SITES = (
    "abdomen",
    "acral",
    "back",
    "chest",
    "ear",
    "face",
    "foot",
    "genital",
    "hand",
    "lower extremity",
    "neck",
    "scalp",
    "trunk",
    "upper extremity",
)
# Mean and standard deviation of the training part's ages, in years.
AGE, AGE_SPREAD = 52.0, 17.0
GUESSES = 1 + len(SEXES) + len(SITES)


def targets(rows: list[Row]) -> np.ndarray:
    """float32 (n, 18): whether the age is known, the standardised age, one-hot sex and site; unknown is 0."""
    out = np.zeros((len(rows), 1 + GUESSES), np.float32)
    for line, row in zip(out, rows, strict=True):
        if row.age is not None:
            line[:2] = 1.0, (row.age - AGE) / AGE_SPREAD
        for start, names, name in ((2, SEXES, row.sex), (2 + len(SEXES), SITES, row.localization)):
            if name in names:
                line[start + names.index(name)] = 1.0
    return out


@keras.saving.register_keras_serializable("ml")
class PersonLoss(keras.losses.Loss):
    """Squared error of the age and cross-entropies of sex and site; what is unknown costs nothing.

    Takes `targets` (n, 18) and guesses (n, 17).
    """

    def call(self, wanted: tf.Tensor, guessed: tf.Tensor) -> tf.Tensor:
        known, age, sex, site = tf.split(wanted, [1, 1, len(SEXES), len(SITES)], axis=1)
        guessed_age, sexes, sites = tf.split(guessed, [1, len(SEXES), len(SITES)], axis=1)
        return (
            tf.reduce_sum(known * (age - guessed_age) ** 2, axis=1)
            + tf.nn.softmax_cross_entropy_with_logits(sex, sexes)
            + tf.nn.softmax_cross_entropy_with_logits(site, sites)
        )
