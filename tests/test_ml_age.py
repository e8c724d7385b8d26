"""Picture and age together: fitted, applied, printed and measured."""

from dataclasses import asdict

import numpy as np
import pytest

from ml import age, metrics
from ml.manifest import Manifest, read_manifest
from tests.artifacts import VERSION


def drawn(count: int = 60_000, per_year: float = 0.05):
    """Pictures' probabilities, ages, and malignancy drawn from both."""
    rng = np.random.default_rng(1)
    odds, ages = rng.normal(size=count) * 2 - 1, rng.uniform(20, 80, count).round()
    malignant = rng.random(count) < 1 / (1 + np.exp(-(0.9 * odds + per_year * (ages - 50) - 0.3)))
    return 1 / (1 + np.exp(-odds)), ages, malignant


def together(fitted: age.AgeOdds, tmp_path) -> Manifest:
    return Manifest(tmp_path, {"version": "aged-1", "age": asdict(fitted)})


def test_what_the_age_adds_is_found():
    fitted = age.fit(*drawn())
    assert (fitted.slope, fitted.per_year) == (pytest.approx(0.9, rel=0.03), pytest.approx(0.05, rel=0.03))
    assert fitted.offset + fitted.per_year * (50 - fitted.centre) == pytest.approx(-0.3, abs=0.03)
    assert (fitted.youngest, fitted.oldest) == (pytest.approx(20, abs=1), pytest.approx(80, abs=1))


def test_picture_and_age_together_tell_more_than_the_picture_and_are_calibrated(tmp_path):
    probability, ages, malignant = drawn(4000)
    manifest = together(age.fit(probability, ages, malignant), tmp_path)
    both = np.array([manifest.with_age(p, years) for p, years in zip(probability, ages, strict=True)])
    assert metrics.auc(malignant, both) > metrics.auc(malignant, probability) + 0.01
    assert metrics.ece(malignant, both) < 0.03
    assert both.mean() == pytest.approx(malignant.mean(), abs=0.002)


def test_by_hand(tmp_path):
    manifest = together(age.AgeOdds(1.0, 0.05, -0.1, 50.0, 20.0, 85.0), tmp_path)
    # Odds of 1 to 4, times e to the power of 0.05 x 20 - 0.1.
    assert manifest.with_age(0.2, 70) == pytest.approx(0.25 * np.exp(0.9) / (1 + 0.25 * np.exp(0.9)))
    assert manifest.with_age(0.2, 3) == manifest.with_age(0.2, 20)
    assert manifest.with_age(0.2, 101) == manifest.with_age(0.2, 85)
    assert (manifest.with_age(0.0, 70), manifest.with_age(1.0, 70)) == (0, 1)


@pytest.mark.parametrize("years", [-1, 121, float("nan")])
def test_an_age_nobody_has_is_refused(years, tmp_path):
    with pytest.raises(ValueError, match="between 0 and 120"):
        together(age.AgeOdds(1, 0.05, 0, 50, 20, 85), tmp_path).with_age(0.2, years)


def test_a_version_without_ages_tells_nothing(tmp_path):
    assert Manifest(tmp_path, {"version": "plain-1"}).with_age(0.2, 50) is None


def test_an_artifact_is_fitted_to_the_ages_of_its_validation_part(tiny_artifact):
    fitted = read_manifest(VERSION, tiny_artifact).data["age"]
    # All of them are 55 years old, so the age adds nothing.
    assert [fitted[name] for name in ("centre", "youngest", "oldest", "per_year")] == [55, 55, 55, 0]
