"""A real Redis on a Unix socket, for tests of the bell."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.processes import Site, wait_for


@contextlib.contextmanager
def redis_server() -> Iterator[redis.Redis]:
    """Its folder is short: a socket's path may have 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    socket = folder / "s"
    command = [shutil.which("redis-server") or Site._bundled_redis(), "--port", "0", "--save", ""]
    process = subprocess.Popen([*command, "--unixsocket", str(socket)], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_for("redis", socket.exists, 15, pause=0.02)
        yield redis.Redis(unix_socket_path=str(socket))
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
