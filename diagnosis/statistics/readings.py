"""What readers said of cases, before and after they saw the prediction."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from diagnosis.statistics.agreement import Agreement, agreement


@dataclass(frozen=True)
class Said:
    """A class or "can't tell", and whether that is malignant; None: can't tell."""

    diagnosis: str
    malignant: bool | None


@dataclass(frozen=True)
class Reading:
    """One reader's of one case: the `blind` opinion, and the `last`, which is the same where they added
    none. `model` is whether the model calls it malignant; None: no clear word."""

    case: Hashable
    blind: Said
    last: Said
    model: bool | None


@dataclass(frozen=True)
class Minds:
    """Of `readings`, how many readers `changed` the class after they saw the prediction. Of those
    `with_word`, where the model had a clear word, how many came nearer to it and how many went farther."""

    readings: int
    changed: int
    with_word: int
    towards: int
    away: int


def first_and_second(readings: Iterable[Reading]) -> list[tuple[Reading, Reading]]:
    """The first two readers of each case that has two; readings come in the order in which they began."""
    cases: dict[Hashable, list[Reading]] = {}
    for reading in readings:
        cases.setdefault(reading.case, []).append(reading)
    return [(found[0], found[1]) for found in cases.values() if len(found) > 1]


def first_readers(readings: Iterable[Reading]) -> list[Reading]:
    """One reading of each case: a second reader comes only where the first contradicts the model."""
    cases: dict[Hashable, Reading] = {}
    for reading in readings:
        cases.setdefault(reading.case, reading)
    return list(cases.values())


def between_readers(pairs: Sequence[tuple[Reading, Reading]]) -> tuple[Agreement, Agreement]:
    """Of blind opinions: in the class or "can't tell", and in malignant or benign where both can tell."""
    classes = agreement([(one.blind.diagnosis, two.blind.diagnosis) for one, two in pairs])
    told = [(one.blind.malignant, two.blind.malignant) for one, two in pairs]
    return classes, agreement([pair for pair in told if None not in pair])


def with_model(readings: Sequence[Reading]) -> tuple[Agreement, Agreement]:
    """In malignant or benign, before and after the prediction was seen, over the same cases: those where
    the model had a clear word and the reader could tell both times."""
    clear = [one for one in readings if None not in (one.model, one.blind.malignant, one.last.malignant)]
    before = agreement([(one.blind.malignant, one.model) for one in clear])
    return before, agreement([(one.last.malignant, one.model) for one in clear])


def minds(readings: Sequence[Reading]) -> Minds:
    """A reader who can't tell is halfway between the model's word and its opposite."""
    clear = [one for one in readings if one.model is not None]
    nearer = [_distance(one.blind, one.model) - _distance(one.last, one.model) for one in clear]
    return Minds(
        readings=len(readings),
        changed=sum(one.blind.diagnosis != one.last.diagnosis for one in readings),
        with_word=len(clear),
        towards=sum(steps > 0 for steps in nearer),
        away=sum(steps < 0 for steps in nearer),
    )


def _distance(said: Said, model: bool | None) -> int:
    if said.malignant is None:
        return 1
    return 0 if said.malignant == model else 2
