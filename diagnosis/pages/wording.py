"""Numbers and bands in words for people."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Prediction
from diagnosis.services import NEXT_STEP, Holdings

# In words that people know; the pages may not import the network's own table.
CLASS_NAMES = {
    "akiec": _("actinic keratosis or Bowen's disease (early skin cancer)"),
    "bcc": _("basal cell carcinoma (skin cancer)"),
    "bkl": _("benign keratosis (harmless)"),
    "df": _("dermatofibroma (harmless)"),
    "mel": _("melanoma (skin cancer)"),
    "nv": _("common mole (harmless)"),
    "vasc": _("blood vessel mark (harmless)"),
}


@dataclass(frozen=True)
class BandWords:
    title: str | Promise
    meaning: str | Promise
    next_step: str | Promise


BANDS = {
    "low": BandWords(
        _("Low"),
        _("Below the line above which 99 of 100 malignant moles lay when the lines were drawn."),
        NEXT_STEP[Prediction.Band.LOW],
    ),
    "unclear": BandWords(
        _("Unclear"),
        _(
            "Between the two lines: above the one that 99 of 100 malignant moles passed, "
            "below the one that 95 of 100 passed."
        ),
        NEXT_STEP[Prediction.Band.UNCLEAR],
    ),
    "raised": BandWords(
        _("Raised"),
        _(
            "Above the line that 95 of 100 malignant moles passed when the lines were drawn. "
            "Many harmless moles pass it too."
        ),
        NEXT_STEP[Prediction.Band.RAISED],
    ),
}


def decimal(value: float, places: int) -> str:
    """Rounded, with the reader's decimal sign."""
    return number_format(Decimal(f"{value:.{places}f}"), places)


def auc(value: float) -> str:
    """To three places, as the model card has it."""
    return decimal(value, 3)


def whole(count: int) -> str:
    """With the reader's sign between the thousands."""
    return number_format(count, force_grouping=True)


def exact_percent(share: float, places: int = 1) -> str:
    """0.0312 -> "3.1%", whatever its size."""
    return gettext("%(number)s%%") % {"number": decimal(100 * share, places)}


def in_hundred(probability: float) -> str:
    """0.034 -> "about 3 in 100". Never zero and never all: the network is never that sure."""
    if probability < 0.01:
        return gettext("less than 1 in 100")
    if probability > 0.99:
        return gettext("more than 99 in 100")
    return gettext("about %(count)s in 100") % {"count": round(100 * probability)}


def percent(probability: float) -> str:
    if probability < 0.01:
        return gettext("under %(share)s") % {"share": exact_percent(0.01, 0)}
    if probability > 0.99:
        return gettext("over %(share)s") % {"share": exact_percent(0.99, 0)}
    return exact_percent(probability, 0)


def fine_percent(share: float) -> str:
    """With a decimal, for those who open the details."""
    if share < 0.001:
        return gettext("under %(share)s") % {"share": exact_percent(0.001)}
    return exact_percent(share)


def dots(probability: float) -> int:
    """How many of the hundred dots are filled; from 1 to 99, as the words say."""
    return min(max(round(100 * probability), 1), 99)


def in_so_many(share: float) -> str:
    """0.02 -> "2 in 100", 0.004 -> "4 in 1,000": a share that may be small, in whole people or nearly."""
    of = next((of for of in (100, 1_000, 10_000) if share * of >= 1), 100_000)
    count = number_format(Decimal(f"{round(share * of, 1):g}"))
    return gettext("%(count)s in %(of)s") % {"count": count, "of": whole(of)}


def so_many_are(probability: float) -> str:
    """Of a hundred, with its verb. Never none: "about 12 are", "fewer than 1 is"."""
    if probability < 0.01:
        return gettext("fewer than 1 is")
    if probability > 0.99:
        return gettext("more than 99 are")
    count = round(100 * probability)
    return ngettext("about %(count)s is", "about %(count)s are", count) % {"count": count}


def points(share: float) -> str:
    """A difference of probabilities: 0.031 -> "about 3 percentage points"."""
    count = round(100 * share)
    if count < 1:
        return gettext("less than 1 percentage point")
    said = ngettext("about %(count)s percentage point", "about %(count)s percentage points", count)
    return said % {"count": count}


def ago(moment: datetime) -> str:
    """In whole days, which is how people count between two photos."""
    days = (timezone.localdate() - timezone.localdate(moment)).days
    if days < 1:
        return gettext("today")
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


def held(holdings: Holdings) -> str:
    """What goes with an account: "1 profile, 2 moles, 3 photos and 3 predictions"."""
    counts = {
        "profiles": ngettext("%(count)s profile", "%(count)s profiles", holdings.profiles)
        % {"count": holdings.profiles},
        "moles": ngettext("%(count)s mole", "%(count)s moles", holdings.moles) % {"count": holdings.moles},
        "photos": ngettext("%(count)s photo", "%(count)s photos", holdings.photos)
        % {"count": holdings.photos},
        "predictions": ngettext("%(count)s prediction", "%(count)s predictions", holdings.predictions)
        % {"count": holdings.predictions},
    }
    return gettext("%(profiles)s, %(moles)s, %(photos)s and %(predictions)s") % counts


def due(day: date, today: date | None = None) -> str:
    """When a mole is to be photographed again, counted from today: "due in 12 days", "due 3 days ago"."""
    days = (day - (today or timezone.localdate())).days
    if not days:
        return gettext("due today")
    if days > 0:
        return ngettext("due in %(days)d day", "due in %(days)d days", days) % {"days": days}
    return ngettext("due %(days)d day ago", "due %(days)d days ago", -days) % {"days": -days}


def is_due(day: date) -> bool:
    return day <= timezone.localdate()
