"""/healthz, /readyz and /metrics: for those who run the site, not for those who use it.

Answered by a middleware, before host names and sessions matter: a load balancer asks by address.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from skinsite import metrics

logger = logging.getLogger(__name__)

BROKER_SECONDS = 0.5


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = ANSWERS.get(request.path_info)
        response = answer(request) if answer else None
        if response is None:
            return self.get_response(request)
        response["Cache-Control"] = "no-store"
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked, so that no fault elsewhere gets it restarted."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 where a photo could be taken in. A broker that is down is shown, and fails nothing:
    the photo waits in its row."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    body = {"status": "ready" if ready else "not ready", **checks, "broker": "ok" if broker_up() else "down"}
    return JsonResponse(body, status=200 if ready else 503)


def metrics_page(request: HttpRequest) -> HttpResponse | None:
    """For Prometheus. A public site shows it to the bearer of METRICS_TOKEN alone, and else
    has no such page (None)."""
    token = settings.METRICS_TOKEN
    if token or settings.PRODUCTION:
        given = request.headers.get("Authorization", "")
        if not token or not constant_time_compare(given, f"Bearer {token}"):
            return None
    return HttpResponse(metrics.page(broker_up()), content_type=metrics.CONTENT_TYPE)


def broker_up() -> bool:
    """Whether the broker answers within a second, frozen ones included."""
    options = dict(current_app.conf.broker_transport_options) | {
        "socket_connect_timeout": BROKER_SECONDS,
        "socket_timeout": BROKER_SECONDS,
        "max_retries": 0,
    }
    try:
        with current_app.connection_for_write(
            transport_options=options, connect_timeout=BROKER_SECONDS
        ) as broker:
            broker.default_channel.client.ping()
    except Exception:
        return False
    return True


def _outcome(check: Callable[[], None]) -> str:
    """`ok`, or what is wrong in words that tell a stranger nothing; the log tells the rest."""
    try:
        check()
    except NotReady as error:
        return str(error)
    except Exception:
        logger.exception("Not ready.")
        return "does not answer"
    return "ok"


class NotReady(Exception):
    """One of the things a photo needs is missing; the message names it."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@lru_cache(maxsize=1)
def _migrations() -> None:
    """Asked until they are all applied; a newer version of the code is another process."""
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady(f"{len(missing)} to apply: run manage.py release")


def _photos() -> None:
    """A local folder takes a file and has space; an object store is not asked."""
    if not isinstance(default_storage, FileSystemStorage):
        return
    folder = Path(default_storage.location)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"ready")
    except OSError as error:
        raise NotReady(f"the folder can't be written ({error.strerror})") from error
    if shutil.disk_usage(folder).free < settings.MIN_FREE_BYTES:
        raise NotReady("the disk is nearly full")


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "migrations": _migrations, "photos": _photos}
ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse | None]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics_page,
}
