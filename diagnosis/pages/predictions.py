import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from diagnosis.models import Prediction
from diagnosis.pages.figures import measured
from diagnosis.pages.lookup import own_page, own_prediction


@require_safe
@own_page
def prediction_page(request: HttpRequest, prediction_id: uuid.UUID) -> HttpResponse:
    """One page for all states; it answers 200 in each, for the photo is stored in each."""
    prediction = own_prediction(request, prediction_id)
    figures = measured(prediction.model_version) if prediction.model_version else None
    context = {
        "prediction": prediction,
        "photo": prediction.photo,
        "figures": figures,
        "state": _state(prediction),
    }
    return render(request, "predictions/prediction.html", context)


def _state(prediction: Prediction) -> str:
    return prediction.status if prediction.terminal else "waiting"
