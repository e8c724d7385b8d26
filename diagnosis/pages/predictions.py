import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from diagnosis.models import Prediction
from diagnosis.pages.figures import band_figures, measured
from diagnosis.pages.lookup import own_page, own_prediction
from diagnosis.pages.reviews import review_context
from diagnosis.services import WITHOUT_BAND, alarm, at_prevalence, manifest_of, with_age


@require_safe
@own_page
def prediction_page(request: HttpRequest, prediction_id: uuid.UUID) -> HttpResponse:
    """One page for all states; it answers 200 in each, for the photo is stored in each."""
    prediction = own_prediction(request, prediction_id)
    manifest = manifest_of(prediction.model_version) if prediction.model_version else None
    context = {
        "prediction": prediction,
        "alarm": alarm(prediction.photo),
        "photo": prediction.photo,
        "figures": measured(manifest),
        "band_figures": band_figures(manifest, prediction.shown_band),
        "clinical": manifest.clinical if manifest else None,
        "prevalence": settings.PREVALENCE,
        "at_prevalence": at_prevalence(prediction),
        "with_age": with_age(prediction),
        "without_band": WITHOUT_BAND,
        "state": _state(prediction),
        **review_context(prediction),
    }
    return render(request, "predictions/prediction.html", context)


@require_safe
@own_page
def prediction_line(request: HttpRequest, prediction_id: uuid.UUID) -> HttpResponse:
    """The result in a line, for a list that asks for it until it is there."""
    prediction = own_prediction(request, prediction_id)
    context = {"prediction": prediction, "alarm": alarm(prediction.photo)}
    return render(request, "predictions/line.html", context)


def _state(prediction: Prediction) -> str:
    return prediction.status if prediction.terminal else "waiting"
