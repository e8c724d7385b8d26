"""Model versions from a shell. Exit status: 0 done, 1 refused, 2 not understood, 3 not confirmed yet."""

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from diagnosis.models.version import current_version
from diagnosis.services import (
    NeedsReason,
    activate_version,
    add_version,
    known_versions,
    objections,
    retire_version,
    rollback,
    side_by_side,
    start_shadow,
    stop_shadow,
    to_places,
)

NOT_CONFIRMED = 3
HEADINGS = ("version", "state", "AUC validation", "AUC test", "added", "activated", "artifact")


class Command(BaseCommand):
    help = "Model versions: list, add, activate, retire, try out (shadow), roll back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verbs.add_parser("list", help="all versions, how they stand and how good they are")
        add = verbs.add_parser("add", help="make a version known whose artifact is in MODEL_FOLDER")
        add.add_argument("version")
        add.add_argument(
            "--from", dest="folder", type=Path, metavar="DIR", help="copy its artifact from here first"
        )
        activate = verbs.add_parser("activate", help="let a version judge photos from now on, in two steps")
        activate.add_argument("version")
        activate.add_argument("--yes", action="store_true", help="the second step")
        retire = verbs.add_parser("retire", help="no longer to be activated or tried out")
        retire.add_argument("version")
        shadow = verbs.add_parser("shadow", help="try a version out: it judges new photos too, unseen")
        which = shadow.add_mutually_exclusive_group(required=True)
        which.add_argument("version", nargs="?")
        which.add_argument("--stop", action="store_true", help="end the trial")
        back = verbs.add_parser("rollback", help="back to the version that was current before this one")
        for one in (activate, back):
            one.add_argument("--reason", default="", help="why; kept with the activation and in the log")

    def handle(self, *, verb: str, **options: Any) -> None:
        run: Callable[..., None] = getattr(self, f"_{verb}")
        try:
            run(options)
        except NeedsReason as error:
            raise CommandError("\n".join([*error.messages, "Give it with --reason."])) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error

    def _list(self, options: dict[str, Any]) -> None:
        rows = [
            (
                one.version,
                one.state.value,
                to_places(one.validation_auc),
                to_places(one.test_auc),
                _day(one.added_at),
                _day(one.activated_at),
                one.problem or "ok",
            )
            for one in known_versions()
        ]
        self._table([HEADINGS, *rows])

    def _add(self, options: dict[str, Any]) -> None:
        row = add_version(version=options["version"], folder=options["folder"])
        self.stdout.write(f"{row} is known now. Photos are still judged by {current_version()}.")

    def _activate(self, options: dict[str, Any]) -> None:
        version, current = options["version"], current_version()
        if not options["yes"]:
            against = objections(version)
            lines = side_by_side(version, current)
            self._table(
                [("", version, f"{current} (current)"), *((one.name, one.own, one.current) for one in lines)]
            )
            for one in against:
                self.stdout.write(f"Against it: {one}")
            how = "--yes and --reason" if against else "--yes"
            raise CommandError(
                f"Nothing has changed yet. To activate {version}, run this again with {how}.",
                returncode=NOT_CONFIRMED,
            )
        activate_version(version=version, reason=options["reason"], instead_of=current)
        self.stdout.write(f"{version} judges photos from now on, instead of {current}.")

    def _retire(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{retire_version(version=options['version'])} is retired.")

    def _shadow(self, options: dict[str, Any]) -> None:
        if options["stop"]:
            self.stdout.write(f"The trial of {stop_shadow()} has ended.")
        else:
            row = start_shadow(version=options["version"])
            self.stdout.write(
                f"{row} is on trial: it judges new photos too, and nobody is shown what it says."
            )

    def _rollback(self, options: dict[str, Any]) -> None:
        before = current_version()
        activation = rollback(reason=options["reason"], instead_of=before)
        self.stdout.write(f"{activation.version} judges photos again, instead of {before}.")

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"
