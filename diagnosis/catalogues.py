"""The translations: what there is to translate, the .po files that hold it, and the .mo files that run.

python -m diagnosis.catalogues             compiles what is missing or out of date
python -m diagnosis.catalogues --update    first brings the .po files up to date with the sources

The compiled files are made where the site is installed, by `make run`, `make test` and `collectstatic`: in
the repository they would conflict whenever two people touch a sentence.
"""

import io
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from babel.messages import Catalog

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
FUNCTIONS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = """msgid ""
msgstr ""
"Language: {}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {}\\n"

"""


def extract() -> "Catalog":
    """Everything that is marked for translation, in the order of its files."""
    from babel.messages import Catalog

    catalogue = Catalog()
    for path in sources():
        for context, message, comments in _messages(path):
            place = [(path.relative_to(ROOT).as_posix(), 0)]
            catalogue.add(message, context=context, locations=place, auto_comments=comments)
    return catalogue


def read(language: str) -> "Catalog":
    """The translations as they stand; empty where there are none yet."""
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    path = po_file(language)
    return read_po(io.BytesIO(path.read_bytes()), language) if path.exists() else Catalog(language)


def update() -> None:
    """Adds to every language what is new, and takes away what is gone."""
    template = extract()
    for language in languages():
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        write(language, catalogue)


def write(language: str, catalogue: "Catalog") -> None:
    from babel.messages.pofile import write_po

    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    messages = buffer.getvalue().decode().strip()
    path.write_text(f"{HEADER.format(language, catalogue.plural_forms)}{messages}\n")


def compile_stale() -> list[str]:
    """Compiles what is missing or older than its source, each file whole or not at all. Returns which."""
    from babel.messages.mofile import write_mo

    done = [path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po")]
    done = [language for language in sorted(done) if is_stale(language)]
    for language in done:
        target = po_file(language).with_suffix(".mo")
        aside = target.with_suffix(f".{os.getpid()}")
        with aside.open("wb") as file:
            write_mo(file, read(language))
        aside.replace(target)
    return done


def is_stale(language: str) -> bool:
    """Whether a language's compiled file is missing, or older than its source."""
    source = po_file(language)
    try:
        return source.with_suffix(".mo").stat().st_mtime_ns < source.stat().st_mtime_ns
    except FileNotFoundError:
        return True


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def languages() -> list[str]:
    """Those that are translated into: all but the one that the sources speak."""
    return [code for code, name in settings.LANGUAGES if code != "en"]


@checks.register(checks.Tags.translation)
def check_compiled(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """An error for each language that would fall back to English unnoticed."""
    return [
        checks.Error(
            f"The translations of {language!r} are not compiled, or were changed since.",
            hint="Run: python -m diagnosis.catalogues",
            id="diagnosis.E001",
        )
        for language in languages()
        if is_stale(language)
    ]


def sources() -> Iterator[Path]:
    for folder in ("diagnosis", "skinsite"):
        yield from (p for p in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in p.parts)
    yield from (p for p in sorted((ROOT / "templates").rglob("*")) if p.suffix in (".html", ".txt"))


def _messages(path: Path) -> Iterator[tuple[str | None, Any, list[str]]]:
    from babel.messages.extract import extract as babel_extract

    source = path.read_text()
    if path.suffix != ".py":
        # As lines of Python; without their indentation, which means nothing in a template.
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.strip() for line in lines)
    file = io.BytesIO(source.encode())
    found = babel_extract("python", file, FUNCTIONS, ["Translators:"], {"encoding": "utf-8"})
    for _line, message, comments, context in found:
        if message:
            yield context, message, comments


def main() -> None:
    parser = ArgumentParser(description="Compiles the translations.")
    parser.add_argument("--update", action="store_true", help="bring the .po files up to date first")
    if parser.parse_args().update:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinsite.settings")
        update()
    if done := compile_stale():
        print(f"Translations compiled: {', '.join(done)}", file=sys.stderr)


if __name__ == "__main__":
    main()
