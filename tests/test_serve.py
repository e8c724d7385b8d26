"""`make run`, as a person uses it: started, hurt, started twice, ended."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import requests

from skinsite.private_redis import LONGEST_PATH, broker_url, socket_path
from tests.processes import ROOT, free_port, wait_for


class Run:
    """One `make run` without make."""

    def __init__(self, data_dir: Path, port: int | None = None):
        self.data_dir, self.port = data_dir, port or free_port()
        self.output: IO[bytes] = (data_dir.parent / f"{data_dir.name}-{self.port}.log").open("w+b")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("REDIS_URL", "DATABASE_URL", "MAKELEVEL", "PHOTO_FOLDER")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skinsite.serve"],
            cwd=ROOT,
            env=environment | {"DATA_DIR": str(data_dir), "PORT": str(self.port)},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read().decode()

    def ready(self) -> dict[str, str] | None:
        try:
            answer = requests.get(f"http://localhost:{self.port}/readyz", timeout=3)
        except requests.RequestException:
            return None
        return answer.json() if answer.status_code == 200 else None

    def wait_until_ready(self) -> None:
        """Until it has printed its address and its broker answers; fails with what it said."""

        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            return f"http://localhost:{self.port} " in self.said() and self.all_well()

        wait_for("the address", ready, 120)

    def all_well(self) -> bool:
        return (self.ready() or {}).get("broker") == "ok"

    def started(self) -> list[int]:
        """Every process it ever started, itself first."""
        return [int(line) for line in (self.data_dir / "run.lock").read_text().split()]

    def living(self) -> list[int]:
        return [pid for pid in self.started() if _command(pid)]

    def main_process(self, words: str) -> int | None:
        return next((pid for pid in reversed(self.started()) if words in _command(pid)), None)

    def refusal(self) -> str:
        """What it says when it ends by itself, at once, with status 1."""
        assert self.process.wait(60) == 1
        return self.said()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.output.close()


def _command(pid: int) -> str:
    """Empty for a process that is gone or only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    # A folder whose name is no good part of a URL.
    data_dir = tmp_path_factory.mktemp("data") / "my moles #1 100%"
    data_dir.mkdir()
    run = Run(data_dir)
    run.wait_until_ready()
    yield run
    run.end()


def test_it_is_ready_when_it_prints_the_address(run: Run) -> None:
    assert run.all_well()
    assert (run.data_dir / "db.sqlite3").exists()


def test_redis_keeps_an_append_only_file_and_opens_no_port(run: Run) -> None:
    wait_for("the append-only file", lambda: list((run.data_dir / "redis").rglob("*.aof")), 20)
    pid = run.main_process("redis.sock")
    assert pid
    inodes = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists()}
    tcp = [
        line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()
    ]
    assert not [fields for fields in tcp if f"socket:[{fields[9]}]" in inodes]


@pytest.mark.parametrize("words", ["redis.sock", "gunicorn", " worker ", " beat "])
def test_what_is_killed_comes_back(run: Run, words: str) -> None:
    pid = wait_for(words, lambda: run.main_process(words), 60)
    os.kill(pid, signal.SIGKILL)
    wait_for(f"another {words}", lambda: run.main_process(words) not in (pid, None), 30)
    wait_for("the site", run.all_well, 60)


def test_a_second_copy_on_the_same_data_is_refused(run: Run) -> None:
    assert f"The site already runs on {run.data_dir}" in Run(run.data_dir).refusal()


def test_a_port_that_is_taken_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    (line,) = Run(tmp_path, run.port).refusal().strip().splitlines()
    assert f"Port {run.port} can't be had" in line
    assert "make run PORT=" in line


def test_ctrl_c_ends_every_process(run: Run) -> None:
    assert len(run.living()) >= 5
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(60) == 0
    assert run.living() == []


def test_after_a_power_cut_it_starts_again(run: Run) -> None:
    first = Run(run.data_dir)
    first.wait_until_ready()
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    orphans = Run(run.data_dir).refusal()
    assert "Parts of an earlier run still work" in orphans
    for group in map(int, orphans.split("kill -- ")[1].split()):
        # A part whose neighbour was just killed may have ended by itself meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGKILL)
    wait_for("the end of them", lambda: not first.living(), 30)
    assert socket_path(run.data_dir).exists()  # stale

    second = Run(run.data_dir)
    second.wait_until_ready()
    second.end()
    assert second.living() == []


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    answer = _serve(tmp_path, PORT=port)
    assert answer.returncode == 1
    assert answer.stderr == f"PORT={port} is no port. Give a number from 1 to 65535.\n"


def _serve(data_dir: Path, **environment: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "skinsite.serve"],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data_dir)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_socket_lies_in_the_data_folder() -> None:
    assert socket_path(Path("/srv/moles")) == Path("/srv/moles/redis.sock")
    assert broker_url(Path("/srv/my moles")) == "redis+socket:///srv/my%20moles/redis.sock"


def test_a_path_too_long_for_a_socket_gets_a_short_one_of_its_own() -> None:
    long, longer = Path("/srv") / ("m" * 120), Path("/srv") / ("m" * 121)
    assert len(str(socket_path(long))) <= LONGEST_PATH
    assert socket_path(long) != socket_path(longer)
