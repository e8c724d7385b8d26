"""The database refuses impossible cases and opinions, whoever writes them."""

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from diagnosis.models import Case, Opinion
from tests.reading_rows import CASES, CLAIM, CLAIMS, CLOSED, CONSTRAINTS, OPINIONS

SAID: dict[str, Any] = {"stage": "blind", "diagnosis": "nv", "confidence": 2, "quality": "good"}
SAID |= {"recommendation": "nothing", "note": "", "seconds": 9.5}


def write(case: Case, change: dict[str, Any]) -> None:
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**change)


def add(case: Case, **change: Any) -> Opinion:
    """Past all of Python's checks. Its reader is nobody who is still here."""
    values = {"reader_id": uuid.uuid4()} | SAID | change
    with transaction.atomic():
        return Opinion.objects.bulk_create([Opinion(case=case, **values)])[0]


def again(case: Case) -> Case:
    """Another case of the same photo."""
    with transaction.atomic():
        return Case.objects.create(
            photo=case.photo, prediction=case.prediction, why="mismatch", due_at=case.due_at
        )


@pytest.mark.parametrize(("name", "change"), CASES)
def test_the_database_refuses_a_case(name, change, case):
    with pytest.raises(IntegrityError, match=name):
        write(case, change)


@pytest.mark.parametrize("change", CLAIMS)
def test_a_claim_has_a_beginning_and_an_end_after_it(change, case, reader):
    with pytest.raises(IntegrityError, match="case_claim_has_times"):
        write(case, change | {"claimed_by": reader})


@pytest.mark.parametrize(
    "change",
    [CLOSED, CLOSED | {"diagnosis": ""}, {"status": "second"}, {"status": "disputed"}, CLAIM],
)
def test_the_database_takes_each_state_of_a_case(change, case, reader):
    write(case, change | ({"claimed_by": reader} if change is CLAIM else {}))


def test_a_photo_waits_once_and_again_once_its_case_is_closed(case):
    with pytest.raises(IntegrityError):
        again(case)
    write(case, CLOSED)
    again(case)
    with pytest.raises(IntegrityError):
        again(case)


@pytest.mark.parametrize(("name", "change"), OPINIONS)
def test_the_database_refuses_an_opinion(name, change, case):
    with pytest.raises(IntegrityError, match=name):
        add(case, **change)


def test_an_opinion_is_given_once_before_and_once_after_the_prediction(case):
    first = add(case)
    add(case, stage="revealed", reader_id=first.reader_id)
    for stage in ("blind", "revealed"):
        with pytest.raises(IntegrityError):
            add(case, stage=stage, reader_id=first.reader_id)
    add(case)


def test_a_disagreement_is_settled_once(case):
    add(case, stage="settling")
    with pytest.raises(IntegrityError):
        add(case, stage="settling")


@pytest.mark.parametrize(
    "field", ["photo", "prediction", "why", "status", "due_at", "created_at", "diagnosis", "recommendation"]
)
def test_what_a_case_must_have_is_never_null(field, case):
    with pytest.raises(IntegrityError, match=Case._meta.get_field(field).column):
        write(case, {field: None})


@pytest.mark.parametrize("field", ["reader_id", *SAID])
def test_what_an_opinion_must_have_is_never_null(field, case):
    with pytest.raises(IntegrityError, match=field):
        add(case, **{field: None})


def test_every_constraint_is_tried_here():
    models = [model for model in apps.get_app_config("diagnosis").get_models() if model in (Case, Opinion)]
    there = {one.name for model in models for one in model._meta.constraints}
    assert there >= CONSTRAINTS
    tried = {name for name, _ in CASES + OPINIONS}
    assert CONSTRAINTS - tried == {
        "case_claim_has_times",
        "case_open_once_for_a_photo",
        "opinion_once_a_stage",
        "opinion_settles_once",
    }
