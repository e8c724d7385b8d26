"""Whether the predicted probabilities still fit."""

from datetime import date

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.statistics.pictures import over_weeks
from diagnosis.admin.statistics.tables import Column, Label, Picture, Sheet, Table, Text, Value, number, over
from diagnosis.statistics.collection import Calibrated, Period, calibrated, strata
from diagnosis.statistics.drift import FEWEST_KNOWN, drift
from diagnosis.statistics.proportions import Share
from diagnosis.statistics.weeks import by_week, week_name

TITLE = _("Calibration by week")
ABOUT = _(
    "The mean predicted malignancy probability minus the share of malignant photos, among all photos of the "
    "tested kind (dermatoscopic, by their owner's word and as the network sees them) that were judged in the "
    "period, each by its first result."
)
WHOLE = Label("all", _("whole period"))


def sheet(period: Period) -> Sheet:
    photos = calibrated(period)
    versions = sorted({photo.version for photo in photos})
    groups = [group for version in versions for group in _groups(version, photos)]
    table = Table(
        slug="weeks",
        title=_("Predicted minus malignant, by model version"),
        over=over(
            gettext("Photos: %(all)s; read for their band alone, with a known truth: %(known)s."),
            all=len(photos),
            known=sum(photo.malignant is not None for photo in photos),
        ),
        columns=[
            Column("version", _("Version")),
            Column("week", _("Week")),
            Column("difference", _("Difference, in percentage points"), "points", with_interval=True),
            Column("predicted", _("Mean predicted"), "share"),
            Column("malignant", _("Share malignant"), "share"),
            Column("known_low", _("Known of low"), of=True),
            Column("known_unclear", _("Known of unclear"), of=True),
            Column("known_raised", _("Known of raised"), of=True),
        ],
        rows=[_row(*group) for group in groups],
        notes=_notes(),
        pictures=_pictures(groups),
    )
    return Sheet("calibration", TITLE, ABOUT, [table])


Group = tuple[str, date | None, list[Calibrated]]


def _groups(version: str, photos: list[Calibrated]) -> list[Group]:
    """The whole period, then each week."""
    own = [photo for photo in photos if photo.version == version]
    weeks = by_week(own, lambda photo: photo.day)
    return [(version, None, own), *((version, week, rows) for week, rows in weeks.items())]


def _row(version: str, week: date | None, photos: list[Calibrated]) -> list[Value]:
    bands = strata(photos)
    found = drift(bands)
    return [
        version,
        week_name(week) if week else WHOLE,
        found.difference,
        found.predicted,
        found.malignant,
        *(Share(band.known, band.judged) for band in bands),
    ]


def _pictures(groups: list[Group]) -> list[Picture]:
    points = [(week, version, drift(strata(photos)).difference) for version, week, photos in groups if week]
    title = _("Predicted minus malignant, in percentage points, with its 95% interval")
    return over_weeks(title, points, lambda value: number(value, "points"), limits=[(0.0, "")])


def _notes() -> list[Text]:
    shares = {name: number(share, "share") for name, share in settings.REVIEW_SHARES.items()}
    return [
        _(
            "Photos that were read are a chosen sample: nearly all of the raised, few of the low. So each "
            "band is estimated by itself, and weighs as many photos as were judged in it; a photo with a "
            "known truth stands for all those of its band divided by those known, the inverse of the rate "
            "at which photos of its band came to be known."
        ),
        gettext(
            "Sent to be read by the settings of today: raised %(raised)s, unclear %(unclear)s, low %(low)s."
        )
        % shares,
        _(
            "Photos that came to be read because a patient or the laboratory said so are not in the "
            "sample: they are sent when the prediction was wrong. Of a photo that was read for its band, "
            "the truth is the outcome where there is one, else the readers' diagnosis, and where they are "
            "not done, what was said last. Cases that nobody has read, or closed without a class, are "
            "taken for cases like the others of their band."
        ),
        gettext(
            "A mole counts once a week, and once in the whole period, by its first photo. With fewer than "
            "%(count)s known, or a band of which nothing is known, there is no figure."
        )
        % {"count": FEWEST_KNOWN},
    ]
