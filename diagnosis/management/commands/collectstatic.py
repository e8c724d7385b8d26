from typing import Any

from django.contrib.staticfiles.management.commands import collectstatic

from diagnosis.catalogues import compile_stale


class Command(collectstatic.Command):
    """Compiles the translations besides: a host that prepares its files this way needs both."""

    def handle(self, **options: Any) -> str | None:
        if not options["dry_run"]:
            compile_stale()
        return super().handle(**options)
