import numpy as np
import pytest

from ml import calibrate, metrics
from ml.calibrate import Calibration
from ml.labels import MALIGNANT_INDICES

BIASES = np.array([-1.0, -0.5, 0.0, 0.2, 0.3, 1.5, -0.5])


def drawn(calibration: Calibration, count: int = 20_000, spread: float = 2.0):
    """Logits, and labels drawn from the probabilities that `calibration` makes of them."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(count, 7)) * spread
    steps = calibration.apply(logits).cumsum(axis=1)
    return logits, (steps < rng.random((count, 1))).sum(axis=1).clip(0, 6)


def log_loss(calibration: Calibration, logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(calibration.apply(logits)[np.arange(len(labels)), labels]).mean())


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 8.0, 50.0])
def test_a_known_temperature_and_known_biases_are_found(temperature):
    known = Calibration(temperature, tuple(BIASES))
    fitted = calibrate.fit(*drawn(known, spread=2 * temperature))
    assert fitted.temperature == pytest.approx(temperature, rel=0.05)
    assert fitted.biases == pytest.approx(BIASES, abs=0.1)
    assert sum(fitted.biases) == pytest.approx(0, abs=1e-9)


def test_it_lowers_the_log_loss_of_overconfident_logits():
    logits, labels = drawn(Calibration(3.0, tuple(BIASES)))
    before, after = calibrate.identity(7), calibrate.fit(logits, labels)
    assert log_loss(after, logits, labels) < log_loss(before, logits, labels) - 0.1


def test_no_calibration_near_it_is_better():
    logits, labels = drawn(Calibration(0.7, tuple(BIASES)), count=2000)
    best = calibrate.fit(logits, labels)

    def cost(c: Calibration) -> float:
        return log_loss(c, logits, labels) + calibrate.RIDGE / 2 * np.sum(np.square(c.biases))

    for factor in (0.98, 1.02):
        assert cost(Calibration(best.temperature * factor, best.biases)) > cost(best)
    for number in range(7):
        for change in (-0.02, 0.02):
            biases = np.array(best.biases)
            biases[number] += change
            assert cost(Calibration(best.temperature, tuple(biases))) > cost(best)


def test_biases_undo_what_balanced_drawing_did_to_the_prior():
    # Nine of ten are class 5 in nature; a network trained on as many of each knows nothing of it.
    rng = np.random.default_rng(2)
    labels = np.where(rng.random(5000) < 0.9, 5, 4)
    logits = rng.normal(size=(5000, 7)) + 2 * np.eye(7)[labels] - 5 * ~np.isin(np.arange(7), (4, 5))
    share = calibrate.fit(logits, labels).apply(logits).mean(axis=0)
    assert share[5] == pytest.approx((labels == 5).mean(), abs=0.01)
    assert calibrate.identity(7).apply(logits).mean(axis=0)[5] < 0.86


def test_probabilities_sum_to_one_however_large_the_logits():
    rng = np.random.default_rng(3)
    for spread in (1e-6, 1.0, 1e4):
        p = Calibration(0.5, tuple(BIASES)).apply((rng.normal(size=(50, 7)) * spread).astype(np.float32))
        assert np.isfinite(p).all()
        assert p.sum(axis=1) == pytest.approx(1, abs=1e-12)


def test_no_calibration_is_the_softmax():
    assert calibrate.identity(2).apply(np.array([[0.0, np.log(3)]])) == pytest.approx(
        np.array([[0.25, 0.75]])
    )


def test_the_order_of_the_malignancy_is_kept_by_a_temperature():
    p = [Calibration(t, (0.0, 0.0)).apply(np.array([[0.0, 1.0], [0.0, 2.0]]))[:, 1] for t in (0.5, 4.0)]
    assert all(first < second for first, second in p)


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan, np.inf])
def test_logits_that_are_all_the_same_or_no_numbers_are_refused(value):
    with pytest.raises(ValueError, match="logits"), np.errstate(invalid="ignore"):
        calibrate.fit(np.full((50, 7), value), np.arange(50) % 7)


def test_logits_that_say_the_opposite_are_refused():
    labels = np.arange(700) % 7
    logits = np.random.default_rng(4).normal(size=(700, 7)) - 3 * np.eye(7)[labels]
    with pytest.raises(ValueError, match="tell nothing"):
        calibrate.fit(logits, labels)


def test_classes_told_apart_perfectly_still_give_finite_numbers():
    labels = np.arange(70) % 7
    for size in (1.0, 1e4):
        fitted = calibrate.fit(size * np.eye(7)[labels], labels)
        assert 0 < fitted.temperature < size
        assert np.isfinite(fitted.biases).all()


def test_a_class_without_images_gets_a_low_bias_not_minus_infinity():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 6, 500)
    fitted = calibrate.fit(rng.normal(size=(500, 7)) + 2 * np.eye(7)[labels], labels)
    assert -10 < fitted.biases[6] < min(fitted.biases[:6])


# The malignancy's odds -----------------------------------------------------------------------


def test_the_networks_own_odds_are_those_of_its_softmax():
    logits = np.random.default_rng(1).normal(size=(5, 7))
    malignancy = metrics.malignancy(calibrate.softmax(logits))
    assert calibrate.own_odds(logits) == pytest.approx(np.log(malignancy / (1 - malignancy)))


def test_a_known_slope_and_offset_are_found():
    rng = np.random.default_rng(1)
    own = rng.normal(size=50_000) * 3
    malignant = rng.random(50_000) < 1 / (1 + np.exp(-(0.7 * own - 1.2)))
    odds = calibrate.fit_odds(own, malignant)
    assert (odds.slope, odds.offset) == (pytest.approx(0.7, rel=0.03), pytest.approx(-1.2, rel=0.03))


def test_odds_that_tell_all_apart_stay_finite_and_odds_that_tell_nothing_are_refused():
    own = np.array([-2.0, -1.0, 1.0, 2.0])
    odds = calibrate.fit_odds(own, own > 0)
    assert 0 < odds.slope < 50
    with pytest.raises(ValueError, match="tell nothing"):
        calibrate.fit_odds(own, own < 0)


def test_with_odds_the_order_of_photos_is_the_networks_own_and_the_classes_share_the_rest():
    logits, labels = drawn(Calibration(1.5, tuple(BIASES)), count=4000)
    calibration = calibrate.fit_with_odds(logits, labels)
    p = calibration.apply(logits)
    assert p.sum(axis=1) == pytest.approx(1)
    malignant = np.isin(labels, MALIGNANT_INDICES)
    own = calibrate.own_odds(logits)
    assert np.array_equal(np.argsort(metrics.malignancy(p)), np.argsort(own))
    assert metrics.malignancy(p).mean() == pytest.approx(malignant.mean(), abs=0.002)
    # Each class is as probable on the whole as it is frequent, and two malignant ones share by its biases.
    assert p.mean(axis=0) == pytest.approx(np.bincount(labels, minlength=7) / len(labels), abs=0.002)
    assert calibration.temperature == calibrate.fit(logits, labels).temperature
    one, other = MALIGNANT_INDICES[:2]
    between = (logits[:, one] - logits[:, other]) / calibration.temperature
    between += calibration.biases[one] - calibration.biases[other]
    assert np.log(p[:, one] / p[:, other]) == pytest.approx(between)


def test_odds_apply_to_all_views_of_a_photo_at_once():
    logits, labels = drawn(Calibration(1.5, tuple(BIASES)), count=600)
    calibration = calibrate.fit_with_odds(logits, labels)
    views = logits.reshape(30, 20, 7)
    assert calibration.apply(views).reshape(600, 7) == pytest.approx(calibration.apply(logits))
