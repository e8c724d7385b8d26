from typing import Any
from urllib.parse import urlencode

from allauth.account.utils import get_next_redirect_url
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from diagnosis.admin.base import DeletableAdmin, ReadOnlyInline, RunsAgain, link, percent, thumbnail
from diagnosis.admin.reasons import ReasonForm, keep_reason, may_see_photos, reason_for
from diagnosis.models import Photo, Prediction
from diagnosis.services import delete_photo, view_photo


class PredictionInline(ReadOnlyInline):
    model = Prediction
    fields = ("created_at", "status", "malignancy_probability", "band", "model_version", "reason", "attempts")
    readonly_fields = fields


@admin.register(Photo)
class PhotoAdmin(RunsAgain, DeletableAdmin):
    list_display = ["small", "created_at", "owner", "latest_status", "probability", "mole", "photo_kind"]
    list_display_links = ["created_at"]
    list_filter = ["photo_kind", "original_format", "created_at"]
    list_select_related = ["owner", "mole"]
    date_hierarchy = "created_at"
    search_fields = ["id__exact", "owner__email", "mole__name", "sha256"]
    search_help_text = _("Address of the owner, name of the mole, id or SHA-256")
    actions = ["run_again"]
    inlines = [PredictionInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "large",
                    "owner_link",
                    "mole_link",
                    "photo_kind",
                    "symptoms",
                    "note",
                    "taken_at",
                    "created_at",
                ]
            },
        ),
        (_("File"), {"fields": ["id", "width", "height", "original_format", "sha256", "file_name"]}),
        (_("The square over the mole"), {"fields": ["crop_x", "crop_y", "crop_size"]}),
    ]
    readonly_fields = ["large", "owner_link", "mole_link", "id", "created_at", "file_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        return super().get_queryset(request).prefetch_related("predictions")

    @admin.display(description=_("photo"))
    def small(self, photo: Photo) -> SafeString | str:
        return thumbnail(photo)

    @admin.display(description=_("photo"))
    def large(self, photo: Photo) -> SafeString | str:
        shown = thumbnail(photo, 320)
        if "<img" not in shown:
            return shown
        whole = reverse("admin:diagnosis_photo_image", args=[photo.pk])
        return format_html('{}<p><a href="{}">{}</a></p>', shown, whole, _("The whole photo"))

    @admin.display(description=_("owner"))
    def owner_link(self, photo: Photo) -> SafeString | str:
        return link(photo.owner)

    @admin.display(description=_("mole"))
    def mole_link(self, photo: Photo) -> SafeString | str:
        return link(photo.mole)

    @admin.display(description=_("file"))
    def file_name(self, photo: Photo) -> str:
        """The name alone: Django would link to the storage, past every check."""
        return str(photo.image.name)

    @admin.display(description=_("latest prediction"))
    def latest_status(self, photo: Photo) -> str:
        return photo.latest_prediction.get_status_display()

    @admin.display(description=_("malignancy probability"))
    def probability(self, photo: Photo) -> str:
        return percent(photo.latest_prediction.malignancy_probability)

    @admin.action(description=_("Run again with the current model"), permissions=["run_again"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        self.run_photos(request, queryset)

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        delete_photo(photo=obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/thumbnail/", view(self.thumbnail_view), name="diagnosis_photo_thumbnail"),
            path("<uuid:pk>/image/", view(self.image_view), name="diagnosis_photo_image"),
            path("<uuid:pk>/reason/", view(self.reason_view), name="diagnosis_photo_reason"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def thumbnail_view(self, request: HttpRequest, pk: Any) -> HttpResponseBase:
        return self._file(request, pk, "thumbnail")

    @method_decorator(require_safe)
    def image_view(self, request: HttpRequest, pk: Any) -> HttpResponseBase:
        return self._file(request, pk, "image")

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def reason_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Asks why; then back to where a photo was to be seen."""
        photo = self._photo(request, pk)
        came_for = get_next_redirect_url(request)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            keep_reason(request, photo.owner_id, form.cleaned_data["reason"])
            return redirect(came_for or reverse("admin:diagnosis_photo_change", args=[photo.pk]))
        context = self.admin_site.each_context(request) | {
            "title": _("Before you see photos"),
            "opts": self.opts,
            "photo": photo,
            "form": form,
            "came_for": came_for,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/diagnosis/photo/reason.html", context, status=status)

    def _file(self, request: HttpRequest, pk: Any, field: str) -> FileResponse | HttpResponse:
        """`admin_view` has checked that staff asks, and keeps the answer out of every cache."""
        photo = self._photo(request, pk)
        reason = reason_for(request, photo.owner_id)
        if not reason:
            ask = reverse("admin:diagnosis_photo_reason", args=[photo.pk])
            return redirect(f"{ask}?{urlencode({'next': request.path})}")
        return view_photo(photo=photo, field=field, reason=reason)

    def _photo(self, request: HttpRequest, pk: Any) -> Photo:
        if not may_see_photos(request):
            raise PermissionDenied
        return get_object_or_404(Photo, pk=pk)
