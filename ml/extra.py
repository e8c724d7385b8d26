"""Training sets that a site exported: photos people allowed to be trained on, labelled by reviewers.

    DIR/HAM10000_metadata.csv   a row each, in HAM10000's columns; lesion_id is the mole, under a pseudonym
    DIR/images/IMAGE_ID.jpg     what the network would see of the photo lies in its centre square
    DIR/manifest.json           the site's pseudonym, when it was made, when the consents were last
                                looked up, and the SHA-256 of each image

`manage.py export_training_set DIR` makes one. A lesion goes as a whole to one part, by its own id alone: a
set that grows moves none. What a site knows under another id later (a photo filed under another mole or sent
twice, a new secret key) may change its part: figures on held-out photos of a site suppose that this is rare.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ml.data import METADATA, PARTS, SPLIT_SEED, Ham10000, PhotoSet, Row, read_metadata
from ml.images import BadImage, decode, resize
from ml.labels import CLASSES
from ml.manifest import OLDEST
from ml.recipe import Extra

FORMAT = 1
MANIFEST = "manifest.json"
# Consents may have been withdrawn since they were looked up; an older set is looked up again first.
MAX_AGE = timedelta(hours=24)
# Two machines' clocks differ a little.
CLOCKS = timedelta(minutes=5)
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")

_AGAIN = "export it anew: `manage.py export_training_set {folder}`."
_EXPORT = f"Please {_AGAIN}"
_REFRESH = "run `manage.py export_training_set {folder} --refresh` on the site."


class ExtraSetError(Exception):
    """The set can't be taken in; the message says why and what to do."""


def part_of(lesion_id: str) -> str:
    """The part of a lesion that is not HAM10000's: 70/15/15 by the SHA-256 of the split's seed and its id."""
    digest = hashlib.sha256(f"{SPLIT_SEED}:{lesion_id}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < PARTS["train"]:
        return "train"
    return "validation" if place < PARTS["train"] + PARTS["validation"] else "test"


class ExtraSet(PhotoSet):
    """The set in `folder`. Raises `ExtraSetError` where it is damaged, not whole, or not looked up lately."""

    def __init__(self, folder: Path, now: datetime | None = None):
        self.folder = folder
        manifest = self._read_manifest()
        self._check_times(manifest, now or datetime.now(UTC))
        self.site = str(manifest["site"])
        listed = {photo["image_id"]: photo for photo in manifest["photos"]}
        self.rows = self._read_rows()
        self._check_rows(listed)
        self._check_images(listed)
        self._sha256 = {image_id: str(photo["sha256"]) for image_id, photo in listed.items()}

    @cached_property
    def sha256(self) -> str:
        """Names what it holds: rows and photos, not when the consents were looked up."""
        rows = sorted([*astuple(row), self._sha256[row.image_id]] for row in self.rows)
        return hashlib.sha256(json.dumps([self.site, rows]).encode()).hexdigest()

    @property
    def origin(self) -> Extra:
        """What a network trained with it keeps of it."""
        return Extra(self.site, self.sha256, len(self.part("train")))

    def part(self, name: str) -> list[Row]:
        return [row for row in self.rows if part_of(row.lesion_id) == name]

    @property
    def held_out(self) -> list[Row]:
        """The rows that no training takes. Raises `ExtraSetError` where there are none."""
        rows = [row for row in self.rows if part_of(row.lesion_id) != "train"]
        if not rows:
            what = "all of its lesions fall into the training part"
            raise self._error(what, "Measure with it once the site has more reviewed photos.")
        return rows

    def picture(self, row: Row) -> Image.Image:
        """Raises `ExtraSetError` where the site exported what is no photo."""
        try:
            return decode(self._image(row.image_id).read_bytes()).image
        except BadImage as error:
            raise self._error(f"images/{row.image_id}.jpg is no photo ({error.message})", _EXPORT) from error

    def whole(self, row: Row, size: tuple[int, int]) -> np.ndarray:
        picture = upright(self.picture(row), size)
        return np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])

    def has_mask(self, row: Row) -> bool:
        return False

    def _image(self, image_id: str) -> Path:
        return self.folder / "images" / f"{image_id}.jpg"

    def _error(self, what: str, advice: str) -> ExtraSetError:
        return ExtraSetError(f"{self.folder}: {what}. {advice.format(folder=self.folder)}")

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads((self.folder / MANIFEST).read_text())
        except FileNotFoundError as error:
            raise self._error(f"there is no {MANIFEST}, so nobody knows who consented", _EXPORT) from error
        except (OSError, ValueError) as error:
            raise self._error(f"{MANIFEST} can't be read or is damaged", _EXPORT) from error
        if isinstance(manifest, dict) and manifest.get("format") != FORMAT:
            what = f"{MANIFEST} has format {manifest.get('format')!r}; this version reads format {FORMAT}"
            raise self._error(what, f"Take the site and the training from one version. {_EXPORT}")
        if not _is_manifest(manifest):
            raise self._error(f"{MANIFEST} is damaged", _EXPORT)
        return dict(manifest)

    def _check_times(self, manifest: dict[str, Any], now: datetime) -> None:
        checked = datetime.fromisoformat(manifest["checked_at"])
        if checked > now + CLOCKS:
            what = f"its consents were looked up at {checked.isoformat()}, which lies in the future"
            raise self._error(what, f"Set the clocks of the site and of this machine, then {_REFRESH}")
        if now - checked > MAX_AGE:
            what = (
                f"its consents were last looked up at {checked.isoformat()}, more than "
                f"{MAX_AGE // timedelta(hours=1)} hours ago, and may have been withdrawn since"
            )
            raise self._error(what, f"Please {_REFRESH}")

    def _read_rows(self) -> list[Row]:
        try:
            return read_metadata(self.folder / METADATA)
        except FileNotFoundError as error:
            raise self._error(f"there is no {METADATA}", _EXPORT) from error
        except KeyError as error:
            raise self._error(f"{METADATA} has no column {error}", _EXPORT) from error
        except (OSError, ValueError) as error:
            raise self._error(f"{METADATA} can't be read or is damaged: {error}", _EXPORT) from error

    def _check_rows(self, listed: dict[str, dict[str, str]]) -> None:
        """The table is about the manifest's photos, and says nothing that training could not take."""
        if not self.rows:
            raise self._error("it holds no photo", _EXPORT)
        if double := _first_double(row.image_id for row in self.rows):
            raise self._error(f"{METADATA} has two rows for image {double}", _EXPORT)
        for row in self.rows:
            if row.image_id not in listed:
                raise self._error(f"image {row.image_id} is not in {MANIFEST}", _EXPORT)
            if row.lesion_id != listed[row.image_id]["lesion_id"]:
                what = f"image {row.image_id} has another lesion in {METADATA} than in {MANIFEST}"
                raise self._error(what, _EXPORT)
            if row.dx not in CLASSES:
                what = f"image {row.image_id} has class {row.dx!r}; there are {', '.join(CLASSES)}"
                raise self._error(what, f"Settle its review, then {_AGAIN}")
            if row.age is not None and not 0 <= row.age <= OLDEST:
                what = f"image {row.image_id} has age {row.age:g}, which nobody has"
                raise self._error(what, f"Set it right on the site, then {_AGAIN}")
        if missing := listed.keys() - {row.image_id for row in self.rows}:
            raise self._error(f"image {min(missing)} has no row in {METADATA}", _EXPORT)

    def _check_images(self, listed: dict[str, dict[str, str]]) -> None:
        found = {path.name for path in (self.folder / "images").glob("*")}
        if strange := found - {f"{image_id}.jpg" for image_id in listed}:
            # Perhaps of somebody who has taken the consent back.
            what = f"images/{min(strange)} is not in {MANIFEST}"
            raise self._error(what, f"Nobody is known to have allowed it: remove it, or {_AGAIN}")
        for image_id, photo in listed.items():
            if f"{image_id}.jpg" not in found:
                raise self._error(f"images/{image_id}.jpg is missing", _EXPORT)
            if hashlib.sha256(self._image(image_id).read_bytes()).hexdigest() != photo["sha256"]:
                raise self._error(f"images/{image_id}.jpg has another SHA-256 than in {MANIFEST}", _EXPORT)


class WithExtra(PhotoSet):
    """HAM10000, and beside its training part those of extra sets; nothing of their held-out parts.

    Raises `ExtraSetError` where a lesion or image is in two of them, or a set has nothing to train on.
    """

    def __init__(self, data: Ham10000, extra: Sequence[ExtraSet]):
        check_apart(data, extra)
        # In one order, however they were named: it decides which photos are drawn.
        self.extra = sorted(extra, key=lambda one: one.sha256)
        self._data = data
        self._of = {row.image_id: one for one in self.extra for row in one.part("train")}
        for one in self.extra:
            if not one.part("train"):
                raise ExtraSetError(
                    f"{one.folder}: none of its lesions falls into the training part. Leave it out, or "
                    "wait until the site has more reviewed photos."
                )

    def part(self, name: str) -> list[Row]:
        more = self.extra if name == "train" else []
        return self._data.part(name) + [row for one in more for row in one.part("train")]

    def picture(self, row: Row) -> Image.Image:
        return self._home(row).picture(row)

    def whole(self, row: Row, size: tuple[int, int]) -> np.ndarray:
        return self._home(row).whole(row, size)

    def has_mask(self, row: Row) -> bool:
        return self._home(row).has_mask(row)

    def _home(self, row: Row) -> PhotoSet:
        return self._of.get(row.image_id, self._data)


def check_apart(data: Ham10000, extra: Iterable[ExtraSet]) -> None:
    """Raises `ExtraSetError` where two of HAM10000 and the sets share a lesion or an image.

    It could be in the training part of one and in a held-out part of the other.
    """
    owners = {name: "HAM10000" for row in data.rows for name in (row.lesion_id, row.image_id)}
    for one in extra:
        names = {name for row in one.rows for name in (row.lesion_id, row.image_id)}
        if taken := names & owners.keys():
            name = min(taken)
            advice = (
                "Export the site's own photos only."
                if owners[name] == "HAM10000"
                else "Pass one export of each site: the newest."
            )
            raise ExtraSetError(f"{one.folder}: {name} is in {owners[name]} already. {advice}")
        owners |= dict.fromkeys(names, str(one.folder))


def upright(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """A picture of any shape at `size` (width, height), at least as wide as high: uint8 (height, width, 3).

    Its shorter side fills the height, as in HAM10000's, so that its centre square is what is seen when
    serving. What is too wide is cut off; what is missing at the sides is mirrored there.
    """
    if picture.height > picture.width:  # a mole has no up or down
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    width, height = picture.size
    wanted = height * size[0] / size[1]
    if width >= wanted:
        margin = (width - wanted) / 2
        return resize(picture, size, (margin, 0, width - margin, height))
    seen = resize(picture, (round(width * size[1] / height), size[1]))
    left = (size[0] - seen.shape[1]) // 2
    return np.pad(seen, ((0, 0), (left, size[0] - seen.shape[1] - left), (0, 0)), mode="symmetric")


def _is_manifest(manifest: Any) -> bool:
    try:
        times = [datetime.fromisoformat(manifest[name]) for name in ("made_at", "checked_at")]
        photos = manifest["photos"]
        ids = [photo["image_id"] for photo in photos]
        return (
            isinstance(photos, list)
            and all(time.tzinfo for time in times)
            and all(NAME.fullmatch(name) for name in (manifest["site"], *ids))
            and all(NAME.fullmatch(photo["lesion_id"]) for photo in photos)
            and all(isinstance(photo["sha256"], str) for photo in photos)
            and _first_double(ids) is None
        )
    except (KeyError, TypeError, ValueError):
        return False


def _first_double(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)
