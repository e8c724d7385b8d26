"""Child processes of `make run`: their output under their names, started again, ended in time."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread

# A prediction may run for 30 s; whoever asks a worker to end waits for it.
END_SECONDS = 35.0
# What dies young starts again after a pause, so that a lasting fault does not eat the machine.
YOUNG_SECONDS = 5.0
PAUSE_SECONDS = 2.0


def say(name: str, line: str) -> None:
    """One line to the terminal, in one write; a terminal that was closed does not stop the site."""
    with contextlib.suppress(OSError):
        os.write(1, f"{name:<7}| {line}\n".encode(errors="replace"))


class Lock:
    """Held by `make run` and, inherited, by all it started: while any of them lives, even one
    whose parent was killed, the DATA_DIR is in use."""

    def __init__(self, path: Path):
        self._file = open(path, "a+")  # noqa: SIM115 - held until the last of them ends

    def take(self, patience: float = 3.0) -> bool:
        """Whether nobody else holds it. A killed process's children need a moment to notice."""
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline or self.holder():
                    return False
                time.sleep(0.1)
        self._file.truncate(0)
        self.add(os.getpid())
        return True

    def add(self, pid: int) -> None:
        self._file.write(f"{pid}\n")
        self._file.flush()

    def holder(self) -> int | None:
        """The `make run` that lives, where one does."""
        pids = self._noted()
        return pids[0] if pids and _lives(pids[0]) else None

    def groups(self) -> list[int]:
        """The process groups that a killed `make run` left."""
        return [pid for pid in self._noted()[1:] if _lives(-pid)]

    def _noted(self) -> list[int]:
        self._file.seek(0)
        return [int(line) for line in self._file]

    def fileno(self) -> int:
        return self._file.fileno()


def _lives(pid: int) -> bool:
    """Of a process, or with a minus of any in its group."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


class Process:
    """A command in a process group of its own: Ctrl-C reaches it through us, and in our order."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], lock: Lock):
        self.name, self._command, self._environment, self._lock = name, command, environment, lock
        self._start_at: float | None = None
        self._start()

    def keep_alive(self) -> None:
        """Start it again where it ended, whatever the reason."""
        if self._child.poll() is None:
            return
        if self._start_at is None:
            self._kill_group()
            pause = PAUSE_SECONDS if time.monotonic() - self._started < YOUNG_SECONDS else 0
            self._start_at = time.monotonic() + pause
            say(self.name, f"ended with status {self._child.returncode}; it is started again")
        if time.monotonic() >= self._start_at:
            self._start()

    def finish(self, stop: Event) -> int | None:
        """Its exit status once it has ended; None where `stop` came first."""
        while (status := self._child.poll()) is None and not stop.wait(0.05):
            pass
        if status is not None:
            self._relay.join()
        return status

    def ask_to_end(self) -> None:
        self._child.terminate()

    def make_sure_it_ended(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(seconds)
        self._kill_group()
        self._child.wait()

    def _start(self) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - the Procfile is ours
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            pass_fds=[self._lock.fileno()],
        )
        self._lock.add(self._child.pid)
        self._started, self._start_at = time.monotonic(), None
        self._relay = Thread(target=self._relay_output, args=[self._child], daemon=True)
        self._relay.start()

    def _relay_output(self, child: subprocess.Popen[bytes]) -> None:
        for line in child.stdout or ():
            say(self.name, line.decode(errors="replace").rstrip())

    def _kill_group(self) -> None:
        """Its children too: left alone they would keep its port or its socket."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)


def end(processes: Iterable[Process], seconds: float = END_SECONDS) -> None:
    """Ask all of them, then wait for each; what is still there after that is killed."""
    processes = list(processes)
    deadline = time.monotonic() + seconds
    for process in processes:
        process.ask_to_end()
    for process in processes:
        process.make_sure_it_ended(max(0.0, deadline - time.monotonic()))
