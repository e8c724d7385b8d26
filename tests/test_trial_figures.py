"""A version on trial beside the current one, by figures worked out by hand."""

import pytest
from django.db.models.functions import Now

from diagnosis.models import Case, ModelVersion, Mole, Prediction, ShadowPrediction
from diagnosis.services import add_version, compare_trial, start_shadow
from diagnosis.services.model_versions.trials import auc, correlation
from tests.artifacts import VERSION
from tests.model_artifacts import NEW

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_trial(models_folder) -> ModelVersion:
    add_version(version=NEW)
    return start_shadow(version=NEW)


@pytest.fixture
def pair(on_trial, make_photo, owner, succeeded):
    """A photo with both versions' numbers (None: declined) and bands, and the outcome of its mole."""

    def make(current, own, bands=("low", "low"), outcome="", photo=None):
        mole = Mole.objects.create(owner=owner, name="spot")
        if outcome:
            Mole.objects.filter(pk=mole.pk).update(removed_on="2099-01-02", outcome=outcome)
        photo = photo or make_photo(mole=mole)
        prediction = photo.predictions.filter(finished_at=None).first() or Prediction.objects.create(
            photo=photo
        )
        declined = {"status": "rejected", "reason_code": "blurred", "finished_at": Now()}
        if current is None:
            Prediction.objects.filter(pk=prediction.pk).update(
                **declined, reason="Blurred.", model_version=VERSION
            )
        else:
            succeeded(prediction, current, bands[0])
        number = {
            "status": "succeeded",
            "malignancy_probability": own,
            "band": bands[1],
            "finished_at": Now(),
        }
        shadow = ShadowPrediction.objects.create(prediction=prediction, version=on_trial)
        ShadowPrediction.objects.filter(pk=shadow.pk).update(**(declined if own is None else number))
        return photo

    return make


def test_a_trial_is_compared_by_hand_worked_figures(pair, on_trial):
    pair(0.1, 0.2, outcome="benign")
    pair(0.3, 0.3, ("unclear", "raised"), outcome="benign")
    pair(0.5, 0.7, ("raised", "raised"), outcome="malignant")
    pair(0.2, 0.6, ("low", "raised"), outcome="malignant")
    pair(None, 0.4), pair(0.4, None), pair(0.4, None), pair(None, None)
    found = compare_trial(on_trial)
    assert (found.compared, found.waiting, found.failed) == (4, 0, 0)
    assert found.band_differs == pytest.approx(2 / 4)
    assert found.mean_difference == pytest.approx((0.1 + 0.0 + 0.2 + 0.4) / 4)
    # Means 0.275 and 0.45: products of the deviations 0.085, their squares 0.0875 and 0.17.
    assert found.correlation == pytest.approx(0.085 / (0.0875 * 0.17) ** 0.5)
    assert (found.declined_by_it, found.declined_by_current, found.declined_by_both) == (2, 1, 1)
    assert sorted(found.against) == [("residual128-3", 6), (VERSION, 2)]
    # Of the four pairs of a malignant and a harmless one the current version has three right.
    assert (found.ranking.malignant, found.ranking.harmless) == (2, 2)
    assert (found.ranking.on_trial, found.ranking.current) == (1.0, 0.75)


def test_a_trial_of_nothing_has_no_figures(on_trial):
    found = compare_trial(on_trial)
    assert (found.compared, found.band_differs, found.mean_difference, found.correlation) == (
        0,
        None,
        None,
        None,
    )
    assert (found.ranking.malignant, found.ranking.on_trial, found.ranking.current) == (0, None, None)


def test_readers_say_the_truth_where_the_laboratory_does_not(pair, on_trial):
    for current, own, outcome, diagnosis in ((0.5, 0.9, "", "mel"), (0.6, 0.2, "benign", "mel")):
        photo = pair(current, own, outcome=outcome)
        Case.objects.create(
            photo=photo, prediction=photo.latest_prediction, why="random", status="closed", due_at=Now(),
            closed_at=Now(), recommendation="nothing", diagnosis=diagnosis,
        )  # fmt: skip
    found = compare_trial(on_trial).ranking
    assert (found.malignant, found.harmless, found.on_trial, found.current) == (1, 1, 1.0, 0.0)


def test_a_mole_counts_once_and_the_laboratory_does_not_speak_of_its_scar(pair, on_trial, make_photo):
    scar = pair(0.9, 0.9, outcome="malignant")
    Mole.objects.filter(pk=scar.mole_id).update(removed_on="2020-01-02")
    kept = pair(0.2, 0.3, outcome="benign")
    pair(0.3, 0.4, photo=make_photo(mole=kept.mole))
    found = compare_trial(on_trial)
    assert (found.compared, found.ranking.malignant, found.ranking.harmless) == (3, 0, 1)


def test_of_a_photo_that_was_judged_twice_the_newest_counts(pair, on_trial):
    photo = pair(0.1, 0.9)
    pair(0.2, 0.3, photo=photo)
    found = compare_trial(on_trial)
    assert (found.compared, found.mean_difference) == (1, pytest.approx(0.1))


@pytest.mark.parametrize(
    ("malignant", "harmless", "expected"),
    [
        ([0.9], [0.1], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.8, 0.4], [0.5, 0.4, 0.1], (3 + 1.5) / 6),
        ([], [0.5], None),
        ([0.5], [], None),
    ],
)
def test_an_auc_counts_pairs(malignant, harmless, expected):
    assert auc(malignant, harmless) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3], [2, 4, 6], 1),
        ([1, 2, 3], [3, 2, 1], -1),
        ([1], [1], None),
        ([1, 1], [1, 2], None),
        ([], [], None),
    ],
)
def test_a_correlation_needs_two_that_differ(first, second, expected):
    found = correlation(first, second)
    assert found is None if expected is None else found == pytest.approx(expected)
