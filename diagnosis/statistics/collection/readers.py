"""What readers said, and what waits for them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from diagnosis.models import Case, Opinion, Prediction
from diagnosis.models.opinion import MALIGNANT
from diagnosis.statistics.collection.period import Period, day_of
from diagnosis.statistics.readings import Reading, Said

CLEAR_WORD = {Prediction.Band.RAISED.value: True, Prediction.Band.LOW.value: False}


class OpinionRow(NamedTuple):
    case: UUID
    reader: UUID
    stage: str
    diagnosis: str
    band: str


def readings(period: Period) -> list[Reading]:
    """Of the cases opened in the period, those begun first coming first."""
    found = (
        Opinion.objects.filter(period.within("case__created_at"), case__in=Case.objects.kept())
        .exclude(stage=Opinion.Stage.SETTLING)
        .order_by("created_at", "pk")
        .values_list("case_id", "reader_id", "stage", "diagnosis", "case__prediction__band")
    )
    said: dict[tuple[UUID, UUID], list[OpinionRow]] = defaultdict(list)
    for row in map(OpinionRow._make, found):
        said[row.case, row.reader].append(row)
    return [_reading(rows) for rows in said.values() if rows[0].stage == Opinion.Stage.BLIND]


def _reading(rows: list[OpinionRow]) -> Reading:
    first = rows[0]
    return Reading(first.case, _said(first), _said(rows[-1]), CLEAR_WORD.get(first.band))


def _said(row: OpinionRow) -> Said:
    return Said(row.diagnosis, is_malignant(row.diagnosis))


def is_malignant(diagnosis: str) -> bool | None:
    return diagnosis in MALIGNANT if diagnosis not in ("", Opinion.Diagnosis.UNKNOWN) else None


def seconds(period: Period) -> dict[str, list[float]]:
    """Of each stage, how long the opinions given in the period took."""
    found: dict[str, list[float]] = {stage: [] for stage in Opinion.Stage.values}
    opinions = Opinion.objects.filter(period.within("created_at"), case__in=Case.objects.kept())
    for stage, took in opinions.values_list("stage", "seconds"):
        found[stage].append(took)
    return found


@dataclass(frozen=True)
class Waiting:
    status: str
    age: timedelta


def waiting() -> list[Waiting]:
    """The cases that are open now, those open longest first."""
    now = timezone.now()
    rows = Case.objects.open().order_by("created_at", "pk").values_list("status", "created_at")
    return [Waiting(status, now - created_at) for status, created_at in rows]


def opened_and_closed(period: Period) -> tuple[list[date], list[date]]:
    """The day of every case opened, and of every one closed, in the period."""
    cases = Case.objects.kept()
    opened = cases.filter(period.within("created_at")).values_list("created_at", flat=True)
    closed = cases.filter(period.within("closed_at")).values_list("closed_at", flat=True)
    return [day_of(at) for at in opened], [day_of(at) for at in closed if at]
