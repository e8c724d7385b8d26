"""The house rules, run: who may import whom, and what no task, key, template or file may do."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignObject

from tests.processes import ROOT

PACKAGES = ("diagnosis", "ml", "skinsite")
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)

# A part of the house, and the parts of it that it may import besides itself. Where several
# names fit a module, the longest says what it is.
MAY_IMPORT = {
    "ml": set(),
    "diagnosis.models": set(),
    "diagnosis.storage": set(),
    "diagnosis.apps": {"diagnosis.catalogues", "diagnosis.models", "diagnosis.roles"},
    "diagnosis.catalogues": set(),
    "diagnosis.images": {"ml.images", "ml.quality"},
    "diagnosis.queue": {"diagnosis.models"},
    "diagnosis.charts": set(),
    # The mathematics; what it is done on comes from one module.
    "diagnosis.statistics": set(),
    "diagnosis.statistics.collection": {"diagnosis.statistics", "diagnosis.models"},
    "diagnosis.services": {
        "diagnosis.models",
        "diagnosis.images",
        "diagnosis.queue",
        "diagnosis.storage",
        "diagnosis.statistics.collection",
        "ml.manifest",
    },
    "diagnosis.classifiers": {"diagnosis.models", "ml"},
    "diagnosis.trials": {"diagnosis.classifiers", "diagnosis.models", "diagnosis.services", "ml"},
    # A result and the case it opens are written in one transaction, or a crash between them would lose it.
    "diagnosis.inference": {
        "diagnosis.classifiers",
        "diagnosis.trials",
        "diagnosis.models",
        "diagnosis.services",
        "ml",
    },
    "diagnosis.tasks": {"diagnosis.inference", "diagnosis.trials", "diagnosis.services", "diagnosis.queue"},
    "diagnosis.pages": {"diagnosis.services", "diagnosis.models", "diagnosis.charts", "ml.manifest"},
    "diagnosis.templatetags": {"diagnosis.services", "diagnosis.models", "diagnosis.pages", "ml.manifest"},
    "diagnosis.api": {"diagnosis.services", "diagnosis.models", "ml.manifest"},
    "diagnosis.admin": {
        "diagnosis.services",
        "diagnosis.models",
        "diagnosis.charts",
        "diagnosis.statistics",
        "ml.manifest",
    },
    "diagnosis.management": {
        "diagnosis.services",
        "diagnosis.models",
        "diagnosis.catalogues",
        "ml.manifest",
    },
    # Puts the house together: routes, health, `make run`.
    "skinsite": {
        "diagnosis.models",
        "diagnosis.services",
        "diagnosis.api",
        "diagnosis.pages",
        "diagnosis.admin",
    },
    "diagnosis": set(),
}
ML_MAY_NOT_IMPORT = {"django", "celery", "rest_framework", "diagnosis", "skinsite"}
ONLY_ML_IMPORTS = {"tensorflow", "keras"}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def part(name: str) -> str:
    """The longest part of the house that this module belongs to."""
    fits = [key for key in MAY_IMPORT if name == key or name.startswith(f"{key}.")]
    return max(fits, key=len)


PAGES = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "diagnosis").rglob("*.html")]
STATIC = [path for path in (ROOT / "static").rglob("*") if path.suffix in {".js", ".css", ".svg"}]


def imports(path: Path, *, deep: bool = True) -> Iterator[str]:
    """Every module this one imports, inside functions too unless told otherwise: `from a import b`
    may mean a.b."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if deep else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if _is_module(name) else str(node.module) for name in names)


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def may_import(importer: str, imported: str) -> bool:
    allowed = MAY_IMPORT[part(importer)] | {part(importer)}
    return any(imported == name or imported.startswith(f"{name}.") for name in allowed)


def breaches(forbidden: Callable[[str, str], bool]) -> list[str]:
    """Every import for which `forbidden(importer, imported)` holds."""
    pairs = [(module_name(path), name) for path in MODULES for name in sorted(set(imports(path)))]
    return [f"{importer} imports {imported}" for importer, imported in pairs if forbidden(importer, imported)]


def test_a_module_imports_only_what_its_part_may() -> None:
    def forbidden(importer: str, imported: str) -> bool:
        return imported.split(".")[0] in PACKAGES and not may_import(importer, imported)

    assert breaches(forbidden) == []


def test_ml_knows_no_django_and_only_ml_knows_tensorflow() -> None:
    def forbidden(importer: str, imported: str) -> bool:
        names = ML_MAY_NOT_IMPORT if part(importer) == "ml" else ONLY_ML_IMPORTS
        return imported.split(".")[0] in names

    assert breaches(forbidden) == []


def test_the_statistics_are_mathematics_alone_but_for_the_module_that_collects() -> None:
    for path in MODULES:
        if part(module_name(path)) == "diagnosis.statistics":
            assert not {name.split(".")[0] for name in imports(path)} & {"django", "rest_framework"}, path


def test_the_rules_notice_a_breach() -> None:
    assert not may_import("diagnosis.pages.moles", "diagnosis.tasks")
    assert not may_import("diagnosis.api.photos", "ml.predict")
    assert not may_import("ml.train", "diagnosis.models")
    assert may_import("diagnosis.api.photos", "ml.manifest")
    assert "ml.predict" in set(imports(ROOT / "diagnosis" / "inference.py"))
    assert "diagnosis.models.prediction" in set(imports(ROOT / "diagnosis" / "models" / "mole.py"))


def test_no_module_is_imported_in_a_circle() -> None:
    """Imports inside functions are left out: they are how the two ends of a foreign key meet."""
    graph = {module_name(path): set(imports(path, deep=False)) for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in graph and name not in done:
            for imported in graph[name] - {name}:
                visit(imported, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_the_web_process_imports_no_tensorflow() -> None:
    code = (
        "import sys, skinsite.wsgi, django.urls;"
        "django.urls.get_resolver().url_patterns;"
        "print([name for name in ('tensorflow', 'keras', 'ml.predict') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def tasks() -> Iterator[tuple[str, ast.FunctionDef, ast.Call | None]]:
    """Every function under a task decorator: its module, itself, the decorator's call."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            for decorator in getattr(node, "decorator_list", []):
                call = decorator if isinstance(decorator, ast.Call) else None
                name = ast.unparse(call.func if call else decorator)
                if isinstance(node, ast.FunctionDef) and name.split(".")[-1] in ("shared_task", "task"):
                    yield module_name(path), node, call


def test_tasks_live_in_one_module_end_in_task_and_carry_both_limits() -> None:
    assert len(list(tasks())) >= 3
    for module, function, call in tasks():
        assert (module, function.name[-5:]) == ("diagnosis.tasks", "_task")
        words = {word.arg: word.value for word in call.keywords} if call else {}
        assert {"name", "soft_time_limit", "time_limit"} <= set(words), function.name
        assert ast.literal_eval(words["soft_time_limit"]) < ast.literal_eval(words["time_limit"])


def test_only_the_queue_sends_tasks() -> None:
    sending = {"delay", "delay_on_commit", "apply_async", "apply_async_on_commit", "send_task"}
    for path in MODULES:
        nodes = ast.walk(ast.parse(path.read_text()))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & sending
        assert used <= ({"send_task"} if module_name(path) == "diagnosis.queue" else set()), path


def test_foreign_keys_name_their_reverse() -> None:
    for model in apps.get_app_config("diagnosis").get_models():
        for field in model._meta.get_fields():
            ours = isinstance(field, ForeignObject) and not field.remote_field.parent_link
            inherited = any(
                base is not model and field.name in base.__dict__
                for base in model.__mro__
                if not base.__module__.startswith("diagnosis")
            )
            if ours and not inherited:
                assert field.remote_field.related_name, f"{model.__name__}.{field.name}"


def test_no_file_is_longer_than_300_lines() -> None:
    folders = [*PACKAGES, "tests", "templates", "static", "benchmarks", "docs", "scripts"]
    kinds = {".py", ".html", ".js", ".css", ".sh"}
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in kinds]
    long = {str(path.relative_to(ROOT)) for path in files if len(path.read_text().splitlines()) > 300}
    # Settings are one table, read from top to bottom; Django writes migrations.
    assert {name for name in long if "/migrations/" not in name} <= {"skinsite/settings.py"}


def test_a_page_has_nothing_inline() -> None:
    """A script block may hold data, which no browser runs."""
    for path in PAGES:
        text = path.read_text()
        for attributes, content in re.findall(
            r"<script\b([^>]*)>(.*?)</script>", text, re.DOTALL | re.IGNORECASE
        ):
            assert "application/json" in attributes or ("src=" in attributes and not content.strip()), path
        for inline in (r"<style\b", r"<[^>{%]*\sstyle\s*=", r"<[^>]*\son[a-z]+\s*=\s*[\"']", r"javascript:"):
            assert not re.search(inline, text, re.IGNORECASE), f"{path}: {inline}"


def test_nothing_is_loaded_from_another_host() -> None:
    loads = (
        r"""\b(?:src|srcset|poster|data|action)\s*=\s*["']?|url\(\s*["']?|@import\s+["']?|fetch\(\s*["'`]?"""
    )
    link = r"""<link\b[^>]*href=["']"""
    for path in [*PAGES, *STATIC]:
        assert re.findall(rf"(?:{loads}|{link})(?:https?:)?//[^\s\"')>]+", path.read_text()) == [], path


def test_the_page_rules_notice_a_breach(tmp_path: Path) -> None:
    bad = {
        test_a_page_has_nothing_inline: [
            "<script>x()</script>",
            '<p style="a">',
            '<a onclick="x()">',
            "<style>",
        ],
        test_nothing_is_loaded_from_another_host: [
            '<img src="//x.org/a.png">',
            '<link rel="stylesheet" href="https://x.org/a.css">',
            "@import 'https://x.org/a.css'",
        ],
    }
    for rule, texts in bad.items():
        for text in texts:
            page = tmp_path / "page.html"
            page.write_text(text)
            PAGES.append(page)
            with pytest.raises(AssertionError):
                rule()
            PAGES.remove(page)
