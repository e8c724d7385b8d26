"""Photos that were judged, cases that were read, outcomes that came: rows alone, without files."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django.utils import timezone

from diagnosis.models import Case, Mismatch, Mole, Opinion, Photo, Prediction, User
from diagnosis.statistics.collection import Period

# A Monday.
START = date(2026, 3, 2)
PERIOD = Period(START, START + timedelta(days=27))


def moment(day: int) -> datetime:
    """Noon, so many days after the first of the period."""
    return datetime(START.year, START.month, START.day, 12, tzinfo=UTC) + timedelta(days=day)


def make_mole(owner: User, **fields: Any) -> Mole:
    return Mole.objects.create(owner=owner, name="one of many", **fields)


def removed(mole: Mole, outcome: str, day: int) -> None:
    Mole.objects.filter(pk=mole.pk).update(removed_on=moment(day).date(), outcome=outcome)


def make_photo(owner: User, day: int = 0, **fields: Any) -> Photo:
    name = uuid4()
    photo = Photo.objects.create(
        owner=owner,
        image=f"{name}.jpg",
        thumbnail=f"{name}-thumbnail.jpg",
        width=100,
        height=100,
        **{"photo_kind": "dermatoscopic"} | fields,
    )
    Photo.objects.filter(pk=photo.pk).update(created_at=moment(day))
    photo.refresh_from_db()
    return photo


def judge(
    photo: Photo, band: str = "raised", probability: float = 0.5, day: int = 0, **seen: Any
) -> Prediction:
    """A result of this photo, of that day."""
    result = {
        "status": "succeeded",
        "model_version": "one-1",
        "malignancy_probability": probability,
        "class_probabilities": {"mel": probability, "nv": 1 - probability},
        "band": band,
        "threshold_low": 0.1,
        "threshold_raised": 0.4,
        "photo_kind_seen": photo.photo_kind,
    }
    return _finished(photo, day, result | seen)


def reject(photo: Photo, day: int = 0, code: str = "blurred", status: str = "rejected") -> Prediction:
    result = {"status": status, "model_version": "one-1", "reason_code": code, "reason": "It is blurred."}
    return _finished(photo, day, result)


def _finished(photo: Photo, day: int, result: dict[str, Any]) -> Prediction:
    prediction = Prediction.objects.create(photo=photo, finished_at=moment(day), **result)
    Prediction.objects.filter(pk=prediction.pk).update(created_at=moment(day))
    return prediction


def open_case(prediction: Prediction, why: str = "raised", day: int = 0) -> Case:
    case = Case.objects.create(photo=prediction.photo, prediction=prediction, why=why, due_at=moment(day))
    Case.objects.filter(pk=case.pk).update(created_at=moment(day))
    return case


def close(case: Case, diagnosis: str, recommendation: str = "nothing", day: int = 0) -> None:
    Case.objects.filter(pk=case.pk).update(
        status="closed", diagnosis=diagnosis, recommendation=recommendation, closed_at=moment(day)
    )


def say(case: Case, reader: User, diagnosis: str, stage: str = "blind", seconds: float = 30.0) -> Opinion:
    """Opinions come in the order in which they are said, a minute after each other."""
    at = moment(0) + timedelta(minutes=Opinion.objects.count() + 1)
    # The row can't be changed later, so the clock is, while it is written.
    with patch.object(timezone, "now", return_value=at):
        return Opinion.objects.create(
            case=case,
            reader=reader,
            stage=stage,
            diagnosis=diagnosis,
            confidence=2,
            quality="good",
            recommendation="nothing",
            seconds=seconds,
        )


def laboratory(photo: Photo, outcome: str) -> Mismatch:
    return Mismatch.objects.create(photo=photo, kind="histology", outcome=outcome)
