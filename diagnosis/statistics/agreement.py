"""How far two agree beyond what chance alone brings about."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from diagnosis.statistics.estimate import Estimate, Missing, Z, undefined
from diagnosis.statistics.proportions import Share

# The interval is an approximation for many; of fewer pairs neither it nor its middle says anything.
FEWEST_PAIRS = 10


@dataclass(frozen=True)
class Agreement:
    """Of pairs of words, one word of each of the two: how often they are the same, and Cohen's kappa."""

    raw: Share
    kappa: Estimate


def agreement(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    words = {word: place for place, word in enumerate(dict.fromkeys(word for pair in pairs for word in pair))}
    table = np.zeros((len(words), len(words)), dtype=int)
    for first, second in pairs:
        table[words[first], words[second]] += 1
    return Agreement(Share(int(table.trace()), len(pairs)), kappa(table))


def kappa(table: np.ndarray) -> Estimate:
    """Cohen's kappa of a square table of counts (k, k), row: one's word, column: the other's.

    J. Cohen, Educational and Psychological Measurement 20 (1960), 37-46. The 95% interval uses the
    asymptotic standard error of J. L. Fleiss, J. Cohen and B. S. Everitt, Large sample standard errors of
    kappa and weighted kappa, Psychological Bulletin 72 (1969), 323-327, formula 13, and ends at -1 and 1.

    Undefined of fewer than `FEWEST_PAIRS`, and where one of the two always says the same word: then kappa
    is 0/0 or a 0 that no agreement could change. Where they agree on all, it has no interval: the formula
    gives one of no width.
    """
    count = int(table.sum())
    if count < FEWEST_PAIRS:
        return undefined(Missing.FEW if count else Missing.NONE)
    if count in (*table.sum(axis=0), *table.sum(axis=1)):
        return undefined(Missing.CONSTANT)
    shares = table / count
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = float(rows @ columns)
    value = (float(shares.trace()) - chance) / (1 - chance)
    if table.trace() == count:
        return Estimate(value)
    half = Z * _standard_error(shares, value, chance, count)
    return Estimate(value, max(value - half, -1.0), min(value + half, 1.0))


def _standard_error(shares: np.ndarray, value: float, chance: float, count: int) -> float:
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    same = np.diag(shares) @ (1 - (rows + columns) * (1 - value)) ** 2
    # Of the cell in row i and column j: the share of column i and that of row j.
    others = shares * (columns[:, None] + rows[None, :]) ** 2
    apart = (1 - value) ** 2 * (others.sum() - np.diag(others).sum())
    variance = same + apart - (value - chance * (1 - value)) ** 2
    return sqrt(max(float(variance), 0.0) / count) / (1 - chance)
