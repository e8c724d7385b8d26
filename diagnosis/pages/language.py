from django.http import HttpRequest, HttpResponse
from django.views import i18n
from django.views.decorators.http import require_POST


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen `language` in a cookie, and goes back to the page `next` of this site."""
    return i18n.set_language(request)
