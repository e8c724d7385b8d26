"""What is written is what is read: the network, its calibration, its thresholds."""

import hashlib
import json
import shutil
from dataclasses import asdict

import keras
import numpy as np
import pytest

from ml import artifact, metrics
from ml.data import Ham10000, class_indices
from ml.labels import CLASSES, MALIGNANT
from ml.manifest import ArtifactError, read_manifest, versions
from ml.members import read_members
from ml.metrics import malignancy
from ml.predict import load_classifier
from ml.recipe import Recipe, keep_recipe
from ml.views import TURNS
from tests.artifacts import VERSION, member, tiny_network, write_tiny
from tests.ham10000 import make_rows, write_zip
from tests.pictures import mole_image


@pytest.fixture
def root(tiny_artifact, tmp_path):
    """A copy that a test may break."""
    return shutil.copytree(tiny_artifact, tmp_path / "artifacts")


def test_the_manifest_says_what_was_written(tiny_artifact):
    manifest = read_manifest(VERSION, tiny_artifact)
    assert set(manifest.data["files"]) == {"model.keras", "known.npz"}
    for name, digest in manifest.data["files"].items():
        assert hashlib.sha256((tiny_artifact / VERSION / name).read_bytes()).hexdigest() == digest
    assert (manifest.version, manifest.side) == (VERSION, 32)
    assert (manifest.classes, manifest.malignant) == (CLASSES, MALIGNANT)
    assert manifest.metrics == {}  # before the first evaluation
    assert "CC BY-NC 4.0" in manifest.data["licence"]
    assert versions(tiny_artifact) == [VERSION]


@pytest.fixture(scope="module")
def validation(tiny_artifact, tmp_path_factory):
    """What the tiny classifier sees on the validation part it was fitted on, and that part's rows."""
    data = Ham10000(write_zip(tmp_path_factory.mktemp("data"), make_rows(lesions=4, photos=2)))
    classifier, rows = load_classifier(VERSION, tiny_artifact), data.part("validation")
    return classifier, rows, [classifier.see(classifier.look(one)) for one in data.pictures(rows)]


def test_the_thresholds_catch_99_and_95_percent_of_the_validation_part(validation):
    classifier, rows, seen = validation
    malignant = np.array([row.malignant for row in rows])
    probability = np.array([one.malignancy for one in seen])
    low, raised = (classifier.manifest.thresholds[name] for name in ("low", "raised"))
    assert 0 < low <= raised < 1
    assert metrics.sensitivity(malignant, probability >= low) >= 0.99
    assert metrics.sensitivity(malignant, probability >= raised) >= 0.95
    last = probability[probability >= raised].min()
    assert metrics.sensitivity(malignant, probability > last) < 0.95


def test_calibrated_probabilities_are_as_frequent_as_their_classes(validation):
    _, rows, seen = validation
    p = np.array([one.probabilities for one in seen])
    assert p.sum(axis=1) == pytest.approx(1)
    shares = np.bincount(class_indices(rows), minlength=7) / len(rows)
    assert p.mean(axis=0) == pytest.approx(shares, abs=0.03)


def test_the_conformal_set_holds_the_true_class_in_nine_of_ten_of_the_validation_part(validation):
    classifier, rows, seen = validation
    held = np.mean([row.dx in classifier.conformal_set(one) for row, one in zip(rows, seen, strict=True)])
    assert held >= 0.9


def test_turning_the_photo_changes_neither_the_probability_nor_the_stability(validation):
    classifier, _, _ = validation
    squares = classifier.look(mole_image(64, 64))
    turned = np.stack([np.rot90(square)[:, ::-1] for square in squares])
    one, other = classifier.see(squares), classifier.see(turned)
    assert other.malignancy == pytest.approx(one.malignancy, abs=1e-5)
    assert other.stability == pytest.approx(one.stability, abs=1e-5)


def test_a_band_starts_at_its_threshold(tiny_artifact):
    manifest = read_manifest(VERSION, tiny_artifact)
    low, raised = manifest.thresholds["low"], manifest.thresholds["raised"]
    bands = {0.0: "low", np.nextafter(low, 0): "low", low: "unclear", np.nextafter(raised, 0): "unclear"}
    for probability, band in (bands | {raised: "raised", 1.0: "raised"}).items():
        assert manifest.band(probability) == band


def test_a_written_network_is_the_mean_of_its_members(tmp_path):
    data = Ham10000(write_zip(tmp_path / "data", make_rows(lesions=4, photos=2)))
    classifier = load_classifier(VERSION, write_tiny(tmp_path / "root", members=2))
    pixels = np.random.default_rng(3).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    alone = [np.asarray(tiny_network(data, seed=seed)(pixels.astype(float))["logits"]) for seed in (1, 2)]
    found = classifier.run(pixels)["logits"][::TURNS]  # of the untouched
    assert found == pytest.approx(np.mean(alone, axis=0), abs=1e-4)
    first = classifier.run(pixels[:1])["logits"][::TURNS]
    assert first == pytest.approx(found[:1], abs=1e-5)  # however many at once
    networks = classifier.manifest.data["training"]["networks"]
    assert [one["command"] for one in networks] == [f"python -m ml.train --run runs/{n}" for n in (1, 2)]
    assert [one["recipe"]["seed"] for one in networks] == [1, 2]


def test_a_packed_network_is_smaller_and_the_same(tmp_path):
    data = Ham10000(write_zip(tmp_path / "data", make_rows(lesions=4, photos=2)))
    model = tiny_network(data)
    model.save(tmp_path / "plain.keras")
    artifact.save_packed(model, tmp_path / "packed.keras")
    assert (tmp_path / "packed.keras").stat().st_size < 0.9 * (tmp_path / "plain.keras").stat().st_size
    again = keras.models.load_model(tmp_path / "packed.keras", compile=False)
    for weight, before in zip(again.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(weight, before)


def test_a_version_can_be_made_of_an_earlier_ones_networks(tmp_path):
    data = Ham10000(write_zip(tmp_path / "data", make_rows(lesions=4, photos=2)))
    one, two = read_members(write_tiny(tmp_path, members=2) / VERSION)
    assert [asdict(found.recipe) for found in (one, two)] == [
        asdict(member(data, seed=n).recipe) for n in (1, 2)
    ]
    pixels = np.random.default_rng(3).integers(0, 256, (2, 32, 32, 3)).astype(float)
    for number, found in enumerate((one, two)):
        expected = tiny_network(data, seed=number + 1)(pixels)
        for name, value in found.model(pixels).items():
            assert np.asarray(value) == pytest.approx(np.asarray(expected[name]), abs=1e-5)
    assert (one.command, one.minutes) == ("python -m ml.train --run runs/1", 0.1)


def test_another_networks_weights_look_elsewhere(tmp_path, validation):
    """The sanity check of Adebayo et al. 2018: what random weights leave as it is explains nothing."""
    classifier, _, seen = validation
    other = load_classifier(VERSION, write_tiny(tmp_path, members=2))
    squares = classifier.look(mole_image(64, 64))
    one, two = classifier.see(squares), other.see(squares)
    assert not np.allclose(one.maps.mean(axis=-1), two.maps.mean(axis=-1), atol=1e-3)
    assert len(seen) == 56


def test_a_run_that_has_not_come_to_its_end_makes_no_artifact(tmp_path):
    (tmp_path / "command.txt").write_text("python -m ml.train --run runs/a")
    (tmp_path / "history.json").write_text("[]")
    keep_recipe(Recipe(), tmp_path)
    with pytest.raises(FileNotFoundError, match="its training has not come to its end"):
        read_members(tmp_path)


def test_the_command_says_in_a_line_why_it_made_nothing(tmp_path, monkeypatch, capsys):
    arguments = ["--data", str(tmp_path), "--version", "none-1", "--runs", str(tmp_path / "run")]
    monkeypatch.setattr("sys.argv", ["ml.artifact", *arguments])
    assert artifact.main() == 2
    assert "is neither the folder of a training nor an artifact." in capsys.readouterr().err


def test_malignancy_is_the_sum_of_the_malignant_classes():
    p = np.array([[0.1, 0.2, 0.05, 0.05, 0.3, 0.25, 0.05]])  # akiec, bcc, bkl, df, mel, nv, vasc
    assert malignancy(p) == pytest.approx([0.1 + 0.2 + 0.3])


def test_a_network_too_large_to_ship_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(artifact, "MAX_BYTES", 10_000)
    with pytest.raises(ArtifactError, match=r"bytes; at most 10,000 are shipped"):
        write_tiny(tmp_path)
    assert versions(tmp_path) == []


@pytest.mark.parametrize("version", ["", ".", "..", "a/b", "../artifacts/tiny-1", "/etc"])
def test_no_version_leads_out_of_the_folder(version, tiny_artifact):
    with pytest.raises(ArtifactError, match="no name of a model version"):
        read_manifest(version, tiny_artifact)


def test_a_model_that_is_not_there_is_named(tiny_artifact):
    with pytest.raises(ArtifactError, match=r"Model t-9: there is no .*manifest\.json"):
        load_classifier("t-9", tiny_artifact)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", '{"version": "tiny-1"}', "\udcff"])
def test_a_damaged_manifest_is_named(text, root):
    (root / VERSION / "manifest.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ArtifactError, match=r"Model tiny-1: its manifest\.json"):
        load_classifier(VERSION, root)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"side": 48}, "shapes are not those"),
        ({"side": "wide"}, "manifest.json is damaged"),
        ({"classes": ["mel", "nv"]}, "shapes are not those"),
        ({"classes": list(reversed(CLASSES))}, "manifest.json is damaged"),
        ({"malignant": ["scc"]}, "manifest.json is damaged"),
        ({"calibration": {"temperature": 1.0}}, "manifest.json is damaged"),
        ({"thresholds": {"low": 0.1}}, "manifest.json is damaged"),
        ({"version": "tiny-2"}, "lacks its version"),
        ({"files": {"model.keras": "0" * 64}}, "model.keras is damaged"),
        ({"farthest": {"clinical": 1}}, "manifest.json is damaged"),
        ({"stability": {}}, "manifest.json is damaged"),
        ({"conformal": None}, "manifest.json is damaged"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(change, message, root):
    path = root / VERSION / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ArtifactError, match=f"Model tiny-1: .*{message}"):
        load_classifier(VERSION, root)


def test_a_network_that_is_no_network_is_named_even_with_its_sha256(root):
    network, manifest = root / VERSION / "model.keras", root / VERSION / "manifest.json"
    for content in (b"", b"no network", network.read_bytes()[:2000]):
        network.write_bytes(content)
        data = json.loads(manifest.read_text())
        data["files"]["model.keras"] = hashlib.sha256(content).hexdigest()
        manifest.write_text(json.dumps(data))
        with pytest.raises(ArtifactError, match=r"Model tiny-1: Keras could not load model\.keras"):
            load_classifier(VERSION, root)


@pytest.mark.parametrize("content", [b"", b"no arrays", None])
def test_knowledge_that_is_missing_or_damaged_is_named(content, root):
    path = root / VERSION / "known.npz"
    path.unlink() if content is None else path.write_bytes(content)
    said = "is missing from" if content is None else "is damaged"
    with pytest.raises(ArtifactError, match=f"Model tiny-1: known.npz {said}"):
        load_classifier(VERSION, root)


def test_several_versions_live_side_by_side(root, tmp_path):
    write_tiny(root, "tiny-2", side=48)
    assert versions(root) == ["tiny-1", "tiny-2"]
    assert [load_classifier(name, root).manifest.side for name in versions(root)] == [32, 48]


def test_the_prior_is_shifted_by_the_odds(tiny_artifact):
    manifest = read_manifest(VERSION, tiny_artifact)
    assert manifest.data["prevalence"] == 24 / 56  # three of seven classes
    manifest.data["prevalence"] = 0.2
    # By hand: 0.5 x 0.02 / 0.2 against 0.5 x 0.98 / 0.8.
    assert manifest.at_prevalence(0.5, 0.02) == pytest.approx(0.05 / (0.05 + 0.6125))
    assert manifest.at_prevalence(0.37, 0.2) == pytest.approx(0.37)
    assert (manifest.at_prevalence(0.0, 0.02), manifest.at_prevalence(1.0, 0.02)) == (0, 1)


@pytest.mark.parametrize("prevalence", [0, 1, -0.1, 2, float("nan")])
def test_a_prevalence_that_is_none_is_refused(prevalence, tiny_artifact):
    with pytest.raises(ValueError, match="between 0 and 1"):
        read_manifest(VERSION, tiny_artifact).at_prevalence(0.5, prevalence)
