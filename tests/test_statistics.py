"""The mathematics of the statistics, each figure against an example worked by hand."""

from datetime import date

import numpy as np
import pytest

from diagnosis.charts import BOTTOM, HEIGHT, TOP, draw, ends
from diagnosis.statistics.accuracy import Called, Judged, of_model, of_readers
from diagnosis.statistics.agreement import agreement, kappa
from diagnosis.statistics.drift import Stratum, drift
from diagnosis.statistics.estimate import Estimate, Missing
from diagnosis.statistics.proportions import Share, wilson
from diagnosis.statistics.readings import (
    Reading,
    Said,
    between_readers,
    first_and_second,
    first_readers,
    minds,
    with_model,
)
from diagnosis.statistics.spread import mean, spread
from diagnosis.statistics.weeks import by_week, monday, week_name
from tests.test_pages_timeline import value


def close(estimate: Estimate, value: float, low: float, high: float) -> bool:
    return (estimate.value, estimate.low, estimate.high) == pytest.approx((value, low, high), abs=5e-5)


def nothing(estimate: Estimate, why: Missing) -> bool:
    return (estimate.value, estimate.interval, estimate.missing) == (None, None, why)


# Kappa ---------------------------------------------------------------------------------------


def test_kappa_of_two_by_two_by_hand():
    # 50 cases. They agree on 35: p = 0.7. One says "malignant" of 25, the other of 30, so chance alone makes
    # 0.5 x 0.6 + 0.5 x 0.4 = 0.5 the same. kappa = (0.7 - 0.5) / (1 - 0.5) = 0.4; 1 - kappa = 0.6.
    # Fleiss, Cohen and Everitt:
    #   same  0.4 (1 - 1.1 x 0.6)^2 + 0.3 (1 - 0.9 x 0.6)^2 = 0.4 x 0.1156 + 0.3 x 0.2116 = 0.10972
    #   apart 0.6^2 (0.1 (0.6 + 0.5)^2 + 0.2 (0.4 + 0.5)^2) = 0.36 (0.121 + 0.162)       = 0.10188
    #   minus (0.4 - 0.5 x 0.6)^2                                                         = 0.01
    # variance 0.2016 / (50 x 0.5^2) = 0.016128, standard error 0.126996, interval 0.4 +- 0.248907.
    assert close(kappa(np.array([[20, 5], [10, 15]])), 0.4, 0.151093, 0.648907)


def test_kappa_of_three_by_three_by_hand():
    # 100 cases, 70 the same. Both say the three words of 50, 25 and 25: chance 0.25 + 2 x 0.0625 = 0.375.
    # kappa = 0.325 / 0.625 = 0.52; 1 - kappa = 0.48.
    #   same  0.4 (1 - 1 x 0.48)^2 + 2 x 0.15 (1 - 0.5 x 0.48)^2 = 0.10816 + 0.17328 = 0.28144
    #   apart 0.48^2 x 0.05 (4 x 0.75^2 + 2 x 0.5^2)             = 0.2304 x 0.1375   = 0.03168
    #   minus (0.52 - 0.375 x 0.48)^2 = 0.34^2                                        = 0.1156
    # variance 0.19752 / (100 x 0.625^2) = 0.00505651, standard error 0.0711091, interval 0.52 +- 0.139371.
    assert close(kappa(np.array([[40, 5, 5], [5, 15, 5], [5, 5, 15]])), 0.52, 0.380629, 0.659371)


def test_it_does_not_matter_whose_words_are_the_rows():
    table = np.array([[20, 5, 1], [10, 15, 2], [0, 3, 9]])
    assert kappa(table) == kappa(table.T)


def test_kappa_below_chance_is_negative_and_its_interval_ends_at_minus_one():
    # They never agree: 0 - 0.5 over 1 - 0.5.
    found = kappa(np.array([[0, 10], [10, 0]]))
    assert (found.value, found.low) == (-1, -1)


@pytest.mark.parametrize(
    "table",
    [
        [[30]],  # the same word of every case: 0 / 0
        [[30, 0], [0, 0]],
        [[0, 0], [0, 30]],
        [[20, 10], [0, 0]],  # one says "benign" whatever it is: 0, which no agreement could change
        [[20, 0], [10, 0]],
    ],
)
def test_kappa_is_undefined_where_one_always_says_the_same(table):
    assert nothing(kappa(np.array(table)), Missing.CONSTANT)


def test_full_agreement_on_two_words_is_one_and_has_no_interval():
    found = kappa(np.array([[7, 0], [0, 5]]))
    assert (found.value, found.interval, found.missing) == (1, None, None)


def test_kappa_of_few_and_of_none_is_undefined():
    assert nothing(kappa(np.array([[4, 1], [1, 3]])), Missing.FEW)
    assert nothing(kappa(np.zeros((0, 0), int)), Missing.NONE)


def test_agreement_counts_pairs_of_words():
    pairs = [("mel", "mel")] * 20 + [("mel", "nv")] * 5 + [("nv", "mel")] * 10 + [("nv", "nv")] * 15
    found = agreement(pairs)
    assert found.raw == Share(35, 50)
    assert close(found.kappa, 0.4, 0.151093, 0.648907)


# Shares --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_that_of_the_literature(count, of, low, high):
    assert close(wilson(count, of), count / of, low, high)


def test_wilsons_interval_by_hand():
    # z^2 = 3.841459. Of none of 4, the upper end is z^2 / (4 + z^2) = 0.489892; of all of 4 the lower is
    # 1 minus that. Of 5 of 10 it reaches z / (2 sqrt(10 + z^2)) = 0.263407 to both sides.
    assert close(wilson(0, 4), 0, 0, 0.489892)
    assert close(wilson(4, 4), 1, 0.510108, 1)
    assert close(wilson(5, 10), 0.5, 0.236593, 0.763407)


def test_a_share_of_none_is_undefined_and_one_of_too_few_an_error():
    assert nothing(wilson(0, 0), Missing.NONE)
    for count in (-1, 4):
        with pytest.raises(ValueError, match="is no share"):
            wilson(count, 3)


# Drift ---------------------------------------------------------------------------------------


def test_drift_by_hand():
    # 100 photos: 80 low, of which 4 are known, none malignant, predicted 0.02; 20 raised, 10 known, 5
    # malignant, predicted 0.6. Each known one stands for all of its band:
    #   predicted 0.8 x 0.02 + 0.2 x 0.6 = 0.136, malignant 0.8 x 0 + 0.2 x 0.5 = 0.1, difference 0.036.
    # The Wilson intervals, 0 to 0.489892 and 0.5 +- 0.263407, weighed and put together:
    #   malignant may be more by sqrt((0.8 x 0.489892)^2 + (0.2 x 0.263407)^2) = 0.395439,
    #   and less by 0.2 x 0.263407 = 0.052681.
    found = drift([Stratum(80, 4, 0, 0.02), Stratum(20, 10, 5, 0.6)])
    assert (found.predicted.value, found.malignant.value) == pytest.approx((0.136, 0.1))
    assert close(found.difference, 0.036, -0.359439, 0.088681)


def test_the_mean_of_those_that_were_read_would_be_another():
    """Of the 14 read above, 5 are malignant: 36%, where the photos as a whole have 10%."""
    of_those_read = drift([Stratum(14, 14, 5, 0.5)]).malignant.value
    assert of_those_read == pytest.approx(5 / 14)


def test_drift_is_unbiased_whatever_share_of_a_band_is_read():
    """10,000 photos, exactly calibrated; all raised and one in twenty low ones are read."""
    rng = np.random.default_rng(5)
    probability = rng.beta(0.4, 3, 10_000)
    malignant, raised = rng.random(10_000) < probability, probability > 0.2
    read = raised | (rng.random(10_000) < 0.05)

    def stratum(band: np.ndarray) -> Stratum:
        known = band & read
        return Stratum(
            int(band.sum()), int(known.sum()), int(malignant[known].sum()), float(probability[known].mean())
        )

    found = drift([stratum(~raised), stratum(raised)])
    assert found.predicted.value == pytest.approx(probability.mean(), abs=0.01)
    assert found.malignant.value == pytest.approx(malignant.mean(), abs=0.02)
    assert found.difference.low < 0 < found.difference.high
    assert malignant[read].mean() > malignant.mean() + 0.1


def test_drift_is_undefined_where_a_band_is_unknown_or_few_are_known():
    assert nothing(drift([]).difference, Missing.NONE)
    assert nothing(drift([Stratum(9, 0, 0, 0)]).difference, Missing.NONE)
    assert nothing(drift([Stratum(9, 2, 0, 0.1), Stratum(9, 2, 1, 0.5)]).predicted, Missing.FEW)
    assert nothing(drift([Stratum(1, 0, 0, 0), Stratum(9, 9, 1, 0.5)]).malignant, Missing.BAND)


def test_a_band_without_photos_weighs_nothing():
    whole = [Stratum(9, 9, 1, 0.5)]
    assert drift([Stratum(0, 0, 0, 0), *whole]) == drift(whole)


# Readings ------------------------------------------------------------------------------------

NV, BKL, MEL = Said("nv", False), Said("bkl", False), Said("mel", True)
UNKNOWN = Said("unknown", None)


def test_only_the_first_two_readers_of_a_case_are_compared():
    readings = [Reading(1, NV, NV, True), Reading(2, NV, NV, False), Reading(1, MEL, MEL, True)]
    readings.append(Reading(1, BKL, BKL, True))
    assert [(one.blind, two.blind) for one, two in first_and_second(readings)] == [(NV, MEL)]
    assert first_readers(readings) == readings[:2]


def test_readers_are_compared_by_class_and_where_both_can_tell_by_malignancy():
    def read(case: int, said: Said) -> Reading:
        return Reading(case, said, MEL, None)

    pairs = [(read(1, NV), read(1, BKL)), (read(2, UNKNOWN), read(2, UNKNOWN)), (read(3, NV), read(3, MEL))]
    classes, malignant = between_readers(pairs)
    assert classes.raw == Share(1, 3)
    assert malignant.raw == Share(1, 2)


def test_the_model_is_compared_over_the_same_cases_before_and_after():
    readings = [
        Reading(1, NV, MEL, True),  # comes over to the model
        Reading(2, MEL, MEL, True),
        Reading(3, UNKNOWN, MEL, True),  # could not tell before
        Reading(4, NV, NV, None),  # the model has no clear word
        Reading(5, BKL, BKL, True),
    ]
    before, after = with_model(readings)
    assert (before.raw, after.raw) == (Share(1, 3), Share(2, 3))


def test_minds_change_towards_the_model_and_away_from_it():
    readings = [
        Reading(1, NV, MEL, True),  # towards
        Reading(2, UNKNOWN, MEL, True),  # towards: from halfway
        Reading(3, NV, UNKNOWN, False),  # away: to halfway
        Reading(4, NV, BKL, False),  # another class, the same word
        Reading(5, MEL, NV, None),  # changed, where the model had no word
        Reading(6, NV, NV, True),
    ]
    found = minds(readings)
    assert (found.readings, found.changed, found.with_word) == (6, 5, 5)
    assert (found.towards, found.away) == (2, 1)


# The rest ------------------------------------------------------------------------------------


def test_what_the_model_could_not_judge_counts_where_it_is_said_to():
    moles = [Judged(True, band) for band in ("raised", "raised", "unclear", "low", "")]
    moles += [Judged(False, band) for band in ("raised", "low", "unclear", "")]
    found = of_model(moles)
    assert found.sensitivity == Share(2, 4)
    assert found.sensitivity_of_all == Share(2, 5)
    assert found.missed == Share(1, 4)
    assert found.specificity == Share(2, 3)


def test_readers_who_call_a_mole_nothing_are_not_counted():
    moles = [Called(True, True), Called(True, False), Called(True, None), Called(False, False)]
    assert of_readers(moles) == (Share(1, 2), Share(1, 1))


def test_median_and_90th_percentile():
    # Of 11 values in order, the 6th, and the 10th.
    found = spread([11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6])
    assert (found.count, found.median.value, found.percentile_90.value) == (11, 6, 10)
    assert spread([1, 2, 3, 4]).median.value == 2.5
    assert nothing(spread([1.0] * 9).percentile_90, Missing.FEW)
    assert nothing(spread([]).median, Missing.NONE)
    assert nothing(mean([]), Missing.NONE)
    assert mean([1, 2]).value == 1.5


def test_weeks_begin_on_monday_and_belong_to_the_year_of_their_thursday():
    assert [monday(date(2026, 3, day)).day for day in (2, 8, 9)] == [2, 2, 9]
    assert [week_name(date(*day)) for day in ((2026, 12, 31), (2027, 1, 3), (2027, 1, 4))] == [
        "2026-W53",
        "2026-W53",
        "2027-W01",
    ]
    days = [date(2026, 3, 9), date(2026, 3, 8), date(2026, 3, 10)]
    found = by_week(days, lambda day: day)
    assert list(found) == [date(2026, 3, 2), date(2026, 3, 9)]
    assert found[date(2026, 3, 9)] == [days[0], days[2]]


@pytest.mark.parametrize(
    ("least", "largest", "expected"),
    [
        (0.0, 2.58, (0, 3, 1)),
        (-0.12, 0.3, (-0.2, 0.3, 0.1)),
        (-0.04, -0.01, (-0.04, 0, 0.01)),
        (0.0, 0.0, (0, 1, 0.2)),
    ],
)
def test_an_axis_holds_both_ends_and_nought(least, largest, expected):
    assert ends(least, largest) == pytest.approx(expected)


def test_a_chart_may_go_below_nought_and_shows_intervals_and_limits():
    one = value(1, 0.0)
    two = type(one)(value(2, 0.1).moment, 0.1, "one", True, "two", reach=(-0.1, 0.1))
    chart = draw([one, two], top=0.1, step=0.1, text=str, bottom=-0.1, limits=[(0.0, "as it should be")])
    middle = (TOP + HEIGHT - BOTTOM) / 2
    assert [mark.y for mark in chart.marks] == [middle, TOP]
    assert [mark.reach for mark in chart.marks] == [None, (HEIGHT - BOTTOM, TOP)]
    assert [(limit.at, limit.text) for limit in chart.limits] == [(middle, "as it should be")]
    assert len(chart.rows) == 3
