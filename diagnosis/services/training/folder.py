"""The folder of a training set, in the layout that `python -m ml.train --extra` reads.

The manifest names every image and is written last. Where a crash leaves table or images that are not the
manifest's, the reader refuses the folder.
"""

import csv
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnosis.services.training.pseudonyms import site_pseudonym
from diagnosis.services.training.rows import COLUMNS

FORMAT = 1
METADATA, MANIFEST, IMAGES = "HAM10000_metadata.csv", "manifest.json", "images"
KEYS = {"format", "made_at", "checked_at", "site", "consent_text_versions", "photo_kinds", "photos"}
IMAGE_ID = re.compile(r"photo_[0-9a-f]{32}")


class TrainingSetError(Exception):
    """The folder can't be used; the message says why and what to do."""


@dataclass(frozen=True)
class Held:
    """What a set holds of a photo: its image's SHA-256, and the class it went out with."""

    sha256: str
    dx: str


class TrainingFolder:
    def __init__(self, path: Path, *, made_here: bool = False):
        self.path, self._made_here = path, made_here

    def write_image(self, image_id: str, jpeg: bytes) -> str:
        """Returns the file's SHA-256."""
        _write(self._image(image_id), jpeg)
        return hashlib.sha256(jpeg).hexdigest()

    def remove_image(self, image_id: str) -> None:
        self._image(image_id).unlink(missing_ok=True)

    def has_image(self, image_id: str, sha256: str) -> bool:
        """Whether it is there, and as it was written."""
        try:
            return hashlib.sha256(self._image(image_id).read_bytes()).hexdigest() == sha256
        except FileNotFoundError:
            return False

    def write_table(self, rows: Iterable[dict[str, str]]) -> None:
        text = io.StringIO()
        table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        _replace(self.path / METADATA, text.getvalue().encode())

    def write_manifest(self, content: bytes) -> None:
        _replace(self.path / MANIFEST, content)

    def read_manifest(self) -> dict[str, Any]:
        """Raises `TrainingSetError` where it is none of a set that this site has made."""
        try:
            manifest = json.loads((self.path / MANIFEST).read_text())
        except (OSError, ValueError) as error:
            raise TrainingSetError(
                f"{self.path} is no training set: it has no {MANIFEST} that can be read. "
                "Name the folder of an export, or leave out --refresh to make a new one."
            ) from error
        if not _is_manifest(manifest):
            raise TrainingSetError(
                f"{self.path / MANIFEST} is not one that this version of the site has written. "
                "Export into an empty folder instead."
            )
        if manifest["site"] != site_pseudonym():
            raise TrainingSetError(
                f"{self.path} was made by another site, or before SECRET_KEY was changed: nobody can "
                "tell any more whose photos it holds. Delete it, and export into an empty folder."
            )
        return dict(manifest)

    def read_held(self, manifest: dict[str, Any]) -> dict[str, Held]:
        """Of all images that the manifest names. Raises `TrainingSetError` where there are others."""
        names = {f"{photo['image_id']}.jpg" for photo in manifest["photos"]}
        if strange := {path.name for path in (self.path / IMAGES).glob("*")} - names:
            raise TrainingSetError(
                f"{self.path / IMAGES / min(strange)} is not in {MANIFEST}, so nobody knows who allowed it. "
                "Delete it and try again."
            )
        try:
            with (self.path / METADATA).open(newline="") as file:
                classes = {row["image_id"]: row["dx"] for row in csv.DictReader(file)}
        except (OSError, KeyError, ValueError) as error:
            raise TrainingSetError(
                f"{self.path / METADATA} is missing or damaged. Delete the folder, and export anew."
            ) from error
        return {
            photo["image_id"]: Held(photo["sha256"], classes.get(photo["image_id"], ""))
            for photo in manifest["photos"]
        }

    def discard(self) -> None:
        """Takes away what an export that came to no end has written: photos that no manifest would name."""
        shutil.rmtree(self.path / IMAGES, ignore_errors=True)
        for name in (METADATA, MANIFEST):
            (self.path / name).unlink(missing_ok=True)
            _aside(self.path / name).unlink(missing_ok=True)
        if self._made_here:
            with suppress(OSError):  # somebody else has put something into it
                self.path.rmdir()

    def _image(self, image_id: str) -> Path:
        return self.path / IMAGES / f"{image_id}.jpg"


def new_folder(path: Path) -> TrainingFolder:
    """An empty one, for this user's eyes alone. Raises `TrainingSetError` where something is there."""
    there = path.exists()
    if there and (not path.is_dir() or any(path.iterdir())):
        raise TrainingSetError(
            f"{path} is not an empty folder. Name a new one, or bring the training set in this one up to "
            "date with --refresh."
        )
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Of two exports into one folder, the second ends here.
    (path / IMAGES).mkdir(mode=0o700)
    return TrainingFolder(path, made_here=not there)


def _is_manifest(manifest: Any) -> bool:
    """Of this version, and with names of our making, which are safe to be names of files."""
    if not isinstance(manifest, dict) or set(manifest) != KEYS or manifest["format"] != FORMAT:
        return False
    try:
        return all(IMAGE_ID.fullmatch(photo["image_id"]) and photo["sha256"] for photo in manifest["photos"])
    except (KeyError, TypeError):
        return False


def _write(path: Path, content: bytes) -> None:
    """As with the stored photos: nobody but this user reads it."""
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, content: bytes) -> None:
    """The old content or the new, whatever happens meanwhile."""
    _write(_aside(path), content)
    os.replace(_aside(path), path)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
