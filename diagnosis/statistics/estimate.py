"""A figure with what chance alone leaves open of it."""

from dataclasses import dataclass
from enum import Enum

# Of the standard normal distribution, 95% lie within it.
Z = 1.959963984540054


class Missing(Enum):
    """Why there is no figure. It is never given out as 0 or 1 instead."""

    NONE = "none"
    FEW = "few"
    # Nothing varies, so that nothing can be said of how two vary together.
    CONSTANT = "constant"
    # A band of which nothing is known, so that nothing can be said of all photos.
    BAND = "band"


@dataclass(frozen=True)
class Estimate:
    """`value` with its 95% interval from `low` to `high`; what is not defined is None. `missing` says why
    there is no value."""

    value: float | None
    low: float | None = None
    high: float | None = None
    missing: Missing | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        return None if self.low is None or self.high is None else (self.low, self.high)


def undefined(why: Missing) -> Estimate:
    return Estimate(None, missing=why)
