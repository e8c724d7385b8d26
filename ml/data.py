"""Reads HAM10000, from Kaggle's folders or from the zips, and splits it by lesion.

python -m ml.data --data DIR     writes ml/split.csv anew
"""

import argparse
import csv
import hashlib
import io
import os
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ml.images import Crop, decode, resize, square
from ml.labels import CLASSES, MALIGNANT

SPLIT_FILE = Path(__file__).with_name("split.csv")
SPLIT_SEED = 20180814
PARTS = {"train": 0.70, "validation": 0.15, "test": 0.15}
METADATA = "HAM10000_metadata.csv"


@dataclass(frozen=True)
class Row:
    """One image of HAM10000. `dx_type` says how the label was made: never an input."""

    image_id: str
    lesion_id: str
    dx: str
    dx_type: str
    age: float | None
    sex: str
    localization: str

    @property
    def malignant(self) -> bool:
        return self.dx in MALIGNANT


class _Pictures:
    """Files of one kind in a folder: in a zip, or anywhere below, under the names they are published with."""

    def __init__(self, folder: Path, archive: str, suffix: str):
        self.place, self.suffix = folder / archive, suffix
        self._zip = zipfile.ZipFile(self.place) if self.place.exists() else None
        found = () if self._zip else folder.rglob(f"*{suffix}")
        self._files = {path.stem.removesuffix("_segmentation"): path for path in found}

    def read(self, image_id: str) -> bytes:
        name = f"{image_id}{self.suffix}"
        try:
            return self._zip.read(name) if self._zip else self._files[image_id].read_bytes()
        except KeyError as error:
            place = self.place if self._zip else self.place.parent
            raise FileNotFoundError(f"{name} is not in {place}; all of HAM10000 belongs there.") from error


class PhotoSet(ABC):
    """Labelled photos of which every lesion belongs, as a whole, to one part."""

    @abstractmethod
    def part(self, name: str) -> list[Row]:
        """The rows of `train`, `validation` or `test`, always in the same order."""

    @abstractmethod
    def picture(self, row: Row) -> Image.Image:
        """The row's whole image, upright RGB."""

    @abstractmethod
    def whole(self, row: Row, size: tuple[int, int]) -> np.ndarray:
        """The whole image at `size` (width, height) and its mask: uint8 (height, width, 3 + 1)."""

    @abstractmethod
    def has_mask(self, row: Row) -> bool:
        """Whether somebody drew the lesion's outline; where nobody did, the mask of `whole` is 0."""

    def pictures(self, rows: list[Row]) -> Iterator[Image.Image]:
        """The rows' whole images, decoded one at a time."""
        return (self.picture(row) for row in rows)

    def squares(self, rows: list[Row], side: int) -> np.ndarray:
        """What the network sees when serving: uint8 (n, side, side, 3), the centre squares."""
        crop = Crop()
        return np.stack([square(picture, crop, side) for picture in self.pictures(rows)])

    def wholes(self, rows: list[Row], size: tuple[int, int]) -> np.ndarray:
        """What `whole` gives of each row: uint8 (n, height, width, 3 + 1)."""
        out = np.empty((len(rows), size[1], size[0], 4), np.uint8)
        for number, row in enumerate(rows):
            out[number] = self.whole(row, size)
        return out


class Ham10000(PhotoSet):
    """The data set in `folder`: the metadata, the images and the masks, zipped or in Kaggle's folders.

    `folder` may be the data set itself or the folder that holds it as `ham10000/`.
    Raises `FileNotFoundError` saying what is missing.
    """

    def __init__(self, folder: str | Path):
        self.folder = _find_folder(Path(folder))
        self.rows = read_metadata(self.folder / METADATA)
        self._images = _Pictures(self.folder, "images.zip", ".jpg")
        self._masks = _Pictures(self.folder, "masks.zip", ".png")

    def read(self, image_id: str) -> bytes:
        """The image's JPEG bytes. Raises `FileNotFoundError` where it is not there."""
        return self._images.read(image_id)

    def mask(self, image_id: str) -> Image.Image:
        """The image's published lesion mask, mode L, 0 or 255. Raises `FileNotFoundError` as `read` does."""
        return Image.open(io.BytesIO(self._masks.read(image_id))).convert("L")

    def part(self, name: str, split: dict[str, str] | None = None) -> list[Row]:
        """The rows of `train`, `validation` or `test`, in the metadata's order.

        Raises `ValueError` where an image's lesion is not in the split.
        """
        split = split or read_split()
        if strange := {row.lesion_id for row in self.rows} - split.keys():
            raise ValueError(
                f"{len(strange)} lesions are in no part of the split, {min(strange)} among them."
            )
        return [row for row in self.rows if split[row.lesion_id] == name]

    def picture(self, row: Row) -> Image.Image:
        return decode(self.read(row.image_id)).image

    def whole(self, row: Row, size: tuple[int, int]) -> np.ndarray:
        return np.dstack([resize(self.picture(row), size), resize(self.mask(row.image_id), size)])

    def has_mask(self, row: Row) -> bool:
        return True

    def square_masks(self, rows: list[Row], side: int) -> np.ndarray:
        """The masks of `squares`: bool (n, side, side)."""
        crop = Crop()
        return np.stack([square(self.mask(row.image_id), crop, side) for row in rows]) > 127


def class_indices(rows: list[Row]) -> np.ndarray:
    """The rows' classes as int64 (n,), numbered as in `ml.labels.CLASSES`."""
    return np.array([CLASSES.index(row.dx) for row in rows])


def default_folder() -> str | None:
    """The folder of the data sets, from the environment variable LESION_DATA."""
    return os.environ.get("LESION_DATA")


def make_split(rows: list[Row], seed: int = SPLIT_SEED) -> dict[str, str]:
    """Part by lesion_id: 70/15/15 of each class's lesions, all images of a lesion together."""
    by_class: dict[str, set[str]] = {}
    for row in rows:
        by_class.setdefault(row.dx, set()).add(row.lesion_id)
    rng = np.random.default_rng(seed)
    split = {}
    for dx in CLASSES:
        lesions = sorted(by_class.get(dx, ()))
        rng.shuffle(lesions)
        train_end = round(PARTS["train"] * len(lesions))
        validation_end = train_end + round(PARTS["validation"] * len(lesions))
        for number, lesion in enumerate(lesions):
            split[lesion] = (
                "train" if number < train_end else "validation" if number < validation_end else "test"
            )
    return split


def read_split(path: Path = SPLIT_FILE) -> dict[str, str]:
    """Part by lesion_id, as committed."""
    with path.open(newline="") as file:
        return {row["lesion_id"]: row["part"] for row in csv.DictReader(file)}


def write_split(split: dict[str, str], path: Path = SPLIT_FILE) -> None:
    lines = [f"{lesion},{part}\n" for lesion, part in sorted(split.items())]
    path.write_text("lesion_id,part\n" + "".join(lines))


def split_sha256(path: Path = SPLIT_FILE) -> str:
    """Names the split: two models may be compared only when theirs are the same."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _find_folder(folder: Path) -> Path:
    for candidate in (folder, folder / "ham10000"):
        if (candidate / METADATA).is_file():
            return candidate
    raise FileNotFoundError(
        f"{folder} holds no {METADATA}. Download HAM10000 (doi:10.7910/DVN/DBW86T) "
        "and pass its folder with --data or in LESION_DATA."
    )


def read_metadata(path: Path) -> list[Row]:
    """The rows of a table in HAM10000's columns. Raises `KeyError` or `ValueError` on one in others."""
    return list(_rows(io.StringIO(path.read_text())))


def _rows(file: io.StringIO) -> Iterator[Row]:
    for line in csv.DictReader(file):
        yield Row(
            image_id=line["image_id"],
            lesion_id=line["lesion_id"],
            dx=line["dx"],
            dx_type=line["dx_type"],
            age=float(line["age"]) if line["age"] else None,
            sex=line["sex"],
            localization=line["localization"],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Split HAM10000 by lesion and write ml/split.csv.")
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--out", type=Path, default=SPLIT_FILE, help="file to write (default: ml/split.csv)")
    args = parser.parse_args()
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    data = Ham10000(args.data)
    split = make_split(data.rows)
    write_split(split, args.out)
    images = Counter(split[row.lesion_id] for row in data.rows)
    lesions = Counter(split.values())
    for part in PARTS:
        print(f"{part}: {lesions[part]} lesions, {images[part]} images")


if __name__ == "__main__":
    main()
