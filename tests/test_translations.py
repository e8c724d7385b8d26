"""The catalogues are whole, and nothing that people read escapes them."""

import ast
import gettext
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog, Message
from django.core.management import call_command
from django.utils import translation

from diagnosis import catalogues
from diagnosis.services import said
from ml.images import MAX_PIXELS, _too_many_pixels
from tests.processes import ROOT
from tests.untranslated import in_script, in_template

LANGUAGES = catalogues.languages()
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in (".html", ".txt")]
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
# Written in English alone: the documentation that Swagger draws.
ENGLISH = ("api/docs.html",)


def forms(message: Message) -> list[tuple[str, str]]:
    """Each form of a message with its translation; the plural's where there is one."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return list(zip([message.id[0], *[message.id[1]] * (len(strings) - 1)], strings, strict=True))


def marks(text: str) -> list[str]:
    """What a translation must keep: placeholders, escaped per cents, tags."""
    return sorted(re.findall(r"%\(\w+\)[sd]|%%|\{\w*\}|</?\w+[^>]*>", text))


def wrong(catalogue: Catalog) -> list[str]:
    found = []
    for message in catalogue:
        for text, translated in forms(message) if message.id else []:
            if not translated:
                found.append(f"not translated: {text}")
            elif message.fuzzy:
                found.append(f"fuzzy: {text}")
            elif marks(text) != marks(translated):
                found.append(f"other placeholders or tags: {text}")
        if message.pluralizable and len(message.string) != catalogue.num_plurals:
            found.append(f"not every plural form: {message.id[0]}")
    return found


def ids(catalogue: Catalog) -> set[Any]:
    return {(message.context, message.id) for message in catalogue if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated_with_its_placeholders(language: str) -> None:
    assert wrong(catalogues.read(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_hold_what_the_sources_say_and_no_more(language: str) -> None:
    sources, catalogue = ids(catalogues.extract()), ids(catalogues.read(language))
    assert (sources - catalogue, catalogue - sources) == (set(), set()), "run: make messages"


def test_a_hole_in_a_catalogue_is_noticed() -> None:
    catalogue = Catalog("de")
    for message in ("", "Hallo %(mane)s", "Fast Hallo %(name)s"):
        catalogue.add(f"Hello{message and ' %(name)s'} {len(message)}", message)
    catalogue.add("Guess", "Vielleicht", flags=["fuzzy"])
    catalogue.add(("%(n)s mole", "%(n)s moles"), ("%(n)s Muttermal", ""))
    found = wrong(catalogue)
    assert [problem.split(":")[0] for problem in found] == [
        "not translated",
        "other placeholders or tags",
        "fuzzy",
        "not translated",
    ]


def left_out(path: Path) -> bool:
    return str(path.relative_to(ROOT / "templates")).startswith(ENGLISH)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_outside_translation_tags(path: Path) -> None:
    if not left_out(path):
        assert in_template(path.read_text()) == []


def test_what_is_left_out_is_there() -> None:
    for start in ENGLISH:
        assert list((ROOT / "templates").glob(f"{start}*")), start


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_only_what_its_page_gave_it(path: Path) -> None:
    assert in_script(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        '<img alt="A mole">',
        """<a aria-label="{% if x %}Open it{% endif %}">""",
        '{% include "a.html" with title="Two words" %}',
        '{{ name|default:"Nobody" }}',
        '{{ day|date:"j F Y" }}',
        '{% translate "Fine" %} but not this',
        "{% blocktranslate %}Fine{% endblocktranslate %}<b>Not</b>",
    ],
)
def test_a_text_that_nobody_can_translate_is_noticed(source: str) -> None:
    assert len(in_template(source)) == 1


def test_what_is_no_text_is_no_breach() -> None:
    fine = """{# Words. #}<p class="a b" data-x="y">{% blocktranslate trimmed with a=b|date:'DATE_FORMAT' %}
        Many <b>words</b>, {{ a }}{% endblocktranslate %} · {{ name }} {% url 'mole-list' as list_url %}</p>
        <title>{% translate "Help" %} · Skin Cancer Detection</title><script>const a = "Some words";</script>
        {% include "includes/icon.html" with name="camera" %}{% translate 'It is' as text %} 6 mm
        photos/ data.json *.csv {{ name }}.csv
        <pre tabindex="0" translate="no"><code>curl {{ url }} -d 'some words'</code></pre>"""
    assert in_template(fine) == []
    assert in_script('say("Send it now."); // Send it.\nfetch("/api/v1/"); element("input");') == [
        "Send it now."
    ]


def test_no_function_is_called_by_a_name_under_which_it_is_not_found() -> None:
    aliases = r"^from django\.utils\.translation import \w*gettext\w* as (\w+)$"
    for path in catalogues.sources():
        if path.suffix == ".py":
            names = re.findall(aliases, path.read_text(), re.MULTILINE)
            assert set(names) <= set(catalogues.FUNCTIONS), path


# What is stored in English ---------------------------------------------------------------------


def refusals() -> Iterator[str]:
    """Every sentence with which `ml` refuses a photo; figures in it are 7s."""
    for name in ("quality.py", "images.py"):
        for node in ast.walk(ast.parse((ROOT / "ml" / name).read_text())):
            match node:
                case ast.Call(func=ast.Name(id="CannotJudge" | "BadImage"), args=[_, *texts]):
                    yield from map(_sentence, texts)
                case ast.Assign(value=ast.Tuple(elts=[ast.Constant(value=str()), *texts])) if len(texts) == 2:
                    yield from map(_sentence, texts)


def _sentence(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
    return str(ast.literal_eval(node)) if isinstance(node, ast.Constant) else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_the_model_is_said_in_the_readers_language(language: str) -> None:
    sentences = [text for text in refusals() if " " in text and "size7" not in text]
    sentences += [_too_many_pixels(kind).message for kind in MAX_PIXELS]
    assert len(sentences) > 20
    with translation.override(language):
        assert [text for text in sentences if said(text) == text] == []


def test_a_sentence_with_figures_keeps_them() -> None:
    sentence = "The chosen square is 31 pixels wide; at least 64 are needed."
    assert said(sentence) == sentence
    with translation.override("de"):
        assert said(sentence) == "Das gewählte Quadrat ist 31 Pixel breit; mindestens 64 sind nötig."
        assert said("A sentence of a model of tomorrow.") == "A sentence of a model of tomorrow."
        assert said("") == ""


# Compiling -------------------------------------------------------------------------------------


@pytest.fixture
def uncompiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for language in LANGUAGES:
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text(catalogues.po_file(language).read_text())
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    return tmp_path


def test_a_missing_or_old_catalogue_is_an_error_that_says_what_to_run(uncompiled: Path) -> None:
    errors = catalogues.check_compiled(None)
    assert [error.id for error in errors] == ["diagnosis.E001"] * len(LANGUAGES)
    assert "python -m diagnosis.catalogues" in str(errors[0].hint)


def test_an_installation_compiles_before_there_are_any_settings() -> None:
    command = [sys.executable, "-m", "diagnosis.catalogues"]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_collectstatic_compiles_what_is_missing(uncompiled: Path, settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("collectstatic", interactive=False, verbosity=0)
    assert catalogues.check_compiled(None) == []
    with (uncompiled / "de" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Help") == "Hilfe"
    assert catalogues.compile_stale() == []


def test_an_update_keeps_translations_and_drops_what_is_gone(uncompiled: Path) -> None:
    path = catalogues.po_file("de")
    before = path.read_text()
    path.write_text(f'{before}\nmsgid "Nobody says this"\nmsgstr "Niemand sagt das"\n')
    catalogues.update()
    assert path.read_text() == before
