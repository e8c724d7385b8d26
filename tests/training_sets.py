"""Photos that readers have finished with, as the reading room leaves them, and what an export wrote."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from diagnosis.models import Case, Mismatch, Opinion, Photo, Prediction, User
from diagnosis.services import (
    NothingToExport,
    Reading,
    claim_case,
    export_training_set,
    finish_case,
    open_case,
    record_opinion,
)
from diagnosis.services.training.rows import Why
from ml.labels import MALIGNANT

READERS = ("first@example.org", "second@example.org", "senior@example.org")


def reader(email: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, is_staff=True)


def read(photo: Photo, *said: str, quality: str = "good", model: str = "") -> Case:
    """A case of the photo, read by one reader or two, and settled by a third word. The model says the same
    as the first reader unless `model` names a class; two readers need it to differ."""
    model = model or (said[0] if len(said) == 1 else _other(said[0]))
    malignant = model in MALIGNANT
    prediction = photo.predictions.create(
        status=Prediction.Status.SUCCEEDED,
        malignancy_probability=0.9 if malignant else 0.01,
        class_probabilities={"mel": 0.9},
        band="raised" if malignant else "low",
        threshold_low=0.02,
        threshold_raised=0.07,
        model_version="residual128-3",
        finished_at=timezone.now(),
    )
    case = open_case(photo=photo, prediction=prediction, why=Case.Why.RANDOM)
    assert case
    for number, (email, diagnosis) in enumerate(zip(READERS, said, strict=False)):
        who = reader(f"{case.pk}.{email}")  # nobody reads the same photo twice
        claim_case(case=case, reader=who)
        stage = Opinion.Stage.SETTLING if number == 2 else Opinion.Stage.BLIND
        record_opinion(
            case=case, reader=who, stage=stage, reading=Reading(diagnosis, 3, quality, "see_doctor")
        )
        finish_case(case=case, reader=who)
    case.refresh_from_db()
    assert case.status == Case.Status.CLOSED
    return case


def histology(photo: Photo, outcome: str, diagnosis: str = "") -> Mismatch:
    return Mismatch.objects.create(photo=photo, kind="histology", outcome=outcome, diagnosis=diagnosis)


def why_not(folder: Path) -> dict[tuple[str, Why], int]:
    """Why no photo at all leaves, by class."""
    with pytest.raises(NothingToExport) as refused:
        export_training_set(folder=folder)
    assert not folder.exists()
    return dict(refused.value.without)


def _other(diagnosis: str) -> str:
    return "nv" if diagnosis in MALIGNANT else "mel"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "HAM10000_metadata.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def manifest_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text()))


def images_of(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "images").iterdir()}


def agrees(folder: Path) -> bool:
    """Whether table, images and manifest name the same photos."""
    listed = [photo["image_id"] for photo in manifest_of(folder)["photos"]]
    return [row["image_id"] for row in rows_of(folder)] == listed and images_of(folder) == set(listed)
