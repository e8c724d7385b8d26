import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from diagnosis.models import Mole
from diagnosis.pages.forms import PhotoForm, taken_at
from diagnosis.pages.lookup import me, own_mole, own_page
from diagnosis.services import BadImage, IdempotencyConflict, Submitted, submit_photo

# What the rest of the form may take of the body that the limit counts.
FORM_BYTES = 16 * 1024
FORM_FIELD = {"taken_at": "taken_on"}


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def photo_add(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    return _upload(request, own_mole(request, mole_id))


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def quick_check(request: HttpRequest) -> HttpResponse:
    return _upload(request, None)


def _upload(request: HttpRequest, mole: Mole | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, PhotoForm(), mole, 200)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, mole, 422)
    try:
        return redirect("prediction", _submit(request, form, mole).prediction.pk)
    except BadImage as error:
        form.add_error("image", error.message)
        return _page(request, form, mole, 415 if error.code == "unsupported_type" else 422)
    except ValidationError as error:
        _add_errors(form, error)
    except IdempotencyConflict:
        form.add_error("image", "You sent this photo before, and filed it since. It is among your moles.")
    return _page(request, form, mole, 422)


def _submit(request: HttpRequest, form: PhotoForm, mole: Mole | None) -> Submitted:
    return submit_photo(
        owner=me(request),
        mole=mole,
        file=form.cleaned_data["image"],
        photo_kind=form.cleaned_data["photo_kind"],
        symptoms=form.cleaned_data["symptoms"],
        taken_at=taken_at(form.cleaned_data["taken_on"]),
        crop=form.crop(),
        idempotency_key=form.key(mole),
    )


def _add_errors(form: PhotoForm, error: ValidationError) -> None:
    """The service's words beside the form's own fields."""
    for name, messages in error.message_dict.items():
        field = FORM_FIELD.get(name, name)
        form.add_error(field if field in form.fields else None, messages)


def _page(request: HttpRequest, form: PhotoForm, mole: Mole | None, status: int) -> HttpResponse:
    context = {"form": form, "mole": mole, "max_bytes": settings.MAX_BODY_BYTES - FORM_BYTES}
    return render(request, "photos/upload.html", context, status=status)
