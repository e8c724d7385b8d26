"""Two model versions side by side: the same photos, the same draws, and only where that says something."""

import json
import shutil
import sys
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest

from ml import evaluate, metrics
from ml.data import Ham10000
from ml.extra import ExtraSet
from ml.predict import load_classifier
from tests.artifacts import VERSION, write_tiny
from tests.extra_sets import SITE, make_extra_rows, write_extra
from tests.ham10000 import make_rows, write_zip

OTHER = "tiny-2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=2, photos=2))


@pytest.fixture(scope="module")
def root(tiny_artifact, tmp_path_factory):
    root = shutil.copytree(tiny_artifact, tmp_path_factory.mktemp("two") / "artifacts")
    return write_tiny(root, OTHER, members=2)


def run(*arguments) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as out:
        patch.setattr(sys, "argv", ["ml.evaluate", *map(str, arguments)])
        return evaluate.main(), out.getvalue()


def compared(folder, root, tmp_path, *arguments, old=VERSION, new=OTHER) -> tuple[str, dict]:
    kept = tmp_path / "comparison.json"
    places = ("--data", folder, "--artifacts", root, "--json", kept)
    status, text = run(*places, "--compare", old, new, *arguments)
    assert status == 0
    return text, json.loads(kept.read_text())


def probabilities(classifier, data, rows) -> np.ndarray:
    return np.array([classifier.see(classifier.look(picture)).malignancy for picture in data.pictures(rows)])


@pytest.fixture(scope="module")
def both(folder, root, tmp_path_factory):
    return compared(folder, root, tmp_path_factory.mktemp("both"))


def test_the_figures_are_each_ones_own_on_the_validation_part(both, folder, root):
    _, report = both
    data = Ham10000(folder)
    rows = data.part("validation")
    assert list(report) == ["validation"]  # the test part stays closed
    found = report["validation"]
    assert (found["images"], found["lesions"], found["malignant"]) == (28, 14, 12)
    malignant = np.array([row.malignant for row in rows])
    said = []
    for side, version in (("old", VERSION), ("new", OTHER)):
        classifier = load_classifier(version, root)
        said.append(probabilities(classifier, data, rows))
        threshold = classifier.manifest.thresholds["raised"]
        assert found[side]["version"] == version
        assert found[side]["threshold"] == threshold
        flagged = said[-1] >= threshold
        for name in ("sensitivity", "specificity"):
            assert found[side][name] == getattr(metrics, name)(malignant, flagged)
        assert found[side]["malignancy_auc"] == pytest.approx(metrics.auc(malignant, said[-1]))
        for name in ("ece", "brier"):
            assert found[side][name] == pytest.approx(getattr(metrics, name)(malignant, said[-1]), abs=1e-6)
    lesions = np.array([row.lesion_id for row in rows])
    paired = metrics.paired_bootstrap(metrics.auc, lesions, malignant, *said)
    difference = found["auc_difference"]
    assert difference["value"] == pytest.approx(paired.value)
    assert difference["interval"] == pytest.approx(list(paired.interval))
    assert difference["larger"] == pytest.approx(paired.larger)


def test_what_is_printed_is_what_is_kept(both):
    text, report = both
    found = report["validation"]
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    assert table[0] == ["figure", VERSION, OTHER]
    aucs = [f"{found[side]['malignancy_auc']:.4f}" for side in ("old", "new")]
    assert ["malignancy AUC", *aucs] in table
    assert ["Brier score", *(f"{found[side]['brier']:.4f}" for side in ("old", "new"))] in table
    difference = found["auc_difference"]
    low, high = difference["interval"]
    assert f"{difference['value']:+.4f} (95% interval {low:+.4f} to {high:+.4f})" in text
    assert f"higher in {100 * difference['larger']:.1f}% of 1,000 paired bootstraps" in text


def test_a_version_beside_itself_differs_by_nothing(folder, root, tmp_path):
    _, report = compared(folder, root, tmp_path, "--parts", "test", new=VERSION)
    assert list(report) == ["test"]
    assert report["test"]["old"] == report["test"]["new"]
    expected = {"value": 0, "interval": [0, 0], "larger": 0, "rounds": 1000}
    assert report["test"]["auc_difference"] == expected


def test_all_held_out_lesions_of_an_extra_set_are_measured_beside_a_quick_look(folder, root, tmp_path):
    export = write_extra(tmp_path / "export", make_extra_rows())
    _, report = compared(folder, root, tmp_path, "--extra", export, "--every", "3")
    extra = ExtraSet(export)
    name = f"held out of site {SITE}, {extra.sha256[:16]}"
    assert list(report) == ["validation", name]
    assert report["validation"]["images"] == 10  # of 28 every third, from the first on
    assert (report[name]["images"], report[name]["lesions"]) == (28, 14)
    malignant = np.array([row.malignant for row in extra.held_out])
    said = probabilities(load_classifier(VERSION, root), extra, extra.held_out)
    assert report[name]["old"]["malignancy_auc"] == pytest.approx(metrics.auc(malignant, said))


def test_benign_photos_alone_have_no_auc(folder, root, tmp_path):
    export = write_extra(tmp_path / "export", [row for row in make_extra_rows() if row["dx"] == "nv"])
    text, report = compared(folder, root, tmp_path, "--extra", export)
    found = next(report[name] for name in report if SITE in name)
    assert found["malignant"] == 0
    assert found["old"]["malignancy_auc"] is None
    assert found["old"]["specificity"] is not None
    assert found["auc_difference"]["interval"] == [None, None]
    assert "The AUCs can't be compared: it takes malignant and benign photos." in text
    assert "undefined" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"split": {"sha256": "0" * 64}},
            "their splits are not the same (split.sha256 0000000000000000... and ",
        ),
        ({"classes": ["mel", "nv"]}, "their classes are not the same (mel, nv and akiec, bcc"),
        ({"malignant": ["mel"]}, "malignant mel and akiec, bcc, mel"),
        (None, "Model t-9: there is no"),
    ],
)
def test_what_can_not_be_compared_is_said(change, said, folder, root, tmp_path, capsys):
    copy = shutil.copytree(root, tmp_path / "artifacts")
    if change:
        path = copy / VERSION / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    old = VERSION if change else "t-9"
    status, text = run("--data", folder, "--artifacts", copy, "--compare", old, OTHER)
    assert (status, text) == (2, "")
    assert said in capsys.readouterr().err


def test_two_versions_of_another_split_than_here_are_not_compared(folder, root, tmp_path, capsys):
    copy = shutil.copytree(root, tmp_path / "artifacts")
    for version in (VERSION, OTHER):
        path = copy / version / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"split": {"sha256": "0" * 64}}))
    status, _ = run("--data", folder, "--artifacts", copy, "--compare", VERSION, OTHER)
    assert status == 2
    assert "both were trained on another split than ml/split.csv" in capsys.readouterr().err


def test_a_set_looked_up_long_ago_is_not_measured_on(folder, root, tmp_path, capsys):
    export = write_extra(tmp_path, make_extra_rows(), checked_at="2026-01-01T00:00:00+00:00")
    status, text = run("--data", folder, "--artifacts", root, "--compare", VERSION, OTHER, "--extra", export)
    assert (status, text) == (2, "")
    assert "--refresh" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--compare", VERSION, OTHER, "--record"),
        ("--compare", VERSION, OTHER, "--every", "0"),
        ("--compare", VERSION),
        ("--every", "2"),
        ("--json", "kept.json"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(arguments, folder, capsys):
    with pytest.raises(SystemExit):
        run("--data", folder, *arguments)
    assert "usage" in capsys.readouterr().err
