"""The rows of which statistics are made: whole columns in a few queries, however many cases there are.

Nothing of what is deleted, and nobody's name. Days and weeks are those of the site's time zone.
"""

from diagnosis.statistics.collection.accuracy import ReadMole, judged_moles, read_moles
from diagnosis.statistics.collection.calibration import Calibrated, calibrated, strata
from diagnosis.statistics.collection.period import Period
from diagnosis.statistics.collection.predictions import PredictionRow, predictions
from diagnosis.statistics.collection.readers import (
    Waiting,
    opened_and_closed,
    readings,
    seconds,
    waiting,
)

__all__ = [
    "Calibrated",
    "Period",
    "PredictionRow",
    "ReadMole",
    "Waiting",
    "calibrated",
    "judged_moles",
    "opened_and_closed",
    "predictions",
    "read_moles",
    "readings",
    "seconds",
    "strata",
    "waiting",
]
