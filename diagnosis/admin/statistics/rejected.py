"""What the model could not judge."""

from collections import Counter
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.statistics.pictures import over_weeks
from diagnosis.admin.statistics.tables import Column, Label, Sheet, Table, Value, number, over
from diagnosis.models import Prediction
from diagnosis.statistics.collection import Period, PredictionRow, predictions
from diagnosis.statistics.proportions import Share
from diagnosis.statistics.spread import mean
from diagnosis.statistics.weeks import by_week, week_name

TITLE = _("Rejected photos")
ABOUT = _("Predictions finished in the period, of every model version, those run again among them.")
SUCCEEDED, REJECTED, FAILED = Prediction.TERMINAL


def sheet(period: Period) -> Sheet:
    rows = predictions(period)
    return Sheet("rejected", TITLE, ABOUT, [_weeks(rows), _reasons(rows)])


def _rejected(rows: list[PredictionRow]) -> Share:
    """Of those that the model answered."""
    ends = Counter(row.status for row in rows)
    return Share(ends[REJECTED], ends[REJECTED] + ends[SUCCEEDED])


def _weeks(rows: list[PredictionRow]) -> Table:
    weeks = by_week(rows, lambda row: row.day)
    points = [(week, "", _rejected(of_week).estimate) for week, of_week in weeks.items()]
    return Table(
        slug="weeks",
        title=_("By week"),
        over=_over(rows),
        columns=[
            Column("week", _("Week")),
            Column("predictions", _("Predictions")),
            Column("failed", _("Failed")),
            Column("rejected", _("Rejected")),
            Column("of", _("Of")),
            Column("share", _("Share rejected"), "share", with_interval=True),
            Column("stability", _("Mean stability"), "fine"),
        ],
        rows=[_week(week, of_week) for week, of_week in weeks.items()],
        notes=[
            _(
                "Stability is how far the number spreads when the photo is turned, mirrored and seen from "
                "nearer: 0 for not at all. Only photos with a number have one; those that spread too far "
                "are rejected."
            )
        ],
        pictures=over_weeks(
            _("Share rejected, with its 95% interval"), points, lambda value: number(value, "share")
        ),
    )


def _week(week: date, rows: list[PredictionRow]) -> list[Value]:
    rejected = _rejected(rows)
    stability = mean([row.stability for row in rows if row.stability is not None])
    failed = sum(row.status == FAILED for row in rows)
    return [week_name(week), len(rows), failed, rejected.count, rejected.of, rejected.estimate, stability]


def _over(rows: list[PredictionRow]) -> str:
    return over(gettext("Predictions: %(count)s."), count=len(rows))


def _reasons(rows: list[PredictionRow]) -> Table:
    reasons = Counter((row.status, row.reason_code) for row in rows if row.status != SUCCEEDED)
    return Table(
        slug="reasons",
        title=_("By reason"),
        over=_over(rows),
        columns=[
            Column("end", _("End")),
            Column("reason", _("Reason")),
            Column("count", _("Predictions")),
            Column("of", _("Of")),
            Column("share", _("Proportion"), "share", with_interval=True),
        ],
        rows=[
            [
                Label(status, Prediction.Status(status).label),
                reason,
                count,
                len(rows),
                Share(count, len(rows)).estimate,
            ]
            for (status, reason), count in reasons.most_common()
        ],
    )
