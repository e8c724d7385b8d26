import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnosis.models import Photo
from diagnosis.models.deleted import GRACE
from diagnosis.pages.conflict import Difference, differences
from diagnosis.pages.deleted import say_deleted
from diagnosis.pages.forms import PhotoDetailsForm
from diagnosis.pages.lookup import me, own_page, own_photo
from diagnosis.pages.reviews import review_context
from diagnosis.services import (
    ChangedMeanwhile,
    delete_photo,
    jpeg_response,
    rerun_prediction,
    update_photo,
    version_of,
)

PHOTOS_A_PAGE = 12


@require_safe
@own_page
def photo_list(request: HttpRequest) -> HttpResponse:
    """Quick checks that were not filed under a mole."""
    photos = Photo.objects.of(me(request)).filter(mole=None).with_predictions().with_recommendation()
    page = Paginator(photos, PHOTOS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "photos/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def photo_page(request: HttpRequest, photo_id: uuid.UUID) -> HttpResponse:
    photo = own_photo(request, photo_id)
    data = request.POST if request.method == "POST" else None
    form = PhotoDetailsForm(data, owner=me(request), photo=photo)
    if not form.is_valid():
        return _details_page(request, form, photo)
    try:
        # Not the photo of the page: that keeps showing what is stored.
        version = request.POST.get("version", "")
        update_photo(photo=own_photo(request, photo_id), version=version, **form.changes())
    except ValidationError as error:
        form.add_error("taken_on" if "taken_at" in error.message_dict else None, error.messages)
        return _details_page(request, form, photo)
    except ChangedMeanwhile:
        return _details_page(request, form, photo, changed=differences(photo, form.typed(photo)))
    messages.success(request, _("Saved."))
    return redirect("photo", photo.pk)


def _details_page(
    request: HttpRequest, form: PhotoDetailsForm, photo: Photo, changed: list[Difference] | None = None
) -> HttpResponse:
    """`changed` is what another window stored meanwhile, beside what was typed here."""
    context = {"photo": photo, "form": form, "version": version_of(photo), "changed": changed}
    context |= review_context(photo.latest_result)
    status = 409 if changed is not None else 422 if form.errors else 200
    return render(request, "photos/photo.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def photo_delete(request: HttpRequest, photo_id: uuid.UUID) -> HttpResponse:
    photo = own_photo(request, photo_id)
    if request.method != "POST":
        return render(request, "photos/delete.html", {"photo": photo, "days": GRACE.days})
    back = reverse("mole", args=[photo.mole_id]) if photo.mole_id else reverse("mole-list")
    delete_photo(photo=photo)
    said = _("The photo and its predictions are deleted.")
    say_deleted(request, said, undo=reverse("photo-restore", args=[photo.pk]))
    return redirect(back)


@require_POST
@own_page
def photo_rerun(request: HttpRequest, photo_id: uuid.UUID) -> HttpResponse:
    prediction = rerun_prediction(photo=own_photo(request, photo_id))
    return redirect("prediction", prediction.pk)


@require_safe
@own_page
def photo_image(request: HttpRequest, photo_id: uuid.UUID) -> FileResponse:
    return jpeg_response(own_photo(request, photo_id).image)


@require_safe
@own_page
def photo_thumbnail(request: HttpRequest, photo_id: uuid.UUID) -> FileResponse:
    return jpeg_response(own_photo(request, photo_id).thumbnail)
