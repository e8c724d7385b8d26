"""What a person's age adds to the picture's malignancy probability: a logistic regression of both.

Log odds with the age = slope * the picture's log odds + per_year * (age - centre) + offset. Moles of the
old are malignant far more often (37% of the validation part's photos at 60 and over, 3% below 40), and a
picture does not tell the age. Bands never use it: the few malignant moles of the young must not be missed for
being rare.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml import calibrate

# Where one age in a hundred lies outside on either side; beyond, the line would be a guess.
OUTERMOST = (0.01, 0.99)


@dataclass(frozen=True)
class AgeOdds:
    """The regression; ages in years, held within `youngest` and `oldest`."""

    slope: float
    per_year: float
    offset: float
    centre: float
    youngest: float
    oldest: float


def fit(probability: np.ndarray, ages: np.ndarray, malignant: np.ndarray) -> AgeOdds:
    """From calibrated malignancy probabilities (n,), ages in years (n,) and what was malignant (n,).

    Raises `ValueError` where the probabilities tell nothing.
    """
    centre = float(np.round(ages.mean()))
    youngest, oldest = (float(age) for age in np.quantile(ages, OUTERMOST))
    years = np.clip(ages, youngest, oldest) - centre
    slope, per_year, offset = calibrate.logistic(np.stack([_log_odds(probability), years], axis=1), malignant)
    return AgeOdds(slope, per_year, offset, centre, youngest, oldest)


def known(rows: list[Any]) -> np.ndarray:
    """Of which of the rows (n,) of `ml.data` the age is known: bool (n,)."""
    return np.array([row.age is not None for row in rows])


def _log_odds(probability: np.ndarray) -> np.ndarray:
    return np.log(probability) - np.log1p(-probability)
