"""Reads PAD-UFES-20: photos taken with plain phones, on which a network of dermatoscopic ones is measured."""

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ml.images import Crop, decode, square

LABELS = "labels.csv"


@dataclass(frozen=True)
class Row:
    """One photo. `dx` is in HAM10000's words, or `scc`, which HAM10000 does not have and is malignant."""

    image: str
    dx: str
    malignant: bool
    patient_id: str


class Pad:
    """The data set in `folder`, which may also be the folder that holds it as `pad_ufes_20/`.

    Raises `FileNotFoundError` saying what is missing.
    """

    def __init__(self, folder: str | Path):
        self.folder = _find_folder(Path(folder))
        self.rows = _read_labels(self.folder / LABELS)
        self._zip = zipfile.ZipFile(self.folder / "images.zip")

    def read(self, name: str) -> bytes:
        """The photo's JPEG bytes. Raises `FileNotFoundError` where it is not there."""
        try:
            return self._zip.read(f"{name}.jpg")
        except KeyError as error:
            raise FileNotFoundError(f"{name}.jpg is not in {self._zip.filename}.") from error

    def pictures(self, rows: list[Row]) -> Iterator[Image.Image]:
        """The rows' whole photos, upright RGB, decoded one at a time."""
        return (decode(self.read(row.image)).image for row in rows)

    def squares(self, rows: list[Row], side: int) -> np.ndarray:
        """What the network sees when serving: uint8 (n, side, side, 3), the centre squares.

        The photos are about 150 pixels wide: compare them with HAM10000's at the same `side` only.
        """
        crop = Crop()
        return np.stack([square(picture, crop, side) for picture in self.pictures(rows)])


def _find_folder(folder: Path) -> Path:
    for candidate in (folder, folder / "pad_ufes_20"):
        if all((candidate / name).is_file() for name in (LABELS, "images.zip")):
            return candidate
    raise FileNotFoundError(
        f"{folder} holds no {LABELS} with its images.zip. Get PAD-UFES-20 (doi:10.17632/zr7vgbcyr2.1)."
    )


def _read_labels(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return [
            Row(
                image=line["image"],
                dx=line["dx"],
                malignant=line["malignant"] == "1",
                patient_id=line["patient_id"],
            )
            for line in csv.DictReader(file)
        ]
