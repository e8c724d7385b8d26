"""The evaluation: its figures are the artifact's own, printed, drawn and recorded alike."""

import json
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from ml import evaluate, metrics
from ml.data import METADATA, Ham10000
from ml.labels import CLASSES
from ml.manifest import read_manifest
from ml.predict import load_classifier
from ml.report import outside
from ml.report.card import card
from ml.report.robustness import VARIANTS
from ml.report.scored import Scored, at_threshold, class_figures, curves, subgroups
from tests.artifacts import VERSION, strange
from tests.ham10000 import make_rows, write_zip
from tests.pad import write_pad


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_zip(root / "ham10000", make_rows(lesions=3, photos=2))
    write_pad(root / "pad_ufes_20")
    return root


@pytest.fixture(scope="module", autouse=True)
def few_strange_pictures():
    """Drawing all of them takes longer than all these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            outside,
            "strange_pictures",
            lambda part: [(f"noise/{part}-{n}", p) for n, p in enumerate(strange())],
        )
        yield


@pytest.fixture(scope="module")
def recorded(tiny_artifact, folder, tmp_path_factory):
    """What `--record` printed, wrote into the report and into a copy of the artifact."""
    root = shutil.copytree(tiny_artifact, tmp_path_factory.mktemp("recorded") / "artifacts")
    report = tmp_path_factory.mktemp("report")
    printed = run("--data", folder, "--artifacts", root, "--out", report, "--record")
    return printed, report, root


def run(*arguments) -> tuple[int, str]:
    from contextlib import redirect_stdout
    from io import StringIO

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as out:
        patch.setattr(sys, "argv", ["ml.evaluate", *map(str, arguments)])
        return evaluate.main(), out.getvalue()


def test_the_figures_printed_recorded_and_reported_are_the_same(recorded):
    (status, text), report, root = recorded
    printed = json.loads(text)
    kept = read_manifest(VERSION, root).metrics
    reported = json.loads((report / "evaluation.json").read_text())
    assert status == 0
    assert kept.pop("bands") == {"low": 0.99, "raised": 0.95}
    assert kept == printed
    for part in ("validation", "test"):
        assert set(reported[part]) - set(printed[part]) == {"curves"}
        del reported[part]["curves"]
    assert reported == printed


def test_the_figures_are_those_of_the_artifact_on_the_test_part(recorded, folder, tiny_artifact):
    printed = json.loads(recorded[0][1])["test"]
    data, classifier = Ham10000(folder), load_classifier(VERSION, tiny_artifact)
    rows = data.part("test")
    malignant = np.array([row.malignant for row in rows])
    seen = [classifier.see(classifier.look(picture)) for picture in data.pictures(rows)]
    score = np.array([one.malignancy for one in seen])
    assert (printed["images"], printed["lesions"]) == (7 * 3 * 2, 7 * 3)
    assert printed["prevalence"] == 18 / 42  # three of seven classes
    assert printed["malignancy_auc"]["value"] == pytest.approx(metrics.auc(malignant, score), abs=1e-9)
    assert printed["brier"]["value"] == pytest.approx(metrics.brier(malignant, score), abs=1e-9)
    assert printed["ece"]["value"] == pytest.approx(metrics.ece(malignant, score), abs=1e-9)
    for name in ("low", "raised"):
        threshold = classifier.manifest.thresholds[name]
        assert printed[f"at_{name}"]["threshold"] == threshold
        assert printed[f"at_{name}"]["sensitivity"] == metrics.sensitivity(malignant, score >= threshold)
    for figure in ("malignancy_auc", "ece", "brier"):
        low, high = printed[figure]["interval"]
        assert low <= high
    # One age is unknown; all others are the same, which changes no order.
    known = np.array([row.age is not None for row in rows])
    assert printed["with_age"]["images"] == known.sum()
    alone = printed["with_age"]["malignancy_auc_of_the_picture"]
    assert alone["value"] == pytest.approx(metrics.auc(malignant[known], score[known]), abs=1e-9)
    assert printed["with_age"]["malignancy_auc"]["value"] == pytest.approx(alone["value"])
    refused = [classifier.refusal(one) is not None for one in seen]
    assert printed["declined"]["all"] == sum(refused)
    assert printed["at_raised"]["sensitivity_declined_missed"] <= printed["at_raised"]["sensitivity"]


def test_of_many_photos_every_so_manieth_is_taken_with_all_that_is_known_of_it():
    numbers = np.arange(7.0)
    rows = np.tile(numbers[:, None], 7)
    scored = Scored(rows, rows / 7, numbers, numbers.astype(str), numbers.astype(str), list(numbers))
    third = scored.every(3)
    assert third.logits[:, 0].tolist() == third.spread.tolist() == third.lines == [0, 3, 6]
    assert third.declined.tolist() == third.kinds.tolist() == ["0.0", "3.0", "6.0"]
    assert np.array_equal(third.probabilities, third.logits / 7)


def test_what_lies_outside_is_measured_too(recorded):
    printed = json.loads(recorded[0][1])
    changes = printed["robustness"]["changes"]
    assert [one["change"] for one in changes] == ["as it is", *VARIANTS]
    assert (changes[0]["fall"], changes[0]["mean_shift"]) == (0, 0)
    assert changes[0]["auc"] == printed["test"]["malignancy_auc"]["value"]
    for one in changes:
        assert one["images"] == printed["test"]["images"]  # few enough for all of them
        assert one["fall"] == pytest.approx(changes[0]["auc"] - one["auc"])
    turned, cropped = changes[-1], changes[5]
    assert turned["fall"] == pytest.approx(0, abs=0.01)  # all turns are seen anyway
    assert cropped["mean_shift"] == pytest.approx(0, abs=0.01)  # the centre square is what is seen anyway
    assert [one["side"] for one in printed["sizes"]] == [150, 100, 75, 64, 48]
    assert [one["declined"] == 1 for one in printed["sizes"]] == [False] * 4 + [True]
    assert (printed["clinical"]["images"], printed["clinical"]["patients"]) == (6, 5)
    assert printed["not_skin"]["held_out"]["declined"] == 1
    assert printed["not_skin"]["held_out"]["judged"] == []
    assert printed["speed"]["median_ms"] > 0
    assert 0 < printed["test"]["outline"]["dice"] < 1


def test_the_test_part_can_stay_closed(tiny_artifact, folder, tmp_path):
    arguments = ("--data", folder, "--artifacts", tiny_artifact, "--out", tmp_path, "--parts", "validation")
    status, text = run(*arguments)
    printed = json.loads(text)
    assert status == 0
    assert "test" not in printed
    assert printed["robustness"]["part"] == "validation"


def test_the_card_and_the_pictures_lie_beside_the_manifest(recorded):
    _, report, root = recorded
    for place in (report, root / VERSION):
        for name in ("roc.png", "reliability.png", "confusion.png"):
            with Image.open(place / name) as picture:
                assert min(picture.size) > 300
    said = read_manifest(VERSION, root).card
    test = read_manifest(VERSION, root).metrics["test"]
    assert f"{test['malignancy_auc']['value']:.3f}" in said
    assert "CC BY-NC 4.0" in said
    assert f"`python -m ml.evaluate --version {VERSION} --record`" in said
    assert "does not diagnose" in said


def test_the_card_says_which_networks_turn_with_the_photo(recorded):
    manifest = read_manifest(VERSION, recorded[2])
    words = "(Cohen and Welling, ICML 2016), in 1 of 1, see the same in every turn."
    assert words not in card(manifest)
    manifest.data["training"]["networks"][0]["recipe"]["shape"]["turning"] = True
    assert words in card(manifest)


def test_a_recorded_artifact_still_loads(recorded):
    assert load_classifier(VERSION, recorded[2]).manifest.metrics["test"]["images"] == 42


def test_without_record_the_artifact_is_left_alone(tiny_artifact, folder, tmp_path):
    before = (tiny_artifact / VERSION / "manifest.json").read_bytes()
    status, _ = run("--data", folder, "--artifacts", tiny_artifact, "--out", tmp_path)
    assert status == 0
    assert (tiny_artifact / VERSION / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("what", ["no data", "no model", "another split"])
def test_what_is_missing_is_named(what, tiny_artifact, folder, tmp_path, capsys):
    root = shutil.copytree(tiny_artifact, tmp_path / "artifacts")
    path = root / VERSION / "manifest.json"
    if what == "another split":
        path.write_text(json.dumps(json.loads(path.read_text()) | {"split": {"sha256": "0"}}))
    data = tmp_path if what == "no data" else folder
    version = "t-9" if what == "no model" else VERSION
    status, _ = run("--data", data, "--artifacts", root, "--version", version, "--out", tmp_path / "out")
    said = {"no data": METADATA, "no model": "Model t-9", "another split": "another split than ml/split.csv"}
    assert status == 2
    assert said[what] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# By hand ------------------------------------------------------------------------------------


def test_benign_photos_do_not_count_against_melanoma():
    malignant = np.array([True, True, True, True, False, False, False, False, False])
    melanoma = np.array([True, True, False, False, False, False, False, False, False])
    probability = np.array([0.9, 0.2, 0.8, 0.7, 0.6, 0.1, 0.1, 0.1, 0.1])
    answered = np.array([False] + [True] * 8)
    assert at_threshold(malignant, melanoma, probability, 0.6, answered) == {
        "threshold": 0.6,
        "sensitivity": 3 / 4,
        "sensitivity_declined_missed": 2 / 4,
        "specificity": 4 / 5,
        "ppv": 3 / 4,
        "melanoma_sensitivity": 1 / 2,
    }


def one_hot(classes: list[int]) -> np.ndarray:
    return np.eye(len(CLASSES))[classes]


def test_class_figures_leave_out_a_class_without_images():
    labels = np.array([0, 0, 1, 1, 1, 5])
    figures = class_figures(labels, one_hot([0, 1, 1, 1, 5, 5]))
    assert figures["accuracy"] == 4 / 6
    assert [figures["each"][name]["recall"] for name in ("akiec", "bcc", "nv")] == [1 / 2, 2 / 3, 1]
    assert figures["balanced_accuracy"] == pytest.approx((1 / 2 + 2 / 3 + 1) / 3)
    assert np.isnan(figures["each"]["mel"]["recall"])
    assert figures["each"]["bcc"]["images"] == 3


def test_the_confusion_table_has_the_truth_in_its_rows():
    labels = np.array([0, 0, 5])
    table = np.array(curves(labels < 2, np.array([0.9, 0.8, 0.1]), labels, one_hot([0, 5, 5]))["confusion"])
    assert (table[0, 0], table[0, 5], table[5, 5]) == (1, 1, 1)
    assert table.sum() == 3


def test_a_subgroup_too_small_for_an_auc_has_none(recorded, folder):
    rows = Ham10000(folder).part("test")
    printed = json.loads(recorded[0][1])["test"]["subgroups"]
    assert set(printed) == {"sex", "age", "site", "dx_type"}
    assert printed["sex"]["female"]["images"] == len(rows)
    assert "auc" in printed["sex"]["female"]
    few = [row for row in rows if row.malignant][:9] + [row for row in rows if not row.malignant]

    class Scores:
        malignancy = np.linspace(0, 1, len(few))

    found = subgroups(few, Scores(), 0.5, rounds=10)["sex"]["female"]
    assert (found["images"], found["malignant"]) == (len(few), 9)
    assert "auc" not in found
