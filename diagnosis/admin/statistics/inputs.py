"""Whether photos are still like those the model was trained on."""

from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.statistics.pictures import Point, over_weeks
from diagnosis.admin.statistics.tables import Column, Label, Picture, Sheet, Table, Value, number, over
from diagnosis.models import Photo, Prediction
from diagnosis.services import manifest_of
from diagnosis.statistics.collection import Period, PredictionRow, predictions
from diagnosis.statistics.estimate import Estimate
from diagnosis.statistics.proportions import Share
from diagnosis.statistics.spread import Spread, spread
from diagnosis.statistics.weeks import by_week, week_name

TITLE = _("Input drift")
ABOUT = _(
    "How far photos lie from those of the training, by the network's own features: about 1 for a photo like "
    "them. Over the predictions finished in the period that have a number."
)
# The distance of a photo like those of the training.
USUAL = 1.0


class Group(NamedTuple):
    """Distances of a week, comparable: of one version and one kind of photo."""

    version: str
    kind: str
    week: date
    distances: list[float]

    @property
    def spread(self) -> Spread:
        return spread(self.distances)

    @property
    def above_usual(self) -> Share:
        return Share(sum(distance > USUAL for distance in self.distances), len(self.distances))


def sheet(period: Period) -> Sheet:
    rows = [row for row in predictions(period) if row.status == Prediction.Status.SUCCEEDED]
    return Sheet("input", TITLE, ABOUT, [_distances(rows), _kinds(rows)])


def _groups(rows: list[PredictionRow]) -> list[Group]:
    found: dict[tuple[str, str], list[PredictionRow]] = {}
    for row in rows:
        if row.distance is not None:
            found.setdefault((row.version, row.kind_seen or row.kind), []).append(row)
    return [
        Group(*of, week, [row.distance for row in of_week if row.distance is not None])
        for of, of_group in sorted(found.items())
        for week, of_week in by_week(of_group, lambda row: row.day).items()
    ]


def _distances(rows: list[PredictionRow]) -> Table:
    groups = _groups(rows)
    count = sum(len(group.distances) for group in groups)
    return Table(
        slug="distance",
        title=_("Distance from the photos of the training"),
        over=over(gettext("Predictions with a distance: %(count)s."), count=count),
        columns=[
            Column("version", _("Version")),
            Column("kind", _("Photos, as the network sees them")),
            Column("week", _("Week")),
            Column("predictions", _("Predictions")),
            Column("median", _("Median"), "ratio"),
            Column("percentile_90", _("90th percentile"), "ratio"),
            Column("above_usual", _("Above 1"), "share", with_interval=True),
            Column("farthest", _("Judged up to"), "ratio"),
        ],
        rows=[_distance(group) for group in groups],
        notes=[
            _(
                "What lies farther away than a version judges is rejected and has no distance, so that drift "
                "shows in the share rejected as well. Predictions from before distances were kept have none."
            )
        ],
        pictures=[picture for kind in Photo.Kind for picture in _pictures(kind, groups)],
    )


def _distance(group: Group) -> list[Value]:
    found, farthest = group.spread, _farthest(group.version, group.kind)
    return [
        group.version,
        _kind(group.kind),
        week_name(group.week),
        found.count,
        found.median,
        found.percentile_90,
        group.above_usual.estimate,
        None if farthest is None else Estimate(farthest),
    ]


def _farthest(version: str, kind: str) -> float | None:
    """How far away the version judges photos; None where its manifest is not here, or has no such limit."""
    manifest = manifest_of(version)
    limit = manifest.data.get("farthest", {}).get(kind) if manifest else None
    return None if limit is None else float(limit)


def _kind(kind: str) -> Label:
    return Label(kind, Photo.Kind(kind).label)


def _pictures(kind: Photo.Kind, groups: list[Group]) -> list[Picture]:
    own = [group for group in groups if group.kind == kind]
    points: list[Point] = []
    for group in own:
        words = {"version": group.version}
        points.append((group.week, gettext("%(version)s, median") % words, group.spread.median))
        high = gettext("%(version)s, 90th percentile") % words
        points.append((group.week, high, group.spread.percentile_90))
    limits = [(USUAL, gettext("like the training"))]
    for version in sorted({group.version for group in own}):
        if (farthest := _farthest(version, kind)) is not None:
            limits.append((farthest, gettext("%(version)s judges up to here") % {"version": version}))
    title = gettext("Distance: %(kind)s") % {"kind": kind.label}
    return over_weeks(title, points, lambda value: number(value, "ratio"), limits)


def _kinds(rows: list[PredictionRow]) -> Table:
    return Table(
        slug="kinds",
        title=_("Kinds of photos"),
        over=over(gettext("Predictions with a number: %(count)s."), count=len(rows)),
        columns=[
            Column("week", _("Week")),
            Column("predictions", _("Predictions")),
            Column("said", _("Dermatoscopic by their owner"), "share", with_interval=True),
            Column("seen", _("Dermatoscopic as seen"), "share", with_interval=True),
            Column("disagree", _("The two disagree"), "share", with_interval=True),
        ],
        rows=[_of_kinds(week, of_week) for week, of_week in by_week(rows, lambda row: row.day).items()],
        notes=[_("As seen, and disagree: over the predictions of versions that say what kind they see.")],
    )


def _of_kinds(week: date, rows: list[PredictionRow]) -> list[Value]:
    seen = [row for row in rows if row.kind_seen]
    said = sum(row.kind == Photo.Kind.DERMATOSCOPIC for row in rows)
    shares = [
        Share(said, len(rows)),
        Share(sum(row.kind_seen == Photo.Kind.DERMATOSCOPIC for row in seen), len(seen)),
        Share(sum(row.kind_seen != row.kind for row in seen), len(seen)),
    ]
    return [week_name(week), len(rows), *(share.estimate for share in shares)]
