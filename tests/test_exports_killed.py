"""An export whose worker is killed by the machine, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.pictures import mole_jpeg
from tests.processes import ROOT, Site, wait_for

PREPARE = """
from io import BytesIO
from diagnosis.models import User
from diagnosis.services import start_export, submit_photo
owner = User.objects.create_user("owner@example.org")
for seed in range(3):
    submit_photo(owner=owner, file=BytesIO(open({path!r}, "rb").read()))
print(start_export(owner=owner).pk)
"""
# The second photo never ends; that it has begun is told by a file.
HANG = """
import pathlib, time
from diagnosis.services import run_export
from diagnosis.services.exports import archive
write, seen = archive._write_photo, []
def hang(archive, photo):
    seen.append(photo)
    if len(seen) == 2:
        pathlib.Path({mark!r}).touch()
        time.sleep(600)
    return write(archive, photo)
archive._write_photo = hang
run_export({pk!r})
"""
AGAIN = """
import json
from datetime import timedelta
from django.db.models.functions import Now
from diagnosis.models import Export
from diagnosis.services import run_export
run_export({pk!r})
held = Export.objects.get().status
Export.objects.update(lease_until=Now() - timedelta(seconds=1))
run_export({pk!r})
export = Export.objects.get()
print(json.dumps([held, export.status, export.attempts, export.file.path]))
"""


@pytest.fixture
def prepared() -> Iterator[Site]:
    """A database and a folder; no process of the site runs, and nobody is rung for."""
    site = Site()
    try:
        site.prepare()
        yield site
    finally:
        site.stop()


def run(site: Site, code: str) -> str:
    return site.manage("shell", "-v0", "-c", code).strip()


def test_a_killed_workers_export_leaves_no_file_and_is_made_whole_by_the_next(
    prepared: Site, tmp_path: Path
) -> None:
    jpeg, mark = tmp_path / "mole.jpg", tmp_path / "began"
    jpeg.write_bytes(mole_jpeg())
    pk = run(prepared, PREPARE.format(path=str(jpeg)))
    before = {
        path for path in prepared.folder.rglob("*") if path.suffix not in {".sqlite3-wal", ".sqlite3-shm"}
    }
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", HANG.format(pk=pk, mark=str(mark))]
    worker = subprocess.Popen(command, cwd=ROOT, env=prepared.environment, start_new_session=True)
    wait_for("the second photo", mark.exists, 60)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    after = {
        path for path in prepared.folder.rglob("*") if path.suffix not in {".sqlite3-wal", ".sqlite3-shm"}
    }
    assert after == before
    held, status, attempts, path = json.loads(run(prepared, AGAIN.format(pk=pk)))
    assert (held, status, attempts) == ("running", "done", 2)
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        photos = [name for name in archive.namelist() if name.startswith("photos/")]
    assert len(photos) == len(set(photos)) == 3
