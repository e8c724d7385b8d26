"""Errors outside any view: JSON under /api/, the site's pages elsewhere."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views import defaults

MESSAGES = {
    400: ("bad_request", _("The request could not be read.")),
    403: ("permission_denied", _("This is not allowed.")),
    404: ("not_found", _("There is nothing at this address.")),
    500: ("server_error", _("Something went wrong on our side. Try again; nothing half done is kept.")),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(request, 400) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(request, 403) or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(request, 404) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _json(request, 500) or defaults.server_error(request)


def _json(request: HttpRequest, status: int) -> JsonResponse | None:
    if not request.path.startswith("/api/"):
        return None
    code, message = MESSAGES[status]
    return JsonResponse({"error": {"code": code, "message": str(message), "details": {}}}, status=status)
