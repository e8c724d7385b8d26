"""`make run`: the whole site on this machine, from one command until Ctrl-C.

Runs the Procfile's processes, and a private Redis where REDIS_URL is unset; starts again what
dies, and ends all of them together. PORT and DATA_DIR let several copies run side by side.
"""

import http.client
import os
import re
import shlex
import signal
import socket
import sys
import time
from pathlib import Path
from threading import Event, Thread

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from skinsite.private_redis import NoRedis, redis_command
from skinsite.processes import Lock, Process, end, say

PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"


class CannotStart(Exception):
    """One line that says why, and what to do."""


def main() -> int:
    stop = _stop_signal()
    try:
        lock = _lock()  # first: it tells more than a port that is taken
        _run(_port(), lock, stop)
    except (CannotStart, NoRedis, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def commands() -> dict[str, list[str]]:
    """The Procfile's commands by name."""
    lines = [line for line in PROCFILE.read_text().splitlines() if line and not line.startswith("#")]
    pairs = (line.split(":", 1) for line in lines)
    return {name: shlex.split(command) for name, command in pairs}


def _run(port: int, lock: Lock, stop: Event) -> None:
    environment = _environment(port)
    procfile = commands()
    brokers: list[Process] = []
    others: list[Process] = []
    try:
        if not os.environ.get("REDIS_URL"):
            brokers.append(Process("redis", redis_command(settings.DATA_DIR), environment, lock))
        release = Process("release", procfile.pop("release"), environment, lock)
        others.append(release)
        if release.finish(stop):
            raise CannotStart("The database could not be prepared; the lines above say why.")
        others.remove(release)
        if not stop.is_set():
            others += [Process(name, command, environment, lock) for name, command in procfile.items()]
            Thread(target=_announce, args=[port, stop], daemon=True).start()
        while not stop.wait(0.2) and not _make_wants_to_end():
            for process in brokers + others:
                process.keep_alive()
    finally:
        stop.set()
        if others:
            say("site", "ends; a prediction that runs may finish")
        end(others)
        end(brokers)


def _stop_signal() -> Event:
    stop = Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it is
        signal.signal(signal.SIGHUP, lambda *_: stop.set())
    return stop


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT={text} is no port. Give a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_host(), int(text)))
        except OSError as error:
            raise CannotStart(
                f"Port {text} can't be had ({error.strerror}). Choose another: make run PORT={_another(text)}"
            ) from error
    return int(text)


def _another(port: str) -> int:
    return int(port) + 1 if 1024 <= int(port) < 65535 else 8001


def _host() -> str:
    """This machine alone, unless told otherwise: the photos are nobody else's business."""
    return os.environ.get("WEB_HOST") or "127.0.0.1"


def _lock() -> Lock:
    lock = Lock(settings.DATA_DIR / "run.lock")
    if lock.take():
        return lock
    if holder := lock.holder():
        raise CannotStart(
            f"The site already runs on {settings.DATA_DIR}. End it first (Ctrl-C there, or: kill {holder}), "
            "or give this copy a DATA_DIR of its own."
        )
    groups = " ".join(f"-{group}" for group in lock.groups())
    raise CannotStart(
        f"Parts of an earlier run still work on {settings.DATA_DIR}. End them: kill -- {groups}"
    )


def _environment(port: int) -> dict[str, str]:
    programs = Path(sys.executable).parent
    return os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PORT": str(port),
        "SITE_URL": os.environ.get("SITE_URL") or f"http://localhost:{port}",
        "WEB_HOST": _host(),
        "DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
        # WhiteNoise's, of collected static files, which only production has.
        "PYTHONWARNINGS": "ignore:No directory at:UserWarning",
    }


def _announce(port: int, stop: Event) -> None:
    """Print the address once the site can take a photo."""
    asked = time.monotonic()
    while not stop.wait(0.1):
        status, answer = _ready(port)
        if status == 200:
            say("site", f"runs at http://localhost:{port}   (Ctrl-C ends it)")
            return
        if time.monotonic() - asked > 30:
            say("site", f"is not ready yet: {answer}")
            asked = time.monotonic()


def _ready(port: int) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


def _make_wants_to_end(parent: int = os.getppid()) -> bool:
    """A SIGINT sent to `make` alone stays there: it waits for us, who were never told.

    In its handler it blocks the signal, which Linux shows. A `make` that was killed is gone.
    """
    if "MAKELEVEL" not in os.environ:
        return False
    if os.getppid() != parent:
        return True
    try:
        status = Path(f"/proc/{parent}/status").read_text()
    except OSError:
        return False
    blocked = re.search(r"^SigBlk:\s*(\w+)$", status, re.MULTILINE)
    return bool(blocked and int(blocked[1], 16) & 1 << (signal.SIGINT - 1))


if __name__ == "__main__":
    sys.exit(main())
