"""The yardstick: a network of the original site's kind, measured as ours is."""

import json

import keras
import numpy as np
import pytest

from benchmarks import original_cnn
from benchmarks.inference import multiply_accumulates
from ml.data import Row, split_sha256
from ml.labels import CLASSES, MALIGNANT
from ml.manifest import REQUIRED, ArtifactError, read_manifest
from tests.ham10000 import make_rows, write_zip
from tests.pictures import encoded, mole_image

PART = {
    "malignancy_auc": {"value": 0.9, "interval": [0.88, 0.92]},
    "classes": {"macro_auc": 0.91, "accuracy": 0.8, "balanced_accuracy": 0.6},
    "ece": {"value": 0.02},
    "at_own_95": {"specificity": 0.65, "melanoma_sensitivity": 0.925},
}


def write_manifest(root, **changed):
    folder = root / "measured-1"
    folder.mkdir()
    data = dict.fromkeys(REQUIRED, 1) | {
        "version": folder.name,
        "split": {"sha256": split_sha256()},
        "metrics": {"validation": PART, "test": PART},
    }
    (folder / "manifest.json").write_text(json.dumps(data | changed))
    return root


def test_it_is_made_of_the_original_sites_layers():
    network = original_cnn.build()
    kinds = {type(layer).__name__ for layer in network.layers}
    assert kinds >= {"Conv2D", "MaxPooling2D", "BatchNormalization", "Dropout", "Flatten", "Dense"}
    assert (network.input_shape, network.output_shape) == ((None, 28, 28, 3), (None, 7))


def dark_if_malignant(row):
    """So plain that sixty steps learn it on any machine."""
    image = mole_image(200, 150, seed=int(row["image_id"][-4:]))
    return encoded(image.point(lambda value: int(value * (0.3 if row["dx"] in MALIGNANT else 1))))


def test_one_command_trains_measures_and_compares(tmp_path, capsys):
    data = write_zip(tmp_path / "data", make_rows(), dark_if_malignant)
    arguments = ["--data", str(data), "--epochs", "60", "--json"]
    assert original_cnn.main([*arguments, "--artifacts", str(write_manifest(tmp_path))]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["epochs"], said["seed"], list(said["networks"])) == (60, 1, ["original", "measured-1"])
    for part in ("validation", "test"):
        assert said["networks"]["measured-1"][part] == PART
        auc = said["networks"]["original"][part]["malignancy_auc"]
        assert auc["interval"][0] <= auc["value"] <= auc["interval"][1] <= 1
        assert auc["value"] > 0.9  # as found in it, not copied from the other


def test_the_figures_are_those_of_the_probabilities():
    labels = [CLASSES.index(dx) for dx in ("mel", "mel", "bcc", "nv", "nv", "bkl")]
    rows = [Row(f"ISIC_{n}", f"HAM_{n}", CLASSES[i], "histo", None, "", "") for n, i in enumerate(labels)]
    found = original_cnn.figures(np.eye(7)[labels] * 0.93 + 0.01, rows, rounds=20)
    assert (found["malignancy_auc"]["value"], found["classes"]["accuracy"]) == (1, 1)
    assert found["at_own_95"] == {"specificity": 1, "melanoma_sensitivity": 1}


def test_the_table_shows_each_network_beside_the_other():
    lines = original_cnn.table({"original": {"test": PART}, "measured-1": {"test": PART}}).splitlines()
    shown = ["0.900", "(0.880", "to", "0.920)", "0.910", "0.800", "0.600", "0.020", "0.650", "0.925"]
    assert lines[1].split() == ["test", "original", *shown]
    assert lines[2].split() == ["test", "measured-1", *shown]


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"split": {"sha256": "0" * 64}}, "another split"), ({"metrics": {}}, "was not measured")],
)
def test_figures_that_cannot_be_compared_are_refused(changed, message, tmp_path):
    with pytest.raises(ArtifactError, match=message):
        original_cnn.compared(read_manifest("measured-1", write_manifest(tmp_path, **changed)))


def test_a_folder_without_the_data_is_said_before_anything_is_trained(tmp_path, capsys):
    arguments = ["--data", str(tmp_path), "--artifacts", str(write_manifest(tmp_path))]
    assert original_cnn.main(arguments) == 2
    assert "holds no HAM10000_metadata.csv" in capsys.readouterr().err


def test_multiply_accumulates_by_hand():
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, strides=2, padding="same"), keras.layers.Flatten()]
    )
    model = keras.Sequential([keras.Input((8, 8, 3)), inner, keras.layers.Dense(7)])
    # 3 x 3 x 3 x 4 weights at each of 4 x 4 places, and 64 x 7.
    assert multiply_accumulates(model) == 108 * 16 + 448
