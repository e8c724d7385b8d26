"""Recently deleted: what goes when, and how it comes back."""

import uuid
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnosis.models import Mole, Photo
from diagnosis.models.bin import recently_deleted
from diagnosis.models.deleted import GRACE, goes_at
from diagnosis.pages.lookup import JUDGED_BY, me, own_page
from diagnosis.services import jpeg_response, remove_mole, remove_photo, restore_mole, restore_photo

ROWS_A_PAGE = 24

Row = TypeVar("Row", Mole, Photo)


def say_deleted(request: HttpRequest, said: str, undo: str) -> None:
    """The message after a delete; `undo` is the address that its button posts to."""
    messages.success(request, said, extra_tags=undo)


@require_safe
@own_page
def deleted_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(recently_deleted(me(request)), ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = [row | {"goes_at": goes_at(row["deleted_at"])} for row in page]
    return render(request, "deleted/list.html", {"page": page, "rows": rows, "days": GRACE.days})


@require_POST
@own_page
def mole_restore(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = _mole(request, mole_id)
    restore_mole(mole=mole)
    request.session.pop(JUDGED_BY, None)  # an earlier version may have judged it last
    messages.success(request, _("“%(name)s” is back as it was.") % {"name": mole.name})
    return redirect("mole", mole.pk)


@require_POST
@own_page
def photo_restore(request: HttpRequest, photo_id: uuid.UUID) -> HttpResponse:
    photo = _photo(request, photo_id)
    try:
        restore_photo(photo=photo)
        request.session.pop(JUDGED_BY, None)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("deleted")
    messages.success(request, _("The photo is back as it was."))
    return redirect("photo", photo.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def mole_remove(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = _deleted(_mole(request, mole_id))
    if request.method != "POST":
        return _confirm(request, mole=mole, photo_count=Photo.everything.filter(mole=mole).count())
    if not remove_mole(mole=mole):
        raise Http404
    messages.success(request, _("“%(name)s” and its photos are gone for good.") % {"name": mole.name})
    return redirect("deleted")


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def photo_remove(request: HttpRequest, photo_id: uuid.UUID) -> HttpResponse:
    photo = _deleted(_photo(request, photo_id))
    if request.method != "POST":
        return _confirm(request, photo=photo)
    if not remove_photo(photo=photo):
        raise Http404
    messages.success(request, _("The photo is gone for good."))
    return redirect("deleted")


@require_safe
@own_page
def photo_deleted_thumbnail(request: HttpRequest, photo_id: uuid.UUID) -> FileResponse:
    """For the list alone: photos of one day can't be told apart without it."""
    return jpeg_response(_deleted(_photo(request, photo_id)).thumbnail)


def _mole(request: HttpRequest, mole_id: uuid.UUID) -> Mole:
    """Mine, deleted or not: who presses Undo twice is no stranger."""
    return get_object_or_404(Mole.everything.of(me(request)), pk=mole_id)


def _photo(request: HttpRequest, photo_id: uuid.UUID) -> Photo:
    return get_object_or_404(Photo.everything.of(me(request)).select_related("mole"), pk=photo_id)


def _deleted(row: Row) -> Row:
    if row.deleted_at is None:
        raise Http404
    return row


def _confirm(request: HttpRequest, **context: Any) -> HttpResponse:
    return render(request, "deleted/remove.html", context)
