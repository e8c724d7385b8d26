"""Reads HAM10000, from Kaggle's folders or from the zips, and splits it by lesion.

python -m ml.data --data DIR     writes ml/split.csv anew
"""

import argparse
import csv
import hashlib
import io
import os
import zipfile
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


class Ham10000:
    """The data set in `folder`: the metadata, the images and the masks, zipped or in Kaggle's folders.

    `folder` may be the data set itself or the folder that holds it as `ham10000/`.
    Raises `FileNotFoundError` saying what is missing.
    """

    def __init__(self, folder: str | Path):
        self.folder = _find_folder(Path(folder))
        self.rows = _read_metadata(self.folder / METADATA)
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

    def pictures(self, rows: list[Row]) -> Iterator[Image.Image]:
        """The rows' whole images, upright RGB, decoded one at a time."""
        return (decode(self.read(row.image_id)).image for row in rows)

    def squares(self, rows: list[Row], side: int) -> np.ndarray:
        """What the network sees when serving: uint8 (n, side, side, 3), the centre squares."""
        crop = Crop()
        return np.stack([square(picture, crop, side) for picture in self.pictures(rows)])

    def wholes(self, rows: list[Row], size: tuple[int, int]) -> np.ndarray:
        """The whole images at `size` (width, height) and their masks: uint8 (n, height, width, 3 + 1)."""
        out = np.empty((len(rows), size[1], size[0], 4), np.uint8)
        for number, row in enumerate(rows):
            out[number, ..., :3] = resize(decode(self.read(row.image_id)).image, size)
            out[number, ..., 3] = resize(self.mask(row.image_id), size)
        return out

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


def _read_metadata(path: Path) -> list[Row]:
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
