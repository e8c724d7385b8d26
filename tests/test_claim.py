"""A prediction is one worker's at a time: the claim, its lease, and who may take over."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from diagnosis.models import Photo, Prediction


@pytest.fixture
def waiting(photo: Photo) -> Prediction:
    return photo.predictions.get()


def test_a_claim_writes_token_lease_and_attempt(waiting):
    token = Prediction.objects.claim(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.claim_token, waiting.attempts) == ("running", token, 1)
    assert timedelta(seconds=44) < waiting.lease_until - waiting.started_at <= timedelta(seconds=46)


def test_a_row_under_lease_is_nobody_elses(waiting):
    assert Prediction.objects.claim(waiting.pk)
    assert Prediction.objects.claim(waiting.pk) is None


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_at_once_one_gets_the_claim(waiting):
    start = threading.Barrier(8)

    def claim(_: int):
        try:
            start.wait()
            return Prediction.objects.claim(waiting.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        tokens = [token for token in threads.map(claim, range(8)) if token]
    waiting.refresh_from_db()
    assert tokens == [waiting.claim_token]
    assert waiting.attempts == 1


def test_an_expired_lease_lets_another_take_over(waiting):
    first = Prediction.objects.claim(waiting.pk)
    Prediction.objects.update(lease_until=Now() - timedelta(seconds=1))
    second = Prediction.objects.claim(waiting.pk)
    waiting.refresh_from_db()
    assert second not in (None, first)
    assert (waiting.claim_token, waiting.attempts) == (second, 2)
