from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from diagnosis.models.version import current_version
from diagnosis.pages.figures import figure_rows, measured
from diagnosis.pages.markdown import to_html
from diagnosis.services import manifest_of
from ml.manifest import Manifest


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"figures": measured(manifest_of(current_version()))})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """What the number means, how to take a photo, the signs, the limits."""
    return render(request, "help.html")


@require_safe
def about_model(request: HttpRequest) -> HttpResponse:
    version = current_version()
    manifest = manifest_of(version)
    context = {
        "version": version,
        "manifest": manifest,
        "rows": figure_rows(manifest.metrics) if manifest else [],
        "card": _card(manifest) if manifest else "",
    }
    return render(request, "model.html", context)


def _card(manifest: Manifest) -> SafeString | str:
    try:
        return to_html(manifest.card)
    except OSError:
        return ""
