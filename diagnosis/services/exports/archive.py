"""The ZIP of an export, written file by file: never more of it in memory than a few hundred rows."""

import csv
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from io import TextIOWrapper
from shutil import copyfileobj
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone, translation

from diagnosis.models import Export, Photo, User
from diagnosis.services.exports.rows import Table, photo_entry
from diagnosis.services.exports.tables import TABLES

# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def scratch_file() -> IO[bytes]:
    """A file without a name: when the process dies, however it dies, nothing of it is left.

    Not in /tmp, which a container may keep in memory.
    """
    return tempfile.TemporaryFile(dir=settings.DATA_DIR)


def write_archive(export: Export, target: IO[bytes], progress: Callable[[int, int], None]) -> None:
    """Writes everything of the export's owner. `progress` hears how many photos are done, of how many;
    what it raises ends the writing."""
    with ZipFile(target, "w") as file:
        archive = _Archive(file)
        files = _write_photos(archive, export.owner, progress)
        done = len(files)
        counts = _write_tables(archive, export.owner, files, lambda: progress(done, done))
        lost = sorted(str(pk) for pk, name in files.items() if not name)
        made_at = timezone.now()
        with translation.override(export.language):
            context = {"export": export, "made_at": made_at, "tables": TABLES, "lost": lost}
            archive.write_text("README.txt", render_to_string("exports/README.txt", context))
        archive.write_manifest(made_at, counts, lost)


class _Archive:
    """A ZIP that remembers the size and SHA-256 of each file in it."""

    def __init__(self, file: ZipFile):
        self.zip = file
        self.files: dict[str, dict[str, Any]] = {}

    @contextmanager
    def entry(self, name: str, *, packed: bool = True) -> Iterator["_Measured"]:
        """A file to write into. Photos are packed already; what is text may grow beyond 2 GB."""
        info = ZipInfo(name, timezone.localtime().timetuple()[:6])
        info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
        info.external_attr = 0o600 << 16
        with self.zip.open(info, "w", force_zip64=packed) as raw:
            measured = _Measured(raw)
            yield measured
        self.files[name] = {"bytes": measured.size, "sha256": measured.sha256.hexdigest()}

    def write_text(self, name: str, text: str) -> None:
        with self.entry(name) as file:
            file.write(text.encode())

    def write_manifest(self, made_at: datetime, counts: dict[str, int], lost: list[str]) -> None:
        """The last file names all others."""
        manifest = {"made_at": made_at, "counts": counts, "photos_without_file": lost, "files": self.files}
        text = json.dumps(manifest, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
        self.write_text("manifest.json", text)


class _Measured:
    """A file that is only written to, and what went into it."""

    def __init__(self, raw: IO[bytes]):
        self.raw = raw
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.sha256.update(data)
        return self.raw.write(data)


def _write_photos(archive: _Archive, user: User, progress: Callable[[int, int], None]) -> dict[UUID, str]:
    """Every photo as stored. Returns by photo the file's name, empty where the storage has lost it.

    A photo that is added meanwhile belongs to the next export.
    """
    pks = list(Photo.everything.of(user).order_by("created_at", "pk").values_list("pk", flat=True))
    files: dict[UUID, str] = {}
    progress(0, len(pks))
    for number, pk in enumerate(pks, start=1):
        photo = Photo.everything.select_related("mole").filter(pk=pk).first()
        # Removed for good meanwhile, it is in no table either.
        if photo:
            files[pk] = photo_entry(photo) if _write_photo(archive, photo) else ""
        progress(number, len(pks))
    return files


def _write_photo(archive: _Archive, photo: Photo) -> bool:
    try:
        source = photo.image.open("rb")
    except FileNotFoundError:
        return False
    with source, archive.entry(photo_entry(photo), packed=False) as target:
        copyfileobj(source, target, 1024 * 1024)
    return True


def _write_tables(
    archive: _Archive, user: User, files: dict[UUID, str], step: Callable[[], None]
) -> dict[str, int]:
    """data.json, and the same rows as one CSV a table. Returns how many rows each has."""
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        sheets = {table.name: stack.enter_context(_Sheet(table)) for table in TABLES}
        with archive.entry("data.json") as data:
            for table in TABLES:
                data.write(f'{", " if counts else "{"}"{table.name}": ['.encode())
                counts[table.name] = 0
                for row in _rows(table, user, files):
                    data.write(b",\n" if counts[table.name] else b"\n")
                    data.write(_json(row).encode())
                    sheets[table.name].write(row)
                    counts[table.name] += 1
                    step()
                data.write(b"]\n")
            data.write(b"}\n")
        for table in TABLES:
            with archive.entry(f"{table.name}.csv") as target:
                copyfileobj(sheets[table.name].read(), target, 1024 * 1024)
    return counts


def _rows(table: Table, user: User, files: dict[UUID, str]) -> Iterator[dict[str, Any]]:
    """The table's rows, but for those of photos that came or went since the photos were written."""
    for row in table.rows(user):
        if table.photo and row[table.photo] not in files:
            continue
        yield row | {"file": files[row["id"]]} if "file" in table.added else row


class _Sheet:
    """A CSV in the making: with a byte order mark, so that spreadsheets read it as UTF-8."""

    def __init__(self, table: Table):
        self.file = scratch_file()
        self.text = TextIOWrapper(self.file, "utf-8-sig", newline="")
        self.writer = csv.DictWriter(self.text, table.headings)
        self.writer.writeheader()

    def __enter__(self) -> "_Sheet":
        return self

    def __exit__(self, *error: object) -> None:
        self.text.close()

    def write(self, row: dict[str, Any]) -> None:
        self.writer.writerow({name: cell(value) for name, value in row.items()})

    def read(self) -> IO[bytes]:
        self.text.flush()
        self.file.seek(0)
        return self.file


def cell(value: Any) -> str | int | float:
    """As a spreadsheet can take it: text that looks like a formula gets an apostrophe, and stays text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | dict):
        return _json(value) if value else ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
