"""A new model version: judge the old photos again, and see what it says differently."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from diagnosis.models import Photo, Prediction
from diagnosis.models.photo import PhotoQuerySet
from diagnosis.models.version import current_version
from diagnosis.pages.lookup import me, own_page
from diagnosis.services import rerun_all

PHOTOS_A_PAGE = 24


@dataclass(frozen=True)
class Difference:
    """What the current version says of a photo, and what the version before it said."""

    photo: Photo
    before: Prediction
    now: Prediction


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def new_model_page(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        count = rerun_all(owner=me(request))
        said = ngettext(
            "%(count)s photo will be judged again. Come back in a few minutes.",
            "%(count)s photos will be judged again. Come back in a few minutes.",
            count,
        )
        nothing = _("The current model has judged all your photos.")
        messages.success(request, said % {"count": count} if count else nothing)
        return redirect("new-model")
    version = current_version()
    page = Paginator(_judged_twice(request, version), PHOTOS_A_PAGE).get_page(request.GET.get("page"))
    photos = Photo.objects.of(me(request))
    context = {
        "version": version,
        "page": page,
        "differences": _differences(page, version),
        "to_judge": photos.not_judged_by(version).count(),
        "waiting": Prediction.objects.of(me(request)).filter(finished_at=None).count(),
    }
    return render(request, "predictions/new_model.html", context)


def _judged_twice(request: HttpRequest, version: str) -> PhotoQuerySet:
    """My photos with a number of this version and one of another."""
    succeeded = Prediction.objects.of(me(request)).filter(status=Prediction.Status.SUCCEEDED)
    current = succeeded.filter(model_version=version)
    others = succeeded.exclude(model_version=version)
    photos = Photo.objects.of(me(request)).filter(pk__in=current.values("photo"))
    return photos.filter(pk__in=others.values("photo")).by_date().with_predictions()


def _differences(page: Page, version: str) -> list[Difference]:
    return [_difference(photo, version) for photo in page]


def _difference(photo: Photo, version: str) -> Difference:
    # The newest first, as the model orders them.
    numbered = [one for one in photo.predictions.all() if one.status == Prediction.Status.SUCCEEDED]
    now = next(one for one in numbered if one.model_version == version)
    before = next(one for one in numbered if one.model_version != version)
    return Difference(photo, before, now)
