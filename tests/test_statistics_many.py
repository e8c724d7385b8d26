"""The statistics of ten thousand cases."""

import time
from datetime import date
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from diagnosis.models import Case, Mole, Opinion, Photo, Prediction, Profile, User
from tests.statistics_rows import moment
from tests.test_statistics_pages import DAYS, PAGES

COUNT = 10_000


def stored(model: Any, made: list[Any]) -> list[Any]:
    return model._base_manager.bulk_create(made, batch_size=500)


def make_moles(owner: User) -> list[Mole]:
    """A quarter of them with an outcome."""
    own = Profile.objects.own(owner)
    outcomes = ["malignant", "", "", "", "benign", "", "", ""] * (COUNT // 8)
    return stored(
        Mole,
        [
            Mole(
                owner=owner,
                profile=own,
                name="one of many",
                removed_on=date(2099, 1, 1) if outcome else None,
                outcome=outcome,
            )
            for outcome in outcomes
        ],
    )


def make_photos(moles: list[Mole]) -> list[Photo]:
    fields: dict[str, Any] = {"width": 9, "height": 9, "photo_kind": "dermatoscopic", "thumbnail": "t.jpg"}
    photos = [Photo(owner=mole.owner, mole=mole, image=f"{mole.pk}.jpg", **fields) for mole in moles]
    return stored(Photo, photos)


def make_predictions(photos: list[Photo]) -> list[Prediction]:
    fields: dict[str, Any] = {
        "status": "succeeded",
        "model_version": "one-1",
        "class_probabilities": {},
        "threshold_low": 0.1,
        "threshold_raised": 0.4,
        "stability": 0.1,
        "distance": 1.0,
    }
    return stored(
        Prediction,
        [
            Prediction(
                photo=photo,
                malignancy_probability=place % 100 / 100,
                band=("low", "unclear", "raised")[place % 3],
                finished_at=moment(place % 28),
                **fields,
            )
            for place, photo in enumerate(photos)
        ],
    )


def make_cases(predictions: list[Prediction]) -> list[Case]:
    fields = {"why": "raised", "status": "closed", "diagnosis": "nv", "recommendation": "nothing"}
    return stored(
        Case,
        [
            Case(photo=one.photo, prediction=one, due_at=moment(0), closed_at=one.finished_at, **fields)
            for one in predictions
        ],
    )


@pytest.fixture
def many(owner: User) -> None:
    """Cases of as many moles, each read once."""
    reader = User.objects.create_user("reader@example.org")
    cases = make_cases(make_predictions(make_photos(make_moles(owner))))
    fields: dict[str, Any] = {"stage": "blind", "diagnosis": "nv", "confidence": 2, "quality": "good"}
    fields |= {"recommendation": "nothing", "seconds": 9}
    stored(Opinion, [Opinion(case=case, reader=reader, **fields) for case in cases])
    Prediction.objects.update(created_at=F("finished_at"))
    Case.objects.update(created_at=F("closed_at"))
    Opinion.objects.update(created_at=moment(1))


def test_ten_thousand_cases_take_less_than_a_second(staff_client: Client, many: None) -> None:
    for url in PAGES:
        began = time.process_time()
        found = staff_client.get(url, DAYS).content.decode()
        assert time.process_time() - began < 1, url
        assert "10,000" in found or "2,500" in found, url
