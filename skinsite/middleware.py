"""What stands around every request: headers for every answer, bodies that are refused before anybody reads
them, and times as the account's clock shows them."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from diagnosis.models.event import Circumstances, under
from skinsite.language import language_of

# A browser that is still sending sees a broken connection instead of the answer unless its
# body is read; beyond this many bytes that would cost us more than it helps.
DRAIN_BYTES = 20 * 1024 * 1024
TOO_LARGE = _(
    "The photo is larger than {megabytes} MB, or several are together. "
    "Save it smaller or as JPEG, or send fewer at once."
)

# The camera for this site's own pages, for photos of moles; the rest for nobody.
PERMISSIONS = "camera=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


class PermissionsMiddleware:
    """Says which of the browser's powers a page may ask for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class BodyLimitMiddleware:
    """413 for a body over MAX_BODY_BYTES, 411 for one of unknown length."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
            return _refuse(request, 411, "length_required", _("Send the body with a Content-Length."))
        if length.isdigit() and int(length) > settings.MAX_BODY_BYTES:
            _drain(request, int(length))
            return _refuse(
                request,
                413,
                "too_large",
                format_lazy(TOO_LARGE, megabytes=settings.MAX_BODY_BYTES // (1024 * 1024)),
            )
        return self.get_response(request)


class TimeZoneMiddleware:
    """The time zone of who is logged in; the API speaks the same to everyone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(request.user.zone):
            return self.get_response(request)


class CircumstancesMiddleware:
    """Gives each request an id, which the log of events and the answer carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        with under(Circumstances(request, request_id)):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


def _drain(request: HttpRequest, length: int) -> None:
    left = min(length, DRAIN_BYTES)
    while left > 0:
        try:
            chunk = request.read(min(left, 64 * 1024))
        except OSError:
            return
        if not chunk:
            return
        left -= len(chunk)


def _refuse(request: HttpRequest, status: int, code: str, message: str | Promise) -> HttpResponse:
    response: HttpResponse
    with translation.override(language_of(request)):
        if request.path.startswith("/api/"):
            error = {"code": code, "message": str(message), "details": {}}
            response = JsonResponse({"error": error}, status=status)
        else:
            response = render(request, "413.html", {"message": message}, status=status)
    # Where part of the body was left unread, the connection can't be used again.
    response["Connection"] = "close"
    return response
