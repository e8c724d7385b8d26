"""An extra training set as a site exports it, of drawn pictures."""

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ml.data import METADATA
from ml.extra import MANIFEST, part_of
from ml.labels import CLASSES
from tests.ham10000 import COLUMNS, picture

SITE = "site-7f3a"


def make_extra_rows(lesions: int = 1, photos: int = 2, name: str = "mole") -> list[dict[str, str]]:
    """Of each part and each class, so many lesions with so many photos each."""
    rows = []
    for part in ("train", "validation", "test"):
        free = _lesions(part, name)
        for dx in CLASSES:
            for lesion in (next(free) for _ in range(lesions)):
                for _ in range(photos):
                    image = f"{name}-photo-{len(rows):04}"
                    values = (lesion, image, dx, "consensus", "41.0", "male", "back")
                    rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def _lesions(part: str, name: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        if part_of(f"{name}-{number}") == part:
            yield f"{name}-{number}"


def write_extra(folder: Path, rows: list[dict[str, str]], **changes: Any) -> Path:
    """The set with its manifest, looked up just now; `changes` to the manifest."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    write_table(folder, rows)
    photos = []
    for row in rows:
        content = picture(row)
        (folder / "images" / f"{row['image_id']}.jpg").write_bytes(content)
        names = {name: row[name] for name in ("image_id", "lesion_id")}
        photos.append({**names, "sha256": hashlib.sha256(content).hexdigest()})
    now = datetime.now(UTC).isoformat()
    manifest = {"format": 1, "made_at": now, "checked_at": now, "site": SITE, "photos": photos}
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))
    return folder


def write_table(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / METADATA).open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)
