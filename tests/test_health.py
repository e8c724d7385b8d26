"""What a load balancer, a container and Prometheus ask."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from diagnosis.models import Photo, Prediction
from skinsite import health
from skinsite.private_redis import broker_url, redis_command, socket_path
from tests.processes import wait_for


@pytest.fixture(autouse=True)
def migrations_not_asked_yet() -> None:
    health._migrations.cache_clear()


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Redis, and the site told to use it."""
    server = subprocess.Popen(redis_command(tmp_path), stdout=subprocess.DEVNULL)
    wait_for("redis", socket_path(tmp_path).exists, 15)
    monkeypatch.setenv("CELERY_BROKER_URL", broker_url(tmp_path))
    yield server
    server.kill()
    server.wait()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", broker_url(tmp_path))


def test_healthz_asks_nothing_of_the_database(client: Client) -> None:
    answer = client.get("/healthz")  # without the db fixture a query would be an error
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_answered_whatever_the_host_name(anonymous_client: Client, path: str) -> None:
    answer = anonymous_client.get(path, headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


def test_readyz_is_ready_where_all_is_well(anonymous_client: Client, broker: Any) -> None:
    answer = anonymous_client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": "ok",
        "migrations": "ok",
        "photos": "ok",
        "broker": "ok",
    }


def test_a_broker_that_is_down_is_shown_and_not_failed(anonymous_client: Client, no_broker: None) -> None:
    answer = anonymous_client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "down")


def test_readyz_answers_within_two_seconds_though_the_broker_is_frozen(
    anonymous_client: Client, broker: subprocess.Popen[bytes]
) -> None:
    broker.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    answer = anonymous_client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "down")
    assert time.monotonic() - started < 2


def test_readyz_fails_while_a_migration_is_missing(anonymous_client: Client, no_broker: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = anonymous_client.get("/readyz")
    assert answer.status_code == 503
    assert "to apply: run manage.py release" in answer.json()["migrations"]


def test_readyz_fails_where_the_photo_folder_is_no_folder(
    anonymous_client: Client, no_broker: None, photo_folder: Path
) -> None:
    photo_folder.write_text("in the way")
    answer = anonymous_client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["photos"].startswith("the folder can't be written")


def test_readyz_fails_where_the_disk_is_nearly_full(
    anonymous_client: Client, no_broker: None, settings: Any
) -> None:
    settings.MIN_FREE_BYTES = 10**18
    answer = anonymous_client.get("/readyz")
    assert (answer.status_code, answer.json()["photos"]) == (503, "the disk is nearly full")


def test_readyz_leaves_nothing_in_the_photo_folder(
    anonymous_client: Client, no_broker: None, photo_folder: Path
) -> None:
    anonymous_client.get("/readyz")
    assert list(photo_folder.iterdir()) == []


def test_metrics_count_what_waits(
    anonymous_client: Client, no_broker: None, make_photo: Callable[..., Photo]
) -> None:
    photo = make_photo()
    photo.predictions.update(created_at=timezone.now() - timedelta(seconds=90))
    lines = anonymous_client.get("/metrics").content.decode().splitlines()
    assert 'skin_predictions{status="queued"} 1.0' in lines
    assert 'skin_predictions{status="succeeded"} 0.0' in lines
    assert "skin_photos 1.0" in lines
    assert "skin_broker_up 0.0" in lines
    (age,) = (float(line.split()[1]) for line in lines if line.startswith("skin_oldest_waiting_seconds "))
    assert 90 <= age < 150


def test_metrics_of_an_empty_site_are_zeros(anonymous_client: Client, broker: Any) -> None:
    lines = anonymous_client.get("/metrics").content.decode().splitlines()
    assert "skin_oldest_waiting_seconds 0.0" in lines
    assert "skin_broker_up 1.0" in lines
    assert Prediction.objects.count() == 0


def test_a_public_site_without_a_token_has_no_metrics(anonymous_client: Client, settings: Any) -> None:
    settings.PRODUCTION = True
    assert anonymous_client.get("/metrics").status_code == 404


def test_metrics_are_for_the_bearer_of_the_token(
    anonymous_client: Client, settings: Any, no_broker: None
) -> None:
    settings.PRODUCTION, settings.METRICS_TOKEN = True, "s3cret"
    assert anonymous_client.get("/metrics").status_code == 404
    assert anonymous_client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    assert anonymous_client.get("/metrics", headers={"authorization": "Bearer s3cret"}).status_code == 200
