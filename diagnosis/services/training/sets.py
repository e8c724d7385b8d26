"""Reviewed photos whose owners allow it, as a set to train on: pseudonymous, in HAM10000's layout."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from diagnosis.images import BadImage, Crop, cut_square
from diagnosis.models import Photo
from diagnosis.services.audit import record_event
from diagnosis.services.training.folder import FORMAT, Held, TrainingFolder, TrainingSetError, new_folder
from diagnosis.services.training.pseudonyms import site_pseudonym
from diagnosis.services.training.rows import Candidate, Why, candidates, not_allowed, why_gone

# Pixels of an image's side; HAM10000's are 600 wide.
LONGEST_SIDE = 600


@dataclass(frozen=True)
class TrainingSet:
    """What is in a set: photos by class and how many moles; and what is left out, or was taken out of it,
    by class (empty where the readers named none) and reason."""

    photos: Counter[str]
    moles: int
    without: Counter[tuple[str, Why]]


@dataclass(frozen=True)
class Kept:
    """Of a photo that may be in a set: its row, and the version of the text under which it may."""

    row: dict[str, str]
    text_version: str


class NothingToExport(TrainingSetError):
    """No photo may leave. Nothing was written."""

    def __init__(self, without: Counter[tuple[str, Why]]):
        super().__init__("No photo can be exported; nothing was written.")
        self.without = without


def export_training_set(*, folder: Path, kinds: Collection[str] = (Photo.Kind.DERMATOSCOPIC,)) -> TrainingSet:
    """Writes a new set into `folder`, which is made or empty: the photos of these kinds that may leave now.

    Raises `TrainingSetError` where the folder is not empty, `NothingToExport`, `OSError` where it can't be
    written; nothing is left in it then.
    """
    target = new_folder(folder)
    try:
        without = Counter({(dx, Why.CONSENT): count for dx, count in not_allowed().items()})
        held = {}
        for candidate in candidates():
            written = candidate.why_not(kinds) or _write_image(target, candidate)
            if isinstance(written, Why):
                without[candidate.dx, written] += 1
            else:
                held[candidate.image_id] = Held(written, candidate.dx)
        return _finish(target, held, "training_set.exported", kinds=kinds, without=without)
    except BaseException:
        target.discard()
        raise


def refresh_training_set(*, folder: Path) -> TrainingSet:
    """Takes out of the set what may not be in it any more, or was read as another class since. Adds nothing.

    A crash meanwhile leaves the set as it was, or one that its reader refuses until it is refreshed again.
    Raises `TrainingSetError` where the folder holds no set of this site, `OSError`.
    """
    target = TrainingFolder(folder)
    manifest = target.read_manifest()
    held = target.read_held(manifest)
    kinds, made_at = manifest["photo_kinds"], manifest["made_at"]
    return _finish(target, held, "training_set.refreshed", kinds=kinds, made_at=made_at)


def _write_image(target: TrainingFolder, candidate: Candidate) -> str | Why:
    """The image's SHA-256. The photo's file may be gone: deleted in this moment, or lost by the storage."""
    photo = candidate.photo
    crop = Crop(photo.crop_x, photo.crop_y, photo.crop_size)
    try:
        with photo.image.open("rb") as file:
            jpeg = cut_square(file.read(), crop, LONGEST_SIDE)
    except (FileNotFoundError, BadImage):
        return Why.LOST
    return target.write_image(candidate.image_id, jpeg)


def _finish(
    target: TrainingFolder,
    held: dict[str, Held],
    action: str,
    *,
    kinds: Collection[str],
    made_at: str = "",
    without: Counter[tuple[str, Why]] | None = None,
) -> TrainingSet:
    """Looks everything up once more, and writes what has passed: a long export ends with the consents of its
    end. Images go first, then the table, and the manifest last, in the transaction of its event."""
    gone = {name: Why.LOST for name, one in held.items() if not target.has_image(name, one.sha256)}
    with transaction.atomic():
        checked_at = timezone.now().isoformat(timespec="seconds")
        kept, not_any_more = _look_up({name: held[name] for name in held.keys() - gone.keys()}, kinds)
        gone |= not_any_more
        without = (without or Counter()) + Counter((held[name].dx, why) for name, why in gone.items())
        if not kept and not made_at:
            raise NothingToExport(without)
        for name in gone:
            target.remove_image(name)
        content = _manifest(held, kept, made_at or checked_at, checked_at, kinds)
        record_event(
            action,
            site=site_pseudonym(),
            count=len(kept),
            removed=len(gone),
            manifest_sha256=hashlib.sha256(content).hexdigest(),
        )
        target.write_table(kept[name].row for name in sorted(kept))
        target.write_manifest(content)
    photos = Counter(one.row["dx"] for one in kept.values())
    return TrainingSet(photos, len({one.row["lesion_id"] for one in kept.values()}), without)


def _manifest(
    held: dict[str, Held], kept: dict[str, Kept], made_at: str, checked_at: str, kinds: Collection[str]
) -> bytes:
    manifest = {
        "format": FORMAT,
        "made_at": made_at,
        "checked_at": checked_at,
        "site": site_pseudonym(),
        "consent_text_versions": sorted({one.text_version for one in kept.values()}),
        "photo_kinds": sorted(kinds),
        "photos": [
            {"image_id": name, "lesion_id": kept[name].row["lesion_id"], "sha256": held[name].sha256}
            for name in sorted(kept)
        ],
    }
    return (json.dumps(manifest, indent=1) + "\n").encode()


def _look_up(held: dict[str, Held], kinds: Collection[str]) -> tuple[dict[str, Kept], dict[str, Why]]:
    """What is said of each image that may stay, and why the others may not."""
    kept, gone = {}, {}
    for candidate in candidates():
        name = candidate.image_id
        if name not in held:
            continue
        if why := candidate.why_not(kinds) or (Why.READ_ANEW if candidate.dx != held[name].dx else None):
            gone[name] = why
        else:
            kept[name] = Kept(candidate.row(), candidate.text_version)
    return kept, gone | why_gone(held.keys() - kept.keys() - gone.keys())
