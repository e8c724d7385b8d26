import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from diagnosis.models import Mole
from diagnosis.models.version import current_version
from diagnosis.pages.forms import PhotoForm, taken_at
from diagnosis.pages.lookup import me, own_mole, own_page
from diagnosis.pages.photo_fields import MOST_AT_ONCE
from diagnosis.services import (
    BOUNDS,
    BadImage,
    IdempotencyConflict,
    Submitted,
    manifest_of,
    said,
    submit_photo,
)

# What the rest of the form may take of the body that the limit counts.
FORM_BYTES = 16 * 1024
FORM_FIELD = {"taken_at": "taken_on"}


@dataclass(frozen=True)
class Line:
    """What became of one of several photos; `name` is the file's, and only this answer shows it."""

    number: int
    name: str
    submitted: Submitted | None
    problems: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def photo_add(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    files = request.FILES.getlist("image") if request.method == "POST" else []
    return _upload_several(request, mole, files) if len(files) > 1 else _upload(request, mole)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def quick_check(request: HttpRequest) -> HttpResponse:
    return _upload(request, None)


def _upload(request: HttpRequest, mole: Mole | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, PhotoForm(several=bool(mole)), mole, 200)
    form = PhotoForm(request.POST, request.FILES, several=bool(mole))
    if submitted := _store(request, form, mole):
        return redirect("prediction", submitted.prediction.pk)
    return _page(request, form, mole, 415 if form.has_error("image", "unsupported_type") else 422)


def _upload_several(request: HttpRequest, mole: Mole, files: list[UploadedFile]) -> HttpResponse:
    """Without JavaScript: each file is stored or refused by itself, and the answer says which.

    Sent again as it is, the same form stores nothing twice.
    """
    forms = [PhotoForm(request.POST, MultiValueDict({"image": [file]}), several=True) for file in files]
    shared = set(forms[0].errors) - {"image"}
    if shared or len(files) > MOST_AT_ONCE:
        # What is wrong with the form is wrong for all of them.
        if not shared:
            forms[0].add_error("image", _("Send at most %(most)d photos at once.") % {"most": MOST_AT_ONCE})
        return _page(request, forms[0], mole, 422)
    names = getattr(request, "file_names", [])
    lines = []
    for number, form in enumerate(forms, 1):
        submitted = _store(request, form, mole)
        problems = [str(message) for messages in form.errors.values() for message in messages]
        name = names[number - 1] if len(names) == len(files) else ""
        lines.append(Line(number, name, submitted, problems))
    stored = sum(line.submitted is not None for line in lines)
    title = ngettext(
        "%(stored)d of %(all)d photos is stored", "%(stored)d of %(all)d photos are stored", stored
    ) % {"stored": stored, "all": len(lines)}
    context = {"mole": mole, "lines": lines, "title": title, "refused": len(lines) - stored}
    return render(request, "photos/sent.html", context, status=200 if stored else 422)


def _store(request: HttpRequest, form: PhotoForm, mole: Mole | None) -> Submitted | None:
    """None where it was refused; then the form says why."""
    if not form.is_valid():
        return None
    try:
        return _submit(request, form, mole)
    except BadImage as error:
        form.add_error("image", ValidationError(said(error.message), error.code))
    except ValidationError as error:
        _add_errors(form, error)
    except IdempotencyConflict:
        form.add_error("image", _("You sent this photo before, and filed it since. It is among your moles."))
    return None


def _submit(request: HttpRequest, form: PhotoForm, mole: Mole | None) -> Submitted:
    return submit_photo(
        owner=me(request),
        mole=mole,
        file=form.cleaned_data["image"],
        photo_kind=form.cleaned_data["photo_kind"],
        symptoms=form.cleaned_data["symptoms"],
        taken_at=taken_at(form.cleaned_data["taken_on"]),
        note=form.cleaned_data["note"],
        crop=form.crop(),
        idempotency_key=form.key(mole),
    )


def _add_errors(form: PhotoForm, error: ValidationError) -> None:
    """The service's words beside the form's own fields."""
    for name, messages in error.message_dict.items():
        field = FORM_FIELD.get(name, name)
        form.add_error(field if field in form.fields else None, messages)


def _page(request: HttpRequest, form: PhotoForm, mole: Mole | None, status: int) -> HttpResponse:
    manifest = manifest_of(current_version())
    context = {
        "form": form,
        "mole": mole,
        "max_bytes": settings.MAX_BODY_BYTES - FORM_BYTES,
        "bounds": BOUNDS,
        "network_side": manifest.side if manifest else None,
        "newest": mole.photos.by_date().first() if mole else None,
    }
    return render(request, "photos/upload.html", context, status=status)
