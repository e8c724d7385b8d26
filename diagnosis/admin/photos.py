from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import DeletableAdmin, ReadOnlyInline, RunsAgain, link, percent, thumbnail
from diagnosis.models import Photo, Prediction
from diagnosis.services import delete_photo, jpeg_response


class PredictionInline(ReadOnlyInline):
    model = Prediction
    fields = ("created_at", "status", "malignancy_probability", "band", "model_version", "reason", "attempts")
    readonly_fields = fields


@admin.register(Photo)
class PhotoAdmin(RunsAgain, DeletableAdmin):
    list_display = ["small", "created_at", "owner", "latest_status", "probability", "mole", "photo_kind"]
    list_display_links = ["small", "created_at"]
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
    def small(self, photo: Photo) -> SafeString:
        return thumbnail(photo)

    @admin.display(description=_("photo"))
    def large(self, photo: Photo) -> SafeString:
        return format_html('<a href="../image/">{}</a>', thumbnail(photo, 320))

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
            *super().get_urls(),
        ]

    def thumbnail_view(self, request: HttpRequest, pk: Any) -> FileResponse:
        return self._file(request, pk, "thumbnail")

    def image_view(self, request: HttpRequest, pk: Any) -> FileResponse:
        return self._file(request, pk, "image")

    def _file(self, request: HttpRequest, pk: Any, field: str) -> FileResponse:
        """`admin_view` has checked that staff asks, and keeps the answer out of every cache."""
        photo = get_object_or_404(Photo, pk=pk)
        if not self.has_view_permission(request, photo):
            raise PermissionDenied
        return jpeg_response(getattr(photo, field))
