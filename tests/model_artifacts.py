"""Model versions made of the tiny one: the same network, with other figures, and calibrated otherwise."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnosis.classifiers import CURRENT, ON_TRIAL
from diagnosis.models import Event

# The first is that of tests/artifacts.py.
VERSION, NEW = "tiny-1", "tiny-2"


@pytest.fixture
def models_folder(settings: Any, tmp_path: Path, tiny_artifact: Path) -> Iterator[Path]:
    """A folder of models: `tiny-1`, current by the settings, and `tiny-2`, which is a little better."""
    settings.MODEL_FOLDER, settings.MODEL_VERSION = tmp_path / "models", VERSION
    make_version(settings.MODEL_FOLDER, tiny_artifact, VERSION)
    make_version(settings.MODEL_FOLDER, tiny_artifact, NEW, auc=0.81)
    CURRENT.drop()
    yield settings.MODEL_FOLDER
    CURRENT.drop()
    ON_TRIAL.drop()


def make_version(
    root: Path, tiny: Path, version: str, *, auc: float | None = 0.8, split: str = "s-1", card: bool = True,
    **changes: Any,
) -> Path:  # fmt: skip
    """Copies the tiny version from `tiny` into `root`; its name says how it is calibrated."""
    folder = root / version
    shutil.copytree(tiny / VERSION, folder)
    measured = {"malignancy_auc": {"value": auc, "interval": [0.7, 0.9]}}
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["calibration"]["odds"]["offset"] = sum(map(ord, version)) % 7 / 10
    manifest |= {"version": version, "split": {"file": "ml/split.csv", "sha256": split}}
    manifest |= {"metrics": {} if auc is None else {"validation": measured, "test": measured}}
    write_manifest(folder, manifest | changes)
    if card:
        (folder / "MODEL_CARD.md").write_text(f"# {version}\n")
    return folder


def change_manifest(folder: Path, **changes: Any) -> None:
    write_manifest(folder, json.loads((folder / "manifest.json").read_text()) | changes)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest))


def cut_short(folder: Path) -> None:
    network = folder / "model.keras"
    network.write_bytes(network.read_bytes()[:1000])


def events() -> list[str]:
    """What the log says of model versions, the first first."""
    return list(
        Event.objects.filter(action__startswith="version.").order_by("id").values_list("action", flat=True)
    )
