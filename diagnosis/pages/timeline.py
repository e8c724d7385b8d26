"""A mole over time: its photos in the order in which they were taken, and what was predicted of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from diagnosis.charts import Chart, Value, draw, scale
from diagnosis.models import Case, Mole, Prediction
from diagnosis.models.prediction import PHOTO_MOMENT
from diagnosis.pages.wording import exact_percent, percent

# A line of one point says nothing of time.
ENOUGH = 2


@dataclass(frozen=True)
class Timeline:
    """Results, oldest photo first; `newest` and `before` are those of the two newest photos that have one.
    `reviews` are what clinicians recommended of photos, last first."""

    results: list[Prediction]
    probability: Chart | None
    size: Chart | None
    newest: Prediction | None
    before: Prediction | None
    reviews: list[Case]

    @property
    def call(self) -> Case | None:
        """What sends to a doctor, if anything does."""
        return next((case for case in self.reviews if case.calls), None)  # type: ignore[attr-defined]


def timeline(mole: Mole) -> Timeline:
    """All of it in two queries, however many photos there are."""
    return timelines([mole])[mole.pk]


def timelines(moles: Iterable[Mole]) -> dict[UUID, Timeline]:
    """Of each mole by its id, in two queries for all."""
    results: dict[UUID, list[Prediction]] = {mole.pk: [] for mole in moles}
    for result in _results(results):
        if result.photo.mole_id:
            results[result.photo.mole_id].append(result)
    reviews = Case.objects.closed_by_mole(results)
    return {pk: _timeline(of_mole, reviews[pk]) for pk, of_mole in results.items()}


def _timeline(results: list[Prediction], reviews: list[Case]) -> Timeline:
    before, newest = [None, None, *{one.photo_id: one for one in results}.values()][-2:]
    sized = [one for one in results if one.measurements and not one.measurements["cut_off"]]
    return Timeline(
        results=results,
        probability=_chart([(one, float(one.malignancy_probability or 0)) for one in results], "%(share)s"),
        size=_chart(
            [(one, float((one.measurements or {})["diameter"])) for one in sized],
            gettext("%(share)s of the photo’s width"),
        ),
        newest=newest,
        before=before,
        reviews=reviews,
    )


def _results(moles: Iterable[UUID]) -> list[Prediction]:
    """The newest result of each photo by each model version, oldest photo first."""
    found = (
        Prediction.objects.kept()
        .filter(photo__mole__in=list(moles), status=Prediction.Status.SUCCEEDED)
        .select_related("photo")
        .defer("class_probabilities", "outline", "explanation")
        .order_by(PHOTO_MOMENT, "photo_id", "created_at")
    )
    return list({(one.photo_id, one.model_version): one for one in found}.values())


def _chart(shares: list[tuple[Prediction, float]], words: str) -> Chart | None:
    """Of results with a share each; `words` say what it is a share of."""
    if len(shares) < ENOUGH:
        return None
    top, step = scale(max(share for _, share in shares))
    values = [_value(result, share, words) for result, share in shares]
    return draw(values, top=top, step=step, text=lambda at: exact_percent(at, 0))


def _value(result: Prediction, share: float, words: str) -> Value:
    moment = timezone.localtime(result.photo.moment)
    label = f"{date_format(moment)}: {words % {'share': percent(share)}}, {result.model_version}"
    if not result.in_tested_input:
        label = gettext("%(result)s, outside what was tested") % {"result": label}
    return Value(moment, share, result.model_version, result.in_tested_input, label)
