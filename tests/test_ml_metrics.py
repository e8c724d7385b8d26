"""Every figure against an example worked by hand."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ml import metrics

# Sixteen malignant photos of which twelve are flagged, twenty-four benign of which six are.
MALIGNANT = np.array([True] * 16 + [False] * 24)
FLAGGED = np.array([True] * 12 + [False] * 4 + [True] * 6 + [False] * 18)
NONE, ALL = np.zeros(4, bool), np.ones(4, bool)


def test_sensitivity_is_the_share_of_the_malignant_that_is_flagged():
    assert metrics.sensitivity(MALIGNANT, FLAGGED) == 12 / 16


def test_specificity_is_the_share_of_the_benign_that_is_not():
    assert metrics.specificity(MALIGNANT, FLAGGED) == 18 / 24


def test_ppv_is_the_share_of_the_flagged_that_is_malignant():
    assert metrics.ppv(MALIGNANT, FLAGGED) == 12 / 18


@pytest.mark.parametrize(
    ("figure", "malignant", "second"),
    [
        (metrics.sensitivity, NONE, ALL),
        (metrics.specificity, ALL, ALL),
        (metrics.ppv, ALL, NONE),
        (metrics.auc, NONE, np.arange(4.0)),
        (metrics.auc, ALL, np.arange(4.0)),
    ],
)
def test_an_undefined_ratio_is_nan(figure, malignant, second):
    assert math.isnan(figure(malignant, second))


def test_auc_counts_the_pairs_in_which_the_malignant_scores_higher():
    malignant = np.array([True, True, False, False, False])
    # 0.9 is above all three benign, 0.4 above two of them.
    assert metrics.auc(malignant, np.array([0.9, 0.4, 0.5, 0.3, 0.1])) == 5 / 6


def test_a_tie_counts_one_half():
    malignant = np.array([True, True, False, False])
    # 0.5 beats 0.2 and ties with 0.5; 0.1 beats nobody: 1.5 of 4 pairs.
    assert metrics.auc(malignant, np.array([0.5, 0.1, 0.5, 0.2])) == 1.5 / 4
    assert metrics.auc(malignant, np.full(4, 0.3)) == 2 / 4


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_scikit_learns_where_scores_are_tied(seed):
    rng = np.random.default_rng(seed)
    malignant = rng.random(500) < 0.2
    probability = np.round(rng.random(500) * 0.7 + malignant * 0.3, 1)
    assert metrics.auc(malignant, probability) == pytest.approx(
        roc_auc_score(malignant, probability), abs=1e-12
    )


# Twenty malignant photos at 0.05, 0.10, ... 1.00, and one benign photo that must not matter.
TWENTY = np.append(np.arange(1, 21) / 20, 0.999)
OF_TWENTY = np.array([True] * 20 + [False])


@pytest.mark.parametrize(
    ("target", "threshold"),
    [(0.95, 2 / 20), (0.99, 1 / 20), (1.0, 1 / 20), (0.9, 3 / 20), (0.05, 20 / 20), (0.0, 20 / 20)],
)
def test_the_threshold_is_the_highest_that_reaches_the_sensitivity(target, threshold):
    found = metrics.threshold_at_sensitivity(OF_TWENTY, TWENTY, target)
    assert found == threshold
    assert metrics.sensitivity(OF_TWENTY, found <= TWENTY) >= target
    assert metrics.sensitivity(OF_TWENTY, np.nextafter(found, 2) <= TWENTY) < max(target, 1 / 20)


def test_a_threshold_on_ties_flags_all_of_them():
    malignant, probability = np.ones(4, bool), np.array([0.2, 0.2, 0.2, 0.9])
    assert metrics.threshold_at_sensitivity(malignant, probability, 0.5) == 0.2


def test_without_a_malignant_photo_there_is_no_threshold():
    with pytest.raises(ValueError, match="no malignant photo"):
        metrics.threshold_at_sensitivity(NONE, np.arange(4.0), 0.95)


def test_the_brier_score_is_the_mean_squared_distance():
    malignant, probability = np.array([True, False, True]), np.array([0.8, 0.4, 0.5])
    assert metrics.brier(malignant, probability) == pytest.approx((0.04 + 0.16 + 0.25) / 3)


# Bin 0 holds 0.0 and 0.04, bin 1 the edge 0.1, bin 9 holds 0.95 and 1.0.
SAID = np.array([0.0, 0.04, 0.1, 0.95, 1.0])
TRUE = np.array([False, True, False, True, True])


def test_reliability_lists_the_bins_that_are_not_empty():
    rows = metrics.reliability(TRUE, SAID)
    assert [row[0] for row in rows] == [2, 1, 2]
    assert [row[1] for row in rows] == pytest.approx([0.02, 0.1, 0.975])
    assert [row[2] for row in rows] == [1 / 2, 0 / 1, 2 / 2]


def test_ece_weighs_each_bin_by_its_photos():
    assert metrics.ece(TRUE, SAID) == pytest.approx((2 * 0.48 + 1 * 0.1 + 2 * 0.025) / 5)


def test_ece_of_a_perfect_forecast_is_nothing():
    assert metrics.ece(np.array([True, False, True, False]), np.full(4, 0.5)) == 0


def test_the_roc_goes_from_the_strictest_threshold_to_the_loosest():
    malignant = np.array([True, False, True, False, False])
    false, true = metrics.roc(malignant, np.array([0.9, 0.8, 0.5, 0.5, 0.1]))
    # Thresholds 0.9, 0.8, 0.5 (two photos at once), 0.1.
    assert true.tolist() == [0, 1 / 2, 1 / 2, 2 / 2, 2 / 2]
    assert false.tolist() == [0, 0 / 3, 1 / 3, 2 / 3, 3 / 3]


def test_the_area_under_the_roc_is_the_auc():
    rng = np.random.default_rng(3)
    malignant, probability = rng.random(300) < 0.3, np.round(rng.random(300), 2)
    false, true = metrics.roc(malignant, probability)
    assert np.trapezoid(true, false) == pytest.approx(metrics.auc(malignant, probability))


# Two hundred lesions of five photos each; the photos of one lesion are all alike.
LESIONS = np.repeat(np.arange(200), 5)
SHARE = np.repeat(np.random.default_rng(5).random(200) < 0.3, 5)


def _mean(values: np.ndarray) -> float:
    return float(values.mean())


def test_the_bootstrap_draws_whole_lesions():
    by_lesion = metrics.bootstrap(_mean, LESIONS, SHARE)
    by_photo = metrics.bootstrap(_mean, np.arange(1000), SHARE)
    widths = [high - low for low, high in (by_lesion, by_photo)]
    # Five copies of each: the interval is as wide as 200 photos give, sqrt(5) times wider.
    assert widths[0] / widths[1] == pytest.approx(math.sqrt(5), rel=0.15)
    normal = 2 * 1.96 * math.sqrt(SHARE.mean() * (1 - SHARE.mean()) / 200)
    assert widths[0] == pytest.approx(normal, rel=0.15)


def test_the_bootstrap_takes_lesions_however_they_are_ordered_and_named():
    order = np.random.default_rng(6).permutation(1000)
    names = np.array([f"HAM_{number:07}" for number in LESIONS])
    sizes = []

    def size(values: np.ndarray) -> float:
        sizes.append(len(values))
        return float(values.mean())

    shuffled = metrics.bootstrap(size, names[order], SHARE[order], rounds=200)
    assert shuffled == metrics.bootstrap(_mean, LESIONS, SHARE, rounds=200)
    assert set(sizes) == {1000}


def test_the_bootstrap_keeps_a_lesions_photos_and_labels_together():
    seen = []

    def watch(groups: np.ndarray, share: np.ndarray) -> float:
        seen.append(np.array_equal(share, SHARE[::5][groups]))
        return 0.0

    metrics.bootstrap(watch, LESIONS, LESIONS, SHARE, rounds=20)
    assert all(seen)


def test_the_bootstrap_gives_the_same_interval_for_the_same_seed():
    assert metrics.bootstrap(_mean, LESIONS, SHARE, seed=2) == metrics.bootstrap(
        _mean, LESIONS, SHARE, seed=2
    )
    assert metrics.bootstrap(_mean, LESIONS, SHARE, seed=2) != metrics.bootstrap(
        _mean, LESIONS, SHARE, seed=3
    )


def test_rounds_in_which_the_figure_is_undefined_are_left_out():
    low, high = metrics.bootstrap(metrics.auc, np.arange(4), np.array([1, 0, 0, 0]) > 0, np.arange(4.0)[::-1])
    assert (low, high) == (1.0, 1.0)


# Two lesions with a malignant and a benign photo each. Old ranks the second one's wrongly, new does not.
PAIRED = np.array(["a", "a", "b", "b"]), np.array([True, False, True, False])
OLD, NEW = np.array([0.9, 0.1, 0.4, 0.6]), np.array([0.9, 0.1, 0.8, 0.2])


def test_the_paired_bootstrap_of_two_lesions_is_what_their_four_draws_give():
    # Old has 3 of 4 pairs right, new all: 1/4. Draws aa: 1 - 1 = 0; ab and ba: 1 - 3/4; bb: 1 - 0 = 1.
    seen = []

    def auc(truth: np.ndarray, probability: np.ndarray) -> float:
        seen.append(metrics.auc(truth, probability))
        return seen[-1]

    found = metrics.paired_bootstrap(auc, *PAIRED, OLD, NEW, rounds=2000)
    assert found.value == 1 / 4
    assert found.interval == (0, 1)
    assert found.larger == pytest.approx(3 / 4, abs=0.03)
    gains = np.array(seen[0:-2:2]) - np.array(seen[1:-2:2])
    shares = {gain: np.mean(gains == gain) for gain in np.unique(gains)}
    assert shares == pytest.approx({0: 1 / 4, 1 / 4: 1 / 2, 1: 1 / 4}, abs=0.03)
    back = metrics.paired_bootstrap(metrics.auc, *PAIRED, NEW, OLD, rounds=2000)
    assert (back.value, back.interval, back.larger) == (-1 / 4, (-1, 0), 0)


def test_the_same_scores_differ_by_nothing_in_every_draw():
    rng = np.random.default_rng(7)
    probability = rng.random(1000)
    for same in (probability, probability**3):  # the order is all that an AUC knows
        found = metrics.paired_bootstrap(metrics.auc, LESIONS, SHARE, probability, same, rounds=200)
        assert (found.value, found.interval, found.larger) == (0, (0, 0), 0)


def test_what_is_hard_for_both_cancels_out_of_the_paired_bootstrap():
    rng = np.random.default_rng(8)
    old = SHARE + rng.normal(size=1000)
    new = old + 0.1 * SHARE
    found = metrics.paired_bootstrap(metrics.auc, LESIONS, SHARE, old, new)
    alone = metrics.bootstrap(metrics.auc, LESIONS, SHARE, new)
    assert found.interval[1] - found.interval[0] < (alone[1] - alone[0]) / 3
    assert 0 < found.interval[0] < found.value < found.interval[1]
    assert found.larger == 1


def test_draws_without_malignant_or_benign_photos_are_left_out_of_the_paired_bootstrap():
    malignant = np.array([True, False])
    found = metrics.paired_bootstrap(
        metrics.auc, np.arange(2), malignant, np.array([0.1, 0.2]), np.array([0.3, 0.2])
    )
    assert (found.value, found.interval, found.larger) == (1, (1, 1), 1)
    none = metrics.paired_bootstrap(metrics.auc, np.arange(4), NONE, OLD, NEW, rounds=10)
    assert np.isnan([none.value, *none.interval, none.larger]).all()
