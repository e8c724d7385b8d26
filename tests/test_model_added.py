"""Which model versions may be added."""

import shutil
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError

from diagnosis.models import Event, ModelVersion
from diagnosis.models.version import current_version
from diagnosis.services import (
    activate_version,
    add_version,
    known_versions,
    retire_version,
    start_shadow,
)
from tests.artifacts import VERSION
from tests.model_artifacts import NEW, change_manifest, cut_short, events, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def added(models_folder) -> ModelVersion:
    return add_version(version=NEW)


def states() -> dict[str, str]:
    return {one.version: one.state.value for one in known_versions()}


def test_adding_makes_a_version_known_and_changes_nothing_else(models_folder):
    row = add_version(version=NEW)
    assert len(row.sha256) == 64
    assert current_version() == VERSION
    assert states() == {NEW: "known", VERSION: "current"}
    event = Event.objects.get(action="version.added")
    assert (event.object_id, event.details["version"], event.details["split"]) == (str(row.pk), NEW, "s-1")


def test_an_artifact_from_elsewhere_is_copied_whole(models_folder, tmp_path, tiny_artifact):
    source = make_version(tmp_path / "elsewhere", tiny_artifact, "tiny-3")
    source = source.rename(tmp_path / "any name")
    (source / "link").symlink_to("/etc/hostname")
    add_version(version="tiny-3", folder=source)
    files = {path.name for path in (models_folder / "tiny-3").iterdir()}
    assert {"model.keras", "known.npz", "manifest.json", "MODEL_CARD.md"} <= files
    assert "link" not in files
    assert sorted(path.name for path in models_folder.iterdir()) == [VERSION, NEW, "tiny-3"]


def test_a_version_that_is_there_is_never_overwritten(models_folder, tmp_path, tiny_artifact):
    source = make_version(tmp_path / "elsewhere", tiny_artifact, NEW, auc=0.99)
    with pytest.raises(ValidationError, match="another artifact of the name tiny-2"):
        add_version(version=NEW, folder=source)
    assert not ModelVersion.objects.exists()
    assert add_version(version=NEW, folder=models_folder / NEW).version == NEW


BROKEN = {
    "other classes": (lambda f: change_manifest(f, classes=["mel", "nv"]), "not the seven"),
    "classes of another kind": (lambda f: change_manifest(f, classes=7), "not the seven"),
    "another order": (
        lambda f: change_manifest(f, classes=["nv", "akiec", "bcc", "bkl", "df", "mel", "vasc"]),
        "not the seven",
    ),
    "other malignant ones": (lambda f: change_manifest(f, malignant=["mel"]), "not the seven"),
    "wrong checksum": (cut_short, "its SHA-256 is another"),
    "no network": (lambda f: (f / "model.keras").unlink(), "model.keras is missing"),
    "nothing known": (lambda f: (f / "known.npz").unlink(), "known.npz is missing"),
    "no checksums": (lambda f: change_manifest(f, files=[]), "its SHA-256 is another"),
    "no split": (lambda f: change_manifest(f, split={}), "names no split"),
    "no card": (lambda f: (f / "MODEL_CARD.md").unlink(), "MODEL_CARD.md is missing"),
    "no thresholds": (lambda f: change_manifest(f, thresholds={}), "thresholds"),
    "torn manifest": (lambda f: (f / "manifest.json").write_text('{"version": '), "damaged"),
    "another's name": (lambda f: change_manifest(f, version="tiny-9"), "lacks its version"),
    "nothing": (shutil.rmtree, "there is no"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("copied", [False, True])
def test_what_is_not_whole_is_not_added_and_nothing_is_left_of_it(
    name, copied, models_folder, tmp_path, tiny_artifact
):
    folder = make_version(tmp_path / "elsewhere" if copied else models_folder, tiny_artifact, "tiny-3")
    damage, said = BROKEN[name]
    damage(folder)
    before = sorted(path.name for path in models_folder.iterdir())
    with pytest.raises(ValidationError) as refused:
        add_version(version="tiny-3", folder=folder if copied else None)
    assert said in str(refused.value) or (copied and name == "nothing")
    assert not ModelVersion.objects.exists()
    assert not Event.objects.exists()
    assert sorted(path.name for path in models_folder.iterdir()) == before


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/etc", "../tiny-2", ".hidden", "a b", "x" * 101, "tiny-2\n"]
)
def test_a_name_that_is_none_is_refused(name, models_folder):
    with pytest.raises(ValidationError, match="no name of a model version"):
        add_version(version=name, folder=models_folder / NEW)
    assert not ModelVersion.objects.exists()


def test_what_is_known_is_not_added_again_and_what_is_retired_comes_back(added):
    with pytest.raises(ValidationError, match="known already"):
        add_version(version=NEW)
    retire_version(version=NEW)
    assert add_version(version=NEW).retired_at is None
    assert events() == ["version.added", "version.retired", "version.added"]


def test_another_network_under_the_name_of_one_that_was_added_is_refused(added, models_folder):
    network = models_folder / NEW / "model.keras"
    network.write_bytes(network.read_bytes() + b" ")
    files = {"model.keras": sha256(network.read_bytes()).hexdigest()}
    files["known.npz"] = sha256((models_folder / NEW / "known.npz").read_bytes()).hexdigest()
    change_manifest(models_folder / NEW, files=files)
    for verb in (activate_version, start_shadow):
        with pytest.raises(ValidationError, match="not the one that was added"):
            verb(version=NEW)
    assert current_version() == VERSION
