"""What of the malignant and of the benign was told right, once the truth is known."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from diagnosis.statistics.proportions import Share

Row = TypeVar("Row")


@dataclass(frozen=True)
class Judged:
    """One mole's truth, and the band of the model; empty where it could not judge the photo."""

    malignant: bool
    band: str


@dataclass(frozen=True)
class OfModel:
    """`sensitivity`, `specificity` and `missed` are over the photos that it could judge."""

    sensitivity: Share
    specificity: Share
    # Malignant ones in the low band.
    missed: Share
    # The sensitivity again, with what it could not judge counted as not raised.
    sensitivity_of_all: Share


def of_model(moles: Sequence[Judged]) -> OfModel:
    judged = [one for one in moles if one.band]
    return OfModel(
        sensitivity=share(judged, lambda one: one.malignant, lambda one: one.band == "raised"),
        specificity=share(judged, lambda one: not one.malignant, lambda one: one.band != "raised"),
        missed=share(judged, lambda one: one.malignant, lambda one: one.band == "low"),
        sensitivity_of_all=share(moles, lambda one: one.malignant, lambda one: one.band == "raised"),
    )


@dataclass(frozen=True)
class Called:
    """One mole's truth, and whether it was called malignant; None: neither."""

    malignant: bool
    called: bool | None


def of_readers(moles: Sequence[Called]) -> tuple[Share, Share]:
    """Sensitivity and specificity, over those that were called one or the other."""
    said = [one for one in moles if one.called is not None]
    return (
        share(said, lambda one: one.malignant, lambda one: bool(one.called)),
        share(said, lambda one: not one.malignant, lambda one: not one.called),
    )


def share(rows: Iterable[Row], among: Callable[[Row], bool], that: Callable[[Row], bool]) -> Share:
    """How many `that` there are `among` the rows."""
    found = [row for row in rows if among(row)]
    return Share(sum(map(that, found)), len(found))
