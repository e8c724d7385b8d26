"""Which model version may take over, who may be retired or tried out, and the way back."""

import shutil
import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from diagnosis.models import Activation, Event, ModelVersion
from diagnosis.models.version import current_version, version_on_trial
from diagnosis.services import (
    NeedsReason,
    activate_version,
    add_version,
    known_versions,
    objections,
    retire_version,
    rollback,
    rollback_target,
    start_shadow,
    stop_shadow,
)
from tests.artifacts import VERSION
from tests.model_artifacts import NEW, cut_short, events, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def added(models_folder) -> ModelVersion:
    return add_version(version=NEW)


def states() -> dict[str, str]:
    return {one.version: one.state.value for one in known_versions()}


# Activating ----------------------------------------------------------------------------------


def test_a_better_one_on_the_same_split_takes_over_without_questions(added):
    assert objections(NEW) == []
    activate_version(version=NEW)
    assert current_version() == NEW
    assert states() == {NEW: "current", VERSION: "known"}
    # The settings' version was registered first, so that there is a way back to it.
    assert list(Activation.objects.values_list("version__version", flat=True)) == [NEW, VERSION]
    assert events() == ["version.added", "version.added", "version.activated"]
    event = Event.objects.get(action="version.activated")
    assert (event.details["before"], event.details["version"]) == (VERSION, NEW)


AGAINST = {
    "worse": ({"auc": 0.79}, "worse on the validation part: its malignancy AUC is 0.7900, not 0.8000"),
    "another split": ({"split": "s-2"}, "splits are not the same"),
    "not measured": ({"auc": None}, "tiny-3 was not measured"),
    "undefined": ({"auc": float("nan")}, "tiny-3 was not measured"),
}


@pytest.mark.parametrize("name", AGAINST)
def test_what_speaks_against_it_is_said_and_a_reason_overrides_it(name, models_folder, tiny_artifact):
    changes, said = AGAINST[name]
    make_version(models_folder, tiny_artifact, "tiny-3", **changes)
    add_version(version="tiny-3")
    assert said in objections("tiny-3")[0]
    for reason in ("", " \n"):
        with pytest.raises(NeedsReason, match="Say why"):
            activate_version(version="tiny-3", reason=reason)
    assert (current_version(), Activation.objects.count()) == (VERSION, 0)
    activation = activate_version(version="tiny-3", reason=" It is ten times faster. ")
    assert (current_version(), activation.reason) == ("tiny-3", "It is ten times faster.")
    assert Event.objects.get(action="version.activated").reason == "It is ten times faster."


def test_without_the_current_ones_artifact_there_is_nothing_to_compare(added, models_folder):
    shutil.rmtree(models_folder / VERSION)
    with pytest.raises(NeedsReason, match="nothing to compare"):
        activate_version(version=NEW)
    activate_version(version=NEW, reason="The old one is lost.")
    # There is nothing to go back to, and it says so instead of leading into the void.
    assert list(Activation.objects.values_list("version__version", flat=True)) == [NEW]
    with pytest.raises(ValidationError):
        rollback()


def test_a_damaged_one_is_refused_whatever_the_reason(added, models_folder):
    cut_short(models_folder / NEW)
    with pytest.raises(ValidationError, match="its SHA-256 is another"):
        activate_version(version=NEW, reason="I want it.")
    assert current_version() == VERSION


def test_neither_the_current_nor_a_retired_nor_an_unknown_one_is_activated(added):
    for version, said in ((VERSION, "Add it first"), ("nobody", "Add it first")):
        with pytest.raises(ValidationError, match=said):
            activate_version(version=version)
    activate_version(version=NEW)
    with pytest.raises(ValidationError, match="current version already"):
        activate_version(version=NEW)
    retire_version(version=VERSION)
    with pytest.raises(ValidationError, match="is retired"):
        activate_version(version=VERSION, reason="Back.")
    assert events().count("version.activated") == 1


def test_of_two_operators_the_second_is_told_what_the_first_did(added, models_folder, tiny_artifact):
    make_version(models_folder, tiny_artifact, "tiny-3", auc=0.9)
    add_version(version="tiny-3")
    activate_version(version="tiny-3", instead_of=VERSION)
    with pytest.raises(ValidationError, match="Meanwhile tiny-3 has become the current version"):
        activate_version(version=NEW, reason="Mine!", instead_of=VERSION)
    with pytest.raises(ValidationError, match="Meanwhile"):
        rollback(instead_of=VERSION)
    assert current_version() == "tiny-3"


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_the_same_moment_activate_once(added):
    together, said = threading.Barrier(2), []

    def press() -> None:
        together.wait()
        try:
            activate_version(version=NEW, instead_of=VERSION)
            said.append("done")
        except ValidationError as error:
            said.append(error.messages[0][:9])
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["Meanwhile", "done"]
    assert events().count("version.activated") == 1
    assert Activation.objects.count() == 2


# The way back --------------------------------------------------------------------------------


def test_rolling_back_leads_to_the_settings_version_and_again_forth(added):
    assert rollback_target() is None
    with pytest.raises(ValidationError, match="No other version was current before tiny-1"):
        rollback()
    activate_version(version=NEW)
    assert rollback_target() == VERSION
    rollback(reason="It declines too much.")
    assert (current_version(), rollback_target()) == (VERSION, NEW)
    event = Event.objects.get(action="version.rolled_back")
    assert (event.reason, event.details["before"]) == ("It declines too much.", NEW)
    rollback()
    assert current_version() == NEW
    assert events()[-2:] == ["version.rolled_back", "version.rolled_back"]


def test_rolling_back_to_what_is_gone_or_retired_is_refused(added, models_folder):
    activate_version(version=NEW)
    network = models_folder / VERSION / "model.keras"
    away = network.rename(network.with_suffix(".away"))
    with pytest.raises(ValidationError, match=r"model\.keras is missing"):
        rollback()
    away.rename(network)
    retire_version(version=VERSION)
    with pytest.raises(ValidationError, match="is retired"):
        rollback()
    assert current_version() == NEW


# Retiring, and trials ------------------------------------------------------------------------


def test_neither_the_current_one_nor_one_on_trial_is_retired(added):
    start_shadow(version=NEW)
    with pytest.raises(ValidationError, match="End the trial first"):
        retire_version(version=NEW)
    stop_shadow()
    retire_version(version=NEW)
    with pytest.raises(ValidationError, match="is retired"):
        retire_version(version=NEW)
    with pytest.raises(ValidationError, match="is retired"):
        start_shadow(version=NEW)
    add_version(version=NEW)
    activate_version(version=NEW)
    with pytest.raises(ValidationError, match="Activate another one first"):
        retire_version(version=NEW)


def test_one_at_a_time_is_on_trial_and_activating_it_ends_the_trial(added, models_folder, tiny_artifact):
    make_version(models_folder, tiny_artifact, "tiny-3")
    add_version(version="tiny-3")
    with pytest.raises(ValidationError, match="No version is on trial"):
        stop_shadow()
    start_shadow(version=NEW)
    assert states()[NEW] == "shadow"
    with pytest.raises(ValidationError, match="tiny-2 is on trial already"):
        start_shadow(version="tiny-3")
    activate_version(version=NEW)
    assert version_on_trial() is None
    assert Event.objects.get(action="version.activated").details["trial_ended"] is True
    with pytest.raises(ValidationError, match="nothing to try out"):
        start_shadow(version=NEW)


# From a shell --------------------------------------------------------------------------------


def run(capsys, *words: str) -> str:
    call_command("model", *words)
    return capsys.readouterr().out


def test_the_command_walks_the_whole_way(models_folder, capsys):
    assert "is known now" in run(capsys, "add", NEW)
    with pytest.raises(CommandError, match="Nothing has changed yet") as first_step:
        call_command("model", "activate", NEW)
    assert first_step.value.returncode == 3
    assert "0.810 (0.700 to 0.900)" in capsys.readouterr().out
    assert current_version() == VERSION
    assert "instead of tiny-1" in run(capsys, "activate", NEW, "--yes")
    assert "tiny-1 judges photos again" in run(capsys, "rollback", "--reason", "Too slow.")
    assert "is on trial" in run(capsys, "shadow", NEW)
    assert "has ended" in run(capsys, "shadow", "--stop")
    assert "is retired" in run(capsys, "retire", NEW)
    shutil.rmtree(models_folder / NEW)
    listed = {line.split()[0]: line for line in run(capsys, "list").splitlines()}
    assert " current " in listed[VERSION]
    assert listed[VERSION].endswith(" ok")
    assert "retired" in listed[NEW]
    assert "there is no" in listed[NEW]


def test_the_command_refuses_clearly(models_folder, tiny_artifact, tmp_path):
    make_version(models_folder, tiny_artifact, "tiny-3", auc=0.5)
    call_command("model", "add", "tiny-3")
    for words, said in (
        (["activate", "tiny-3", "--yes"], "Give it with --reason"),
        (["add", "tiny-3"], "known already"),
        (["add", "tiny-4", "--from", str(tmp_path / "nowhere")], "can't be copied"),
        (["add", "../tiny-3"], "no name"),
        (["retire", "nobody"], "Add it first"),
        (["shadow", "--stop"], "No version is on trial"),
        (["rollback"], "No other version"),
    ):
        with pytest.raises(CommandError, match=said) as refused:
            call_command("model", *words)
        assert refused.value.returncode == 1
    assert current_version() == VERSION
