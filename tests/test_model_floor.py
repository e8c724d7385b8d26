"""The network that ships is as good as its card says, measured again on the real images."""

import numpy as np
import pytest
from django.conf import settings

from ml import metrics
from ml.artifact import malignancy
from ml.data import Ham10000

FLOOR = 0.86


@pytest.fixture(scope="module")
def measured(lesion_data):
    """The shipped classifier, the test part's rows, and its malignancy probabilities."""
    from ml.predict import load_classifier

    classifier, data = load_classifier(settings.MODEL_VERSION, settings.MODEL_FOLDER), Ham10000(lesion_data)
    rows = data.part("test")
    squares = data.squares(rows, classifier.manifest.side)
    logits = np.concatenate([classifier.logits(squares[i : i + 64]) for i in range(0, len(squares), 64)])
    return classifier.manifest, rows, malignancy(classifier.probabilities(logits))


def test_the_recorded_auc_is_measured_again_and_reaches_the_floor(measured):
    manifest, rows, probability = measured
    auc = metrics.auc(np.array([row.malignant for row in rows]), probability)
    recorded = manifest.metrics["test"]["malignancy_auc"]
    # Another processor may swap a pair or two of equal rank, 3e-6 each.
    assert auc == pytest.approx(recorded["value"], abs=1e-5)
    assert auc >= FLOOR
    assert recorded["interval"][0] < auc < recorded["interval"][1]


def test_the_bands_catch_what_the_card_says(measured):
    manifest, rows, probability = measured
    malignant = np.array([row.malignant for row in rows])
    for name in ("low", "raised"):
        recorded = manifest.metrics["test"][f"at_{name}"]
        flagged = probability >= manifest.thresholds[name]
        assert metrics.sensitivity(malignant, flagged) == pytest.approx(recorded["sensitivity"], abs=1e-3)
        assert metrics.specificity(malignant, flagged) == pytest.approx(recorded["specificity"], abs=1e-3)


def test_calibration_on_the_test_part_is_what_the_card_says(measured):
    manifest, rows, probability = measured
    malignant = np.array([row.malignant for row in rows])
    recorded = manifest.metrics["test"]
    assert metrics.ece(malignant, probability) == pytest.approx(recorded["ece"]["value"], abs=1e-3)
    assert probability.mean() == pytest.approx(malignant.mean(), abs=0.03)
