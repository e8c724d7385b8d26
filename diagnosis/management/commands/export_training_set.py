from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from diagnosis.models import Photo
from diagnosis.services import (
    NothingToExport,
    TrainingSet,
    TrainingSetError,
    export_training_set,
    refresh_training_set,
)

KINDS: dict[str, list[str]] = {
    "dermatoscopic": [Photo.Kind.DERMATOSCOPIC],
    "all": Photo.Kind.values,
}


class Command(BaseCommand):
    help = (
        "Write reviewed photos whose owners allow use for training into a folder, pseudonymous and in "
        "HAM10000's layout, for `python -m ml.train --extra`. With --refresh, take out of such a folder "
        "what may not be in it any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="made, or empty; with --refresh, that of an export")
        parser.add_argument("--kind", choices=KINDS, help="which photos (dermatoscopic)")
        parser.add_argument("--refresh", action="store_true", help="look up the consents of an export again")

    def handle(self, *, folder: Path, kind: str | None, refresh: bool, **options: Any) -> None:
        if refresh and kind:
            raise CommandError("A set keeps its kinds of photos: leave out --kind.")
        try:
            if refresh:
                made = refresh_training_set(folder=folder)
            else:
                made = export_training_set(folder=folder, kinds=KINDS[kind or "dermatoscopic"])
        except NothingToExport as error:
            self._say_what_is_not("Left out", error.without)
            raise CommandError(str(error)) from error
        except TrainingSetError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or folder} can't be written: {error.strerror}.") from error
        self._say(folder, made, refresh)

    def _say(self, folder: Path, made: TrainingSet, refresh: bool) -> None:
        photos, moles = _count(made.photos.total(), "photo"), _count(made.moles, "mole")
        self.stdout.write(f"{folder} holds {photos} of {moles}.")
        for dx, count in sorted(made.photos.items()):
            self.stdout.write(f"  {dx}: {count}")
        self._say_what_is_not("Taken out" if refresh else "Left out", made.without)

    def _say_what_is_not(self, word: str, without: Counter[tuple[str, Any]]) -> None:
        self.stdout.write(f"{word}: {without.total() or 'none'}")
        for (dx, why), count in sorted(without.items()):
            self.stdout.write(f"  {dx or 'no class'}: {count}, {why}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
