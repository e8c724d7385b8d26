"""Export everything: ask for it, watch it being made, fetch it."""

import uuid

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from diagnosis.models import Export
from diagnosis.models.export import KEPT_FOR
from diagnosis.pages.lookup import me, own_page
from diagnosis.services import start_export, zip_response


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def export_page(request: HttpRequest) -> HttpResponse:
    """One page for all states of the newest export."""
    if request.method == "POST":
        start_export(owner=me(request))
        return redirect("export")
    export = Export.objects.of(me(request)).first()
    return render(request, "exports/export.html", {"export": export, "days": KEPT_FOR.days})


@require_safe
@own_page
def export_download(request: HttpRequest, export_id: uuid.UUID) -> FileResponse:
    return zip_response(get_object_or_404(Export.objects.of(me(request)).downloadable(), pk=export_id))
