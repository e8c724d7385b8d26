"""In which language a request is answered."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers


class LanguageMiddleware:
    """Answers in `language_of` the request, and says so. What is said outside any request is English.

    Django's own middleware leaves the language switched on for whatever the thread does next, such as
    refusing a body before anybody has looked at its language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def language_of(request: HttpRequest) -> str:
    """What the person stored, else chose in this browser (a cookie), else what the browser asks for."""
    stored = getattr(getattr(request, "user", None), "language", "")
    if stored in dict(settings.LANGUAGES):
        return stored
    return translation.get_language_from_request(request)
