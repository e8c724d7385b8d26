"""Shares, with intervals that hold for few and for extreme ones."""

from dataclasses import dataclass
from math import sqrt

from diagnosis.statistics.estimate import Estimate, Missing, Z, undefined


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def estimate(self) -> Estimate:
        return wilson(self.count, self.of)


def wilson(count: int, of: int) -> Estimate:
    """`count` of `of` with the 95% score interval; undefined of none.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the
    American Statistical Association 22 (1927), 209-212, without continuity correction: method 3 of R. G.
    Newcombe, Statistics in Medicine 17 (1998), 857-872. Raises `ValueError` for a count that can't be.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share.")
    if not of:
        return undefined(Missing.NONE)
    share, spare = count / of, Z * Z / of
    middle = (share + spare / 2) / (1 + spare)
    half = Z * sqrt(share * (1 - share) / of + spare / (4 * of)) / (1 + spare)
    # At its ends it is exact, whatever the last binary place says.
    return Estimate(share, middle - half if count else 0.0, middle + half if count < of else 1.0)
