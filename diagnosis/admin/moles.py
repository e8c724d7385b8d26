from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import DeletableAdmin, ReadOnlyInline, link, percent, thumbnail
from diagnosis.models import Mole, Photo
from diagnosis.services import delete_mole


class PhotoInline(ReadOnlyInline):
    """A person's or a mole's photos, each with its newest prediction."""

    model = Photo
    fields = ("small", "mole_link", "created_at", "photo_kind", "latest_status", "probability")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        return super().get_queryset(request).select_related("mole").prefetch_related("predictions")

    @admin.display(description=_("photo"))
    def small(self, photo: Photo) -> SafeString | str:
        return thumbnail(photo)

    @admin.display(description=_("mole"))
    def mole_link(self, photo: Photo) -> SafeString | str:
        return link(photo.mole)

    @admin.display(description=_("latest prediction"))
    def latest_status(self, photo: Photo) -> SafeString | str:
        latest = photo.latest_prediction
        return link(latest, latest.get_status_display())

    @admin.display(description=_("malignancy probability"))
    def probability(self, photo: Photo) -> str:
        return percent(photo.latest_prediction.malignancy_probability)


@admin.register(Mole)
class MoleAdmin(DeletableAdmin):
    list_display = ["name", "owner", "profile", "body_site", "photo_count", "created_at"]
    list_filter = ["body_site", "created_at"]
    list_select_related = ["owner", "profile"]
    date_hierarchy = "created_at"
    search_fields = ["id__exact", "name", "owner__email"]
    search_help_text = _("Name, address of the owner, or id")
    fields = [
        "name",
        "owner_link",
        "profile_link",
        "body_site",
        ("body_view", "body_x", "body_y"),
        "notes",
        "archived_at",
        ("removed_on", "outcome"),
        ("reminder_months", "snoozed_until", "due_on", "reminded_on"),
        "created_at",
        "id",
    ]
    readonly_fields = ["owner_link", "profile_link", "created_at", "id"]
    inlines = [PhotoInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mole]:
        return (
            super()
            .get_queryset(request)
            .annotate(photo_count=Count("photos", filter=Q(photos__deleted_at=None)))
        )

    @admin.display(description=_("photos"), ordering="photo_count")
    def photo_count(self, mole: Mole) -> int:
        return mole.photo_count  # type: ignore[attr-defined]

    @admin.display(description=_("owner"))
    def owner_link(self, mole: Mole) -> SafeString | str:
        return link(mole.owner)

    @admin.display(description=_("person"))
    def profile_link(self, mole: Mole) -> SafeString | str:
        return link(mole.profile)

    def delete_model(self, request: HttpRequest, obj: Mole) -> None:
        delete_mole(mole=obj)
