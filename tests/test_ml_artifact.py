"""What is written is what is read: the network, its calibration, its thresholds."""

import hashlib
import json
import shutil
import sys

import keras
import numpy as np
import pytest

from ml import artifact, calibrate, metrics
from ml.artifact import malignancy, write_artifact
from ml.labels import CLASSES, MALIGNANT
from ml.manifest import ArtifactError, read_manifest, versions
from ml.model import build
from ml.predict import load_classifier
from tests.artifacts import VERSION, made_up, write_tiny


@pytest.fixture
def root(tiny_artifact, tmp_path):
    """A copy that a test may break."""
    return shutil.copytree(tiny_artifact, tmp_path / "artifacts")


def test_the_manifest_says_what_was_written(tiny_artifact):
    manifest = read_manifest(VERSION, tiny_artifact)
    network = (tiny_artifact / VERSION / "model.keras").read_bytes()
    assert manifest.data["sha256"] == hashlib.sha256(network).hexdigest()
    assert (manifest.version, manifest.side) == (VERSION, 32)
    assert (manifest.classes, manifest.malignant) == (CLASSES, MALIGNANT)
    assert manifest.metrics == {}  # before the first evaluation
    assert "CC BY-NC 4.0" in manifest.data["licence"]
    assert versions(tiny_artifact) == [VERSION]


def test_the_thresholds_catch_99_and_95_percent_of_the_validation_part(tiny_artifact):
    manifest = read_manifest(VERSION, tiny_artifact)
    logits, rows = made_up()
    malignant = np.array([row.malignant for row in rows])
    probability = malignancy(
        calibrate.fit(logits, np.array([CLASSES.index(r.dx) for r in rows])).apply(logits)
    )
    low, raised = manifest.thresholds["low"], manifest.thresholds["raised"]
    assert 0 < low <= raised < 1
    assert metrics.sensitivity(malignant, probability >= low) >= 0.99
    assert metrics.sensitivity(malignant, probability >= raised) >= 0.95
    assert metrics.sensitivity(malignant, probability > raised) < 0.95


def test_a_band_starts_at_its_threshold(tiny_artifact):
    manifest = read_manifest(VERSION, tiny_artifact)
    low, raised = manifest.thresholds["low"], manifest.thresholds["raised"]
    bands = {0.0: "low", np.nextafter(low, 0): "low", low: "unclear", np.nextafter(raised, 0): "unclear"}
    for probability, band in (bands | {raised: "raised", 1.0: "raised"}).items():
        assert manifest.band(probability) == band


def test_a_written_network_is_read_as_it_was(tmp_path):
    keras.utils.set_random_seed(3)
    model, (logits, rows) = build(32, channels=(4, 8)), made_up()
    write_artifact(version="t-1", model=model, recipe={}, minutes=1, logits=logits, rows=rows, root=tmp_path)
    classifier = load_classifier("t-1", tmp_path)
    pixels = np.random.default_rng(3).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    found = classifier.logits(pixels)
    assert found == pytest.approx(np.asarray(model(pixels.astype(np.float32), training=False)), abs=1e-5)
    assert classifier.logits(pixels[:1]) == pytest.approx(found[:1], abs=1e-5)  # however many at once
    p = classifier.probabilities(logits)
    assert p.sum(axis=1) == pytest.approx(1)
    shares = np.bincount([CLASSES.index(row.dx) for row in rows]) / len(rows)
    assert p.mean(axis=0) == pytest.approx(shares, abs=0.01)


def test_malignancy_is_the_sum_of_the_malignant_classes():
    p = np.array([[0.1, 0.2, 0.05, 0.05, 0.3, 0.25, 0.05]])  # akiec, bcc, bkl, df, mel, nv, vasc
    assert malignancy(p) == pytest.approx([0.1 + 0.2 + 0.3])


def test_a_network_too_large_to_ship_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(artifact, "MAX_BYTES", 10_000)
    with pytest.raises(ValueError, match=r"bytes; at most 10,000 are shipped"):
        write_tiny(tmp_path)
    assert versions(tmp_path) == []


def test_the_manifest_names_no_folder_of_this_machine(tmp_path, monkeypatch):
    arguments = ["--data", "/home/anna/secret", "--run=/home/anna/runs", "--version", "tiny-1"]
    monkeypatch.setattr(sys, "argv", ["ml.train", *arguments])
    write_tiny(tmp_path)
    assert read_manifest(VERSION, tmp_path).data["training"]["command"] == (
        "python -m ml.train --data DIR --run=DIR --version tiny-1"
    )


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
        ({"malignant": ["scc"]}, "manifest.json is damaged"),
        ({"calibration": {"temperature": 1.0}}, "manifest.json is damaged"),
        ({"thresholds": {"low": 0.1}}, "manifest.json is damaged"),
        ({"version": "tiny-2"}, "lacks its version"),
        ({"sha256": "0" * 64}, "its SHA-256 is another"),
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
        data = json.loads(manifest.read_text()) | {"sha256": hashlib.sha256(content).hexdigest()}
        manifest.write_text(json.dumps(data))
        with pytest.raises(ArtifactError, match=r"Model tiny-1: Keras could not load model\.keras"):
            load_classifier(VERSION, root)
