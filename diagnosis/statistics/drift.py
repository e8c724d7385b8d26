"""Whether predicted probabilities still fit what photos turn out to show.

Of the photos that were judged only some are read by clinicians, and which depends on the band: nearly all
of the raised, few of the low. Their mean says nothing of all photos. So each band is estimated by itself,
from the photos of it that were sent to be read for their band alone, and counts as much as it has photos:
each photo of which the truth is known stands for as many as were judged in its band.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from diagnosis.statistics.estimate import Estimate, Missing, undefined
from diagnosis.statistics.proportions import wilson

# Of all bands together.
FEWEST_KNOWN = 5


@dataclass(frozen=True)
class Stratum:
    """The photos of one band: how many were `judged`; of those whose truth is `known`, how many are
    `malignant` and the mean malignancy probability that was `predicted` of them (0 of none)."""

    judged: int
    known: int
    malignant: int
    predicted: float


@dataclass(frozen=True)
class Drift:
    """Of all photos, as estimated: the mean predicted probability, the share of malignant ones, and
    `difference`, the first minus the second, above 0 where the model expects too many."""

    predicted: Estimate
    malignant: Estimate
    difference: Estimate


def drift(strata: Sequence[Stratum]) -> Drift:
    """Stratified means, each band weighted with its share of the photos judged (inverse probability
    weighting with the rates at which photos of the band did come to be known: D. G. Horvitz and D. J.
    Thompson, Journal of the American Statistical Association 47 (1952), 663-685, with the counts of the
    strata known; W. G. Cochran, Sampling Techniques, 1977, chapter 5A.9, post-stratification).

    The 95% interval says what chance alone does to the truths of photos with these predictions. It puts
    the Wilson intervals of the bands together (G. Y. Zou and A. Donner, Construction of confidence limits
    about effect measures, Statistics in Medicine 27 (2008), 1693-1702), so that a band in which none of a
    few is malignant does not pass for one in which none can be.

    Undefined of fewer than `FEWEST_KNOWN`, and where a band has photos and none whose truth is known.
    """
    strata = [one for one in strata if one.judged]
    known, judged = sum(one.known for one in strata), sum(one.judged for one in strata)
    if known < FEWEST_KNOWN:
        return _none(Missing.FEW if known else Missing.NONE)
    if not all(one.known for one in strata):
        return _none(Missing.BAND)
    predicted = malignant = above = below = 0.0
    for one in strata:
        weight, share = one.judged / judged, wilson(one.malignant, one.known)
        assert share.value is not None
        assert share.low is not None
        assert share.high is not None
        predicted += weight * one.predicted
        malignant += weight * share.value
        above += (weight * (share.high - share.value)) ** 2
        below += (weight * (share.value - share.low)) ** 2
    difference = predicted - malignant
    return Drift(
        Estimate(predicted),
        Estimate(malignant),
        Estimate(difference, difference - sqrt(above), difference + sqrt(below)),
    )


def _none(why: Missing) -> Drift:
    return Drift(undefined(why), undefined(why), undefined(why))
