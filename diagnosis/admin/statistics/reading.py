"""How long readings take, and what waits for them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.statistics.pictures import over_weeks
from diagnosis.admin.statistics.tables import Column, Label, Sheet, Table, Value, over
from diagnosis.models import Case, Opinion
from diagnosis.statistics.collection import Period, Waiting, opened_and_closed, seconds, waiting
from diagnosis.statistics.estimate import Estimate
from diagnosis.statistics.spread import spread
from diagnosis.statistics.weeks import by_week, week_name

TITLE = _("Reading and backlog")
ABOUT = _("How long readers take, how many cases come and go, and which are open now.")
# Days from which each group of ages begins.
AGES = (0, 1, 3, 7, 30)


def sheet(period: Period) -> Sheet:
    return Sheet("reading", TITLE, ABOUT, [_times(period), _backlog(waiting()), _weeks(period)])


def _times(period: Period) -> Table:
    taken = seconds(period)
    return Table(
        slug="times",
        title=_("Reading times"),
        over=over(gettext("Opinions given in the period: %(count)s."), count=sum(map(len, taken.values()))),
        columns=[
            Column("stage", _("Opinion")),
            Column("opinions", _("Opinions")),
            Column("median", _("Median"), "seconds"),
            Column("percentile_90", _("90th percentile"), "seconds"),
        ],
        rows=[_time(stage, taken[stage]) for stage in Opinion.Stage],
        notes=[_("From the claim to the first opinion, and from the first to the second.")],
    )


def _time(stage: Opinion.Stage, taken: list[float]) -> list[Value]:
    found = spread(taken)
    return [Label(stage.value, stage.label), found.count, found.median, found.percentile_90]


def _backlog(cases: list[Waiting]) -> Table:
    return Table(
        slug="backlog",
        title=_("Open cases now, by age"),
        over=over(
            gettext("Open cases: %(open)s, whatever the period; disagreements among them: %(disputed)s."),
            open=len(cases),
            disputed=sum(case.status == Case.Status.DISPUTED for case in cases),
        ),
        columns=[
            Column("status", _("Status")),
            *(Column(f"from_{age}_days", _age(age, until)) for age, until in _ages()),
            Column("all", _("All")),
            Column("oldest_days", _("Oldest, days"), "days"),
        ],
        rows=[
            *(
                _open(Label(status.value, status.label), [case for case in cases if case.status == status])
                for status in Case.Status
                if status != Case.Status.CLOSED
            ),
            _open(Label("all", _("all")), cases),
        ],
    )


def _ages() -> list[tuple[int, int | None]]:
    """The first day of each group of ages, and the first that is beyond it."""
    return list(zip(AGES, (*AGES[1:], None), strict=True))


def _age(age: int, until: int | None) -> str:
    if until is None:
        return gettext("%(age)s days or more") % {"age": age}
    if not age:
        return gettext("Under %(until)s day") % {"until": until}
    return gettext("%(age)s to %(last)s days") % {"age": age, "last": until - 1}


def _open(label: Label, cases: Sequence[Waiting]) -> list[Value]:
    oldest = max((case.age for case in cases), default=None)
    return [
        label,
        *(
            sum(age <= case.age.days and (until is None or case.age.days < until) for case in cases)
            for age, until in _ages()
        ),
        len(cases),
        None if oldest is None else Estimate(oldest / timedelta(days=1)),
    ]


def _weeks(period: Period) -> Table:
    opened, closed = opened_and_closed(period)
    came, went = (Counter(_by_week(days)) for days in (opened, closed))
    weeks = sorted(came | went)
    points = [
        (week, str(name), Estimate(float(counts[week])))
        for week in weeks
        for name, counts in ((_("opened"), came), (_("closed"), went))
    ]
    return Table(
        slug="weeks",
        title=_("Cases opened and closed by week"),
        over=over(
            gettext("Opened in the period: %(opened)s; closed: %(closed)s."),
            opened=len(opened),
            closed=len(closed),
        ),
        columns=[
            Column("week", _("Week")),
            Column("opened", _("Opened")),
            Column("closed", _("Closed")),
        ],
        rows=[[week_name(week), came[week], went[week]] for week in weeks],
        pictures=over_weeks(_("Cases opened and closed"), points, lambda value: f"{value:g}"),
    )


def _by_week(days: list[date]) -> dict[date, int]:
    return {week: len(of_week) for week, of_week in by_week(days, lambda day: day).items()}
