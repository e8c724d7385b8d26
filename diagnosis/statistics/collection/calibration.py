"""What was predicted of photos, and what is known of them, such that the known speak for all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from diagnosis.models import Case, Opinion, Prediction
from diagnosis.statistics.collection.period import Period, day_of
from diagnosis.statistics.collection.predictions import DERMATOSCOPIC, first_results
from diagnosis.statistics.collection.readers import is_malignant
from diagnosis.statistics.collection.truth import of_photos
from diagnosis.statistics.drift import Stratum

# Cases that the band alone brought to be read. Of the others the patient knew something first.
FOR_BAND = [Case.Why.RAISED, Case.Why.UNCLEAR, Case.Why.RANDOM]
BANDS = ("low", "unclear", "raised")


@dataclass(frozen=True)
class Calibrated:
    """A photo of the tested kind by its first result. `malignant` is its truth where it was read for its
    band; None where it was not, or nobody could tell."""

    unit: UUID
    day: date
    version: str
    band: str
    probability: float
    malignant: bool | None


def calibrated(period: Period) -> list[Calibrated]:
    """Photos first judged in the period, those judged first coming first."""
    rows = first_results([Prediction.Status.SUCCEEDED]).filter(
        period.within("created_at"), photo__photo_kind=DERMATOSCOPIC, photo_kind_seen__in=["", DERMATOSCOPIC]
    )
    cases = Case.objects.kept().filter(period.within("prediction__created_at"), why__in=FOR_BAND)
    closed = cases.filter(status=Case.Status.CLOSED).values_list("prediction_id", "diagnosis")
    # A case closes at once where its first reader agrees with the band. Without the others, of which readers
    # are not done, nearly all that is known would confirm the model.
    unsettled = Opinion.objects.filter(case__in=cases.exclude(status=Case.Status.CLOSED))
    said = unsettled.order_by("created_at", "pk").values_list("case__prediction_id", "diagnosis")
    read = dict(said) | dict(closed)
    columns = ("pk", "created_at", "model_version", "band", "malignancy_probability")
    found = []
    for of, (pk, created_at, version, band, probability) in of_photos(rows, *columns):
        truth = None
        if pk in read:
            truth = is_malignant(read[pk]) if of.malignant is None else of.malignant
        found.append(Calibrated(of.unit, day_of(created_at), version, band, probability, truth))
    return found


def strata(photos: Iterable[Calibrated]) -> list[Stratum]:
    """Low, unclear, raised. A mole counts once, by its first photo among these."""
    once: dict[UUID, Calibrated] = {}
    for photo in photos:
        once.setdefault(photo.unit, photo)
    return [_stratum([photo for photo in once.values() if photo.band == band]) for band in BANDS]


def _stratum(photos: list[Calibrated]) -> Stratum:
    known = [photo for photo in photos if photo.malignant is not None]
    predicted = sum(photo.probability for photo in known) / len(known) if known else 0.0
    return Stratum(len(photos), len(known), sum(bool(photo.malignant) for photo in known), predicted)
