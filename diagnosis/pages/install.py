"""What makes the site installable on a phone: its manifest, and a page for when there is no connection."""

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# As the light theme of static/css/site.css; pages name the dark theme's beside it.
THEME_COLOUR, BACKGROUND = "#0e5a63", "#f7f9f9"


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    content = {
        "id": "/",
        "name": "Skin Cancer Detection",
        "short_name": _("Moles"),
        "description": _(
            "Photograph moles and follow them over the months. It predicts; it does not diagnose."
        ),
        "lang": get_language() or settings.LANGUAGE_CODE,
        "start_url": reverse("mole-list"),
        "scope": reverse("home"),
        "display": "standalone",
        "theme_color": THEME_COLOUR,
        "background_color": BACKGROUND,
        "icons": [
            _icon("icon-192.png", 192),
            _icon("icon-512.png", 512),
            _icon("icon-maskable-512.png", 512, "maskable"),
        ],
        "shortcuts": [
            {"name": _("Quick check"), "url": reverse("quick-check")},
            {"name": _("Add a mole"), "url": reverse("mole-add")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _icon(name: str, side: int, purpose: str = "any") -> dict[str, str]:
    return {
        "src": static(f"icons/{name}"),
        "sizes": f"{side}x{side}",
        "type": "image/png",
        "purpose": purpose,
    }


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> FileResponse:
    """From the root, because a service worker sees only what lies below its own address."""
    script = settings.BASE_DIR / "static" / "js" / "service-worker.js"
    return FileResponse(script.open("rb"), content_type="text/javascript; charset=utf-8")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker, so it says nothing of anybody."""
    return render(request, "offline.html")
