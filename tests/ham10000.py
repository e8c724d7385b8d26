"""A tiny data set in HAM10000's shape: drawn pictures, and lesions of the committed split."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from ml.data import METADATA, read_split
from ml.labels import CLASSES
from tests.pictures import encoded, mole_image

COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")


def make_rows(lesions: int = 2, photos: int = 2) -> list[dict[str, str]]:
    """Of each part of the split and each class, so many lesions with so many photos each."""
    by_part: dict[str, list[str]] = {}
    for lesion, part in read_split().items():
        by_part.setdefault(part, []).append(lesion)
    rows = []
    for part in ("train", "validation", "test"):
        free = iter(by_part[part])
        for dx in CLASSES:
            for lesion in (next(free) for _ in range(lesions)):
                for _ in range(photos):
                    image = f"ISIC_{len(rows):07}"
                    rows.append(
                        dict(
                            zip(COLUMNS, (lesion, image, dx, "histo", "55.0", "female", "back"), strict=True)
                        )
                    )
    rows[0]["age"] = ""  # unknown, as in HAM10000
    return rows


def picture(row: dict[str, str]) -> bytes:
    """Each class has its own shade, so that there is something to learn."""
    number = CLASSES.index(row["dx"])
    image = mole_image(200, 150, seed=int(row["image_id"][-4:]))
    return encoded(image.point(lambda value: min(255, int(value * (0.55 + 0.07 * number)))))


def mask(row: dict[str, str]) -> bytes:
    """Roughly where `mole_image` puts the mole."""
    image = Image.new("1", (200, 150))
    ImageDraw.Draw(image).ellipse((55, 30, 145, 120), fill=1)
    return encoded(image, "PNG")


def write_kaggle(folder: Path, rows: list[dict[str, str]]) -> Path:
    """Two folders of images, as Kaggle's archive unpacks, and one of masks, as published beside them."""
    _write_metadata(folder, rows)
    for number, row in enumerate(rows):
        part = folder / f"HAM10000_images_part_{1 + number % 2}"
        part.mkdir(exist_ok=True)
        (part / f"{row['image_id']}.jpg").write_bytes(picture(row))
        masks = folder / "HAM10000_segmentations_lesion_tschandl"
        masks.mkdir(exist_ok=True)
        (masks / f"{row['image_id']}_segmentation.png").write_bytes(mask(row))
    return folder


def write_zip(
    folder: Path, rows: list[dict[str, str]], draw: Callable[[dict[str, str]], bytes] = picture
) -> Path:
    """images.zip and masks.zip beside the metadata; `draw` makes the JPEG of a row."""
    _write_metadata(folder, rows)
    with zipfile.ZipFile(folder / "images.zip", "w") as file:
        for row in rows:
            file.writestr(f"{row['image_id']}.jpg", draw(row))
    with zipfile.ZipFile(folder / "masks.zip", "w") as file:
        for row in rows:
            file.writestr(f"{row['image_id']}.png", mask(row))
    return folder


def _write_metadata(folder: Path, rows: list[dict[str, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / METADATA).open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)
