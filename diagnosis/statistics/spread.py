"""Where the middle of many values lies, and nearly the largest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnosis.statistics.estimate import Estimate, Missing, undefined

# Of fewer, the 90th percentile is the largest but for a little.
FEWEST_FOR_90TH = 10


@dataclass(frozen=True)
class Spread:
    count: int
    median: Estimate
    percentile_90: Estimate


def spread(values: Sequence[float]) -> Spread:
    """Median and 90th percentile, between two values by a straight line (Hyndman and Fan's type 7)."""
    if not values:
        return Spread(0, undefined(Missing.NONE), undefined(Missing.NONE))
    median, high = (float(one) for one in np.percentile(values, [50, 90]))
    enough = len(values) >= FEWEST_FOR_90TH
    return Spread(len(values), Estimate(median), Estimate(high) if enough else undefined(Missing.FEW))


def mean(values: Sequence[float]) -> Estimate:
    return Estimate(float(np.mean(values))) if values else undefined(Missing.NONE)
