"""The bell and the sweep, with a real broker and with none."""

import json
import time
import uuid
from datetime import timedelta

import pytest
from celery import current_app
from django.db.models.functions import Now

from diagnosis.models import Prediction
from diagnosis.queue import ring
from diagnosis.services import sweep
from tests.brokers import redis_server


@pytest.fixture(scope="module")
def server():
    with redis_server() as redis:
        yield redis


@pytest.fixture
def broker(server, monkeypatch):
    """A Redis that answers; `rung()` lists the predictions it was told of, in order."""
    server.flushall()
    path = server.connection_pool.connection_kwargs["path"]
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis+socket://{path}")
    yield server
    current_app.pool.force_close_all()


@pytest.fixture
def no_broker(monkeypatch, tmp_path):
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis+socket://{tmp_path}/nobody")


def rung(server) -> list[uuid.UUID]:
    messages = reversed(server.lrange("celery", 0, -1))
    return [uuid.UUID(json.loads(message)["headers"]["argsrepr"].strip("['],()\"")) for message in messages]


def make(photo, count: int, **fields) -> list[Prediction]:
    """Rows an hour old, the first of them the oldest."""
    rows = [Prediction(photo=photo, **fields) for _ in range(count)]
    Prediction.objects.bulk_create(rows)
    for number, row in enumerate(rows):
        age = timedelta(hours=1) - timedelta(seconds=number)
        Prediction.objects.filter(pk=row.pk).update(created_at=Now() - age)
    return rows


@pytest.fixture
def empty_photo(photo):
    """A photo whose own first prediction is out of the way."""
    photo.predictions.all().delete()
    return photo


def test_an_upload_rings_once_its_row_is_committed(broker, make_photo, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        photo = make_photo()
        assert rung(broker) == []
    row = photo.predictions.get()
    assert rung(broker) == [row.pk]
    assert row.rung_at is not None


def test_the_message_names_the_task_and_the_row_and_nothing_of_the_person(broker, empty_photo):
    (row,) = make(empty_photo, 1)
    assert ring(row.pk)
    message = json.loads(broker.lindex("celery", 0))
    assert message["headers"]["task"] == "diagnosis.predict_task"
    assert message["headers"]["argsrepr"] == f"['{row.pk}']"


def test_without_a_broker_an_upload_succeeds_quickly_and_waits_for_the_sweep(
    no_broker, make_photo, django_capture_on_commit_callbacks
):
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        photo = make_photo()
    assert time.monotonic() - started < 2
    assert photo.predictions.get().rung_at is None


def test_the_sweep_rings_for_what_nobody_took_and_for_nothing_else(broker, empty_photo):
    second = timedelta(seconds=1)
    token = uuid.uuid4()
    running = {"status": "running", "claim_token": token}
    due = [
        make(empty_photo, 1)[0],
        make(empty_photo, 1, rung_at=Now() - 31 * second)[0],
        make(empty_photo, 1, lease_until=Now() - second, attempts=1, **running)[0],
    ]
    make(empty_photo, 1, rung_at=Now() - 20 * second)
    make(empty_photo, 1, lease_until=Now() + 20 * second, **running)
    make(empty_photo, 1, status="rejected", reason="Dark.", reason_code="too_dark", finished_at=Now())
    assert sweep() == 3
    assert set(rung(broker)) == {row.pk for row in due}
    assert sweep() == 0  # rung just now


def test_the_sweep_rings_at_most_two_hundred_the_oldest_first(broker, empty_photo):
    rows = [row.pk for row in make(empty_photo, 203)]
    assert sweep() == 200
    assert rung(broker) == rows[:200]
    assert sweep() == 3
    assert rung(broker) == rows


def test_the_sweep_without_a_broker_gives_up_at_the_first_and_loses_nothing(no_broker, empty_photo):
    rows = make(empty_photo, 50)
    started = time.monotonic()
    assert sweep() == 0
    assert time.monotonic() - started < 2
    assert Prediction.objects.filter(status="queued", rung_at=None).count() == len(rows)


def test_the_sweep_fails_what_was_tried_too_often_and_rings_for_the_rest(broker, empty_photo):
    (spent,) = make(empty_photo, 1, attempts=3)
    (fresh,) = make(empty_photo, 1, attempts=2)
    assert sweep() == 1
    assert rung(broker) == [fresh.pk]
    spent.refresh_from_db()
    assert (spent.status, spent.reason_code) == ("failed", "gave_up")
    assert spent.reason
    assert spent.advice
