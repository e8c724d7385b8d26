"""What a new version needs before it serves: the database's tables, and the cache's."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrates the database and creates the cache table; harmless where nothing is to do."
    # The checks load every page and take as long as the rest; `make check` runs them.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("createcachetable", verbosity=options["verbosity"])
