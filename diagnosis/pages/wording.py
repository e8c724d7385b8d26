"""Numbers and bands in words for people."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from diagnosis.models import Prediction
from diagnosis.services import NEXT_STEP

# In words that people know; the pages may not import the network's own table.
CLASS_NAMES = {
    "akiec": "actinic keratosis or Bowen's disease (early skin cancer)",
    "bcc": "basal cell carcinoma (skin cancer)",
    "bkl": "benign keratosis (harmless)",
    "df": "dermatofibroma (harmless)",
    "mel": "melanoma (skin cancer)",
    "nv": "common mole (harmless)",
    "vasc": "blood vessel mark (harmless)",
}


@dataclass(frozen=True)
class BandWords:
    title: str
    meaning: str
    next_step: str


BANDS = {
    "low": BandWords(
        "Low",
        "Below the line above which 99 of 100 malignant moles lay when the lines were drawn.",
        NEXT_STEP[Prediction.Band.LOW],
    ),
    "unclear": BandWords(
        "Unclear",
        "Between the two lines: above the one that 99 of 100 malignant moles passed, "
        "below the one that 95 of 100 passed.",
        NEXT_STEP[Prediction.Band.UNCLEAR],
    ),
    "raised": BandWords(
        "Raised",
        "Above the line that 95 of 100 malignant moles passed when the lines were drawn. "
        "Many harmless moles pass it too.",
        NEXT_STEP[Prediction.Band.RAISED],
    ),
}


def in_hundred(probability: float) -> str:
    """0.034 -> "about 3 in 100". Never zero and never all: the network is never that sure."""
    if probability < 0.01:
        return "less than 1 in 100"
    if probability > 0.99:
        return "more than 99 in 100"
    return f"about {round(100 * probability)} in 100"


def percent(probability: float) -> str:
    if probability < 0.01:
        return "under 1%"
    if probability > 0.99:
        return "over 99%"
    return f"{round(100 * probability)}%"


def fine_percent(share: float) -> str:
    """With a decimal, for those who open the details."""
    return f"{100 * share:.1f}%" if share >= 0.001 else "under 0.1%"


def dots(probability: float) -> int:
    """How many of the hundred dots are filled; from 1 to 99, as the words say."""
    return min(max(round(100 * probability), 1), 99)


def in_so_many(share: float) -> str:
    """0.02 -> "2 in 100", 0.004 -> "4 in 1,000": a share that may be small, in whole people or nearly."""
    of = next((of for of in (100, 1_000, 10_000) if share * of >= 1), 100_000)
    return f"{round(share * of, 1):g} in {of:,}"


def so_many_are(probability: float) -> str:
    """Of a hundred, with its verb. Never none: "about 12 are", "fewer than 1 is"."""
    if probability < 0.01:
        return "fewer than 1 is"
    if probability > 0.99:
        return "more than 99 are"
    count = round(100 * probability)
    return f"about {count} {'is' if count == 1 else 'are'}"


def points(share: float) -> str:
    """A difference of probabilities: 0.031 -> "about 3 percentage points"."""
    count = round(100 * share)
    if count < 1:
        return "less than 1 percentage point"
    return f"about {count} percentage point{'' if count == 1 else 's'}"


def ago(moment: datetime) -> str:
    """In whole days, which is how people count between two photos."""
    days = (timezone.localdate() - timezone.localdate(moment)).days
    return "today" if days < 1 else f"{days} day{'' if days == 1 else 's'} ago"


def due(day: date, today: date | None = None) -> str:
    """When a mole is to be photographed again, counted from today: "due in 12 days", "due 3 days ago"."""
    days = (day - (today or timezone.localdate())).days
    if not days:
        return _("due today")
    if days > 0:
        return ngettext("due in %(days)d day", "due in %(days)d days", days) % {"days": days}
    return ngettext("due %(days)d day ago", "due %(days)d days ago", -days) % {"days": -days}


def is_due(day: date) -> bool:
    return day <= timezone.localdate()
