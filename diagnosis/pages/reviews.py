"""What a clinician who looked at photos recommends, and the end of the mails that say so."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from diagnosis.models import Prediction
from diagnosis.services import REVIEWS, review_leads, update_settings, user_of_token


def review_context(prediction: Prediction) -> dict[str, Any]:
    """What reviews/word.html needs on a page that shows this prediction."""
    reviews = prediction.photo.reviews
    return {
        "review": next(iter(reviews), None),
        "earlier_reviews": reviews[1:],
        "review_leads": review_leads(prediction),
    }


@csrf_exempt
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def review_mails_stop(request: HttpRequest, signed: str) -> HttpResponse:
    """The link in every mail on reviews; as `reminders_stop`, for these mails."""
    user = user_of_token(signed, REVIEWS)
    if user is None:
        raise Http404
    if request.method == "POST":
        update_settings(user=user, review_mails=False)
    response = render(request, "reviews/stop.html", {"stopped": not user.review_mails})
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
