"""The log of events, for keeping it elsewhere or reading it with other tools."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from diagnosis.models import Event
from diagnosis.services import event_lines


class Command(BaseCommand):
    help = "Prints the log of events as JSON lines: one object a line, with all columns, the oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", metavar="ISO", help="from this day or moment on")
        parser.add_argument("--until", metavar="ISO", help="what came before this day or moment")

    def handle(self, *, since: str | None, until: str | None, **options: Any) -> None:
        events = Event.objects.all()
        if since:
            events = events.filter(at__gte=_moment("--since", since))
        if until:
            events = events.filter(at__lt=_moment("--until", until))
        for line in event_lines(events):
            self.stdout.write(line, ending="")


def _moment(option: str, text: str) -> datetime:
    """A day begins at midnight of the site's time zone, which is also that of a moment without one."""
    try:
        moment = datetime.fromisoformat(text)
        aware = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandError(
            f"{option} is {text!r}, but must be a day or a moment: 2026-11-24 or 2026-11-24T08:30:00+01:00."
        ) from error
