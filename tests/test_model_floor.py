"""The network that ships is as good as its card says, measured again on the real images."""

import numpy as np
import pytest
from django.conf import settings

from ml import metrics
from ml.data import Ham10000
from ml.report.scored import score

FLOOR = 0.86


@pytest.fixture(scope="module")
def measured(lesion_data):
    """What is recorded of the shipped classifier on the last part that was opened, that part's rows, and
    what it says of them now."""
    from ml.predict import load_classifier

    classifier, data = load_classifier(settings.MODEL_VERSION, settings.MODEL_FOLDER), Ham10000(lesion_data)
    manifest = classifier.manifest
    part = "test" if "test" in manifest.metrics else "validation"
    rows = data.part(part)
    scored = score(classifier, data.pictures(rows))
    return manifest.metrics[part], rows, scored, manifest.thresholds


def test_the_recorded_auc_is_measured_again_and_reaches_the_floor(measured):
    recorded, rows, scored, _ = measured
    probability = scored.malignancy
    auc = metrics.auc(np.array([row.malignant for row in rows]), probability)
    recorded = recorded["malignancy_auc"]
    # Another processor may swap a pair or two of equal rank, 3e-6 each.
    assert auc == pytest.approx(recorded["value"], abs=1e-5)
    assert auc >= FLOOR
    assert recorded["interval"][0] < auc < recorded["interval"][1]


def test_the_bands_catch_what_the_card_says(measured):
    recorded, rows, scored, thresholds = measured
    probability = scored.malignancy
    malignant = np.array([row.malignant for row in rows])
    for name in ("low", "raised"):
        figures = recorded[f"at_{name}"]
        flagged = probability >= thresholds[name]
        assert metrics.sensitivity(malignant, flagged) == pytest.approx(figures["sensitivity"], abs=1e-3)
        assert metrics.specificity(malignant, flagged) == pytest.approx(figures["specificity"], abs=1e-3)


def test_calibration_is_what_the_card_says(measured):
    recorded, rows, scored, _ = measured
    probability = scored.malignancy
    malignant = np.array([row.malignant for row in rows])
    assert metrics.ece(malignant, probability) == pytest.approx(recorded["ece"]["value"], abs=1e-3)
    assert probability.mean() == pytest.approx(malignant.mean(), abs=0.03)


def test_few_good_photos_are_declined(measured):
    recorded, rows, scored, _ = measured
    declined = (scored.declined != "").sum()
    assert declined == pytest.approx(recorded["declined"]["all"], abs=2)
    assert declined / len(rows) <= 0.02
