"""Figures that can be checked by hand. An undefined ratio is NaN, never 0 or 1.

Throughout, `malignant` is a boolean array (n,) and `probability` a float array (n,).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ml.labels import MALIGNANT_INDICES


def ratio(part: int | float, whole: int | float) -> float:
    return float(part) / float(whole) if whole else float("nan")


def malignancy(probabilities: np.ndarray) -> np.ndarray:
    """Malignancy probability (...): the sum of the malignant classes of (..., 7)."""
    # Rounding may carry the sum of near-certain classes a hair beyond 1.
    return np.minimum(probabilities[..., list(MALIGNANT_INDICES)].sum(axis=-1), 1.0)


def auc(malignant: np.ndarray, probability: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a malignant photo scores above a benign one.

    The Mann-Whitney statistic with mid-ranks, so ties count one half (Hanley and McNeil 1982).
    """
    malignant = np.asarray(malignant, dtype=bool)
    positives, negatives = int(malignant.sum()), int((~malignant).sum())
    _, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    mid_ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    above = mid_ranks[malignant].sum() - positives * (positives + 1) / 2
    return ratio(above, positives * negatives)


def sensitivity(malignant: np.ndarray, flagged: np.ndarray) -> float:
    """Share of the malignant that is flagged."""
    return ratio(np.sum(malignant & flagged), np.sum(malignant))


def specificity(malignant: np.ndarray, flagged: np.ndarray) -> float:
    """Share of the benign that is not flagged."""
    return ratio(np.sum(~malignant & ~flagged), np.sum(~malignant))


def ppv(malignant: np.ndarray, flagged: np.ndarray) -> float:
    """Share of the flagged that is malignant."""
    return ratio(np.sum(malignant & flagged), np.sum(flagged))


def threshold_at_sensitivity(malignant: np.ndarray, probability: np.ndarray, target: float) -> float:
    """The highest threshold t at which `probability >= t` flags at least `target` of the malignant."""
    scores = np.sort(np.asarray(probability)[np.asarray(malignant, dtype=bool)])[::-1]
    if not len(scores):
        raise ValueError("There is no malignant photo to set a threshold by.")
    needed = int(np.ceil(target * len(scores) - 1e-9))
    return float(scores[max(needed, 1) - 1])


def brier(malignant: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared distance of the probability from what was true (Brier 1950)."""
    return float(np.mean((np.asarray(probability) - np.asarray(malignant, dtype=float)) ** 2))


def reliability(
    malignant: np.ndarray, probability: np.ndarray, bins: int = 10
) -> list[tuple[int, float, float]]:
    """For each of `bins` bins of equal width that is not empty: count, mean probability, share malignant."""
    index = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    return [
        (int(inside.sum()), float(probability[inside].mean()), float(malignant[inside].mean()))
        for inside in (index == number for number in range(bins))
        if inside.any()
    ]


def ece(malignant: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini et al., AAAI 2015)."""
    rows = reliability(malignant, probability, bins)
    return sum(count * abs(said - true) for count, said, true in rows) / len(malignant)


def roc(malignant: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates from the strictest threshold to the loosest, from (0, 0) to (1, 1)."""
    order = np.argsort(-np.asarray(probability), kind="stable")
    hits, scores = np.asarray(malignant, dtype=bool)[order], np.asarray(probability)[order]
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    true = np.concatenate([[0], np.cumsum(hits)[ends] / hits.sum()])
    false = np.concatenate([[0], np.cumsum(~hits)[ends] / (~hits).sum()])
    return false, true


def bootstrap(
    figure: Callable[..., float], groups: np.ndarray, *arrays: np.ndarray, rounds: int = 1000, seed: int = 1
) -> tuple[float, float]:
    """The 95% percentile interval of `figure(*arrays)`, drawing whole groups (lesions) with replacement.

    Photos of one lesion look alike: drawing single photos would make the interval too narrow.
    """
    draws = _draws(groups, rounds, seed)
    low, high = np.nanpercentile(
        [figure(*(array[drawn] for array in arrays)) for drawn in draws], [2.5, 97.5]
    )
    return float(low), float(high)


@dataclass(frozen=True)
class Difference:
    """Of a figure, new minus old: its value, 95% interval, and the share of draws in which new is larger."""

    value: float
    interval: tuple[float, float]
    larger: float


def paired_bootstrap(
    figure: Callable[[np.ndarray, np.ndarray], float],
    groups: np.ndarray,
    truth: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
    rounds: int = 1000,
    seed: int = 1,
) -> Difference:
    """How much larger `figure(truth, new)` is than `figure(truth, old)`, on the same photos.

    Both are taken of the same draws of whole groups (lesions), as `bootstrap` draws them: what makes a draw
    hard for both cancels out (Efron and Tibshirani 1993). Draws in which it is undefined are
    left out; where all are, so is all that is said of them.
    """

    def gained(drawn: np.ndarray | slice) -> float:
        return figure(truth[drawn], new[drawn]) - figure(truth[drawn], old[drawn])

    values = np.array([gained(drawn) for drawn in _draws(groups, rounds, seed)])
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (np.nan, np.nan)
    return Difference(gained(slice(None)), (float(low), float(high)), ratio(np.sum(values > 0), len(values)))


def _draws(groups: np.ndarray, rounds: int, seed: int) -> Iterator[np.ndarray]:
    """Numbers of the photos of as many groups as there are, drawn with replacement, `rounds` times."""
    rng = np.random.default_rng(seed)
    _, inverse = np.unique(groups, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    for _ in range(rounds):
        yield np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
