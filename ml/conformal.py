"""Split-conformal sets of classes: a set that holds the true class as often as it promises.

The promise holds on average over photos drawn as those it was fitted on (Vovk et al. 2005; the
score is one minus the probability of the true class, Sadinle et al. 2019).
"""

import numpy as np

LEVEL = 0.9


def fit(probabilities: np.ndarray, labels: np.ndarray, level: float = LEVEL) -> float:
    """The least probability a class must have to be in the set, from (n, classes) and (n,).

    The ceil((n + 1) level)-th smallest score: with it at least `level` of new photos are covered.
    """
    scores = np.sort(1 - probabilities[np.arange(len(labels)), labels])
    rank = min(int(np.ceil((len(labels) + 1) * level)), len(labels))
    return float(1 - scores[rank - 1])


def members(probabilities: np.ndarray, least: float) -> np.ndarray:
    """Which classes are in the set: bool, of the shape (..., classes) of `probabilities`.

    The most probable one always is: an empty set would help nobody.
    """
    inside = probabilities >= least
    np.put_along_axis(inside, probabilities.argmax(axis=-1)[..., None], True, axis=-1)
    return inside
