from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import ReadOnlyAdmin, RunsAgain, link, thumbnail
from diagnosis.admin.reasons import may_see_photos
from diagnosis.models import Photo, Prediction
from diagnosis.models.prediction import PredictionQuerySet

# What shows a photo or leads to one.
PHOTO_FIELDS = ("small", "large", "photo_link")


def without_photos(fields: Iterable[Any]) -> list[Any]:
    return [name for name in fields if name not in PHOTO_FIELDS]


class GivenValues(admin.AllValuesFieldListFilter):
    """All values but the empty one, whose link would have no text."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lookup_choices = self.lookup_choices.exclude(**{self.field_path: ""})


@admin.register(Prediction)
class PredictionAdmin(RunsAgain, ReadOnlyAdmin):
    """Predictions are only ever added: nothing here changes or deletes one."""

    list_display = [
        "small",
        "created_at",
        "owner",
        "status",
        "malignancy_probability",
        "band",
        "model_version",
        "attempts",
    ]
    list_display_links = ["created_at"]
    list_filter = [
        "status",
        "band",
        ("photo_kind_seen", GivenValues),
        ("model_version", GivenValues),
        ("reason_code", GivenValues),
        "created_at",
    ]
    list_select_related = ["photo__owner"]
    date_hierarchy = "created_at"
    search_fields = ["id__exact", "photo__id__exact", "photo__owner__email", "photo__mole__name"]
    search_help_text = _("Address of the owner, name of the mole, id of the prediction or its photo")
    actions = ["run_again"]
    fieldsets = [
        (None, {"fields": ["large", "photo_link", "owner_link", "id", "status"]}),
        (
            _("Result"),
            {
                "fields": [
                    "malignancy_probability",
                    "class_probabilities",
                    "band",
                    ("threshold_low", "threshold_raised"),
                    "model_version",
                    "photo_kind_seen",
                    "stability",
                    "distance",
                    "conformal_set",
                ]
            },
        ),
        (
            _("What the network saw"),
            {"fields": ["measurements", "outline", "explanation"], "classes": ["collapse"]},
        ),
        (_("Reason"), {"fields": ["reason_code", "reason", "advice"]}),
        (
            _("Times"),
            {"fields": ["created_at", "started_at", "finished_at", "rung_at", "lease_until", "attempts"]},
        ),
    ]
    readonly_fields = ["large", "photo_link", "owner_link", "id", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        return cast(PredictionQuerySet, super().get_queryset(request)).kept()

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return list(self.list_display) if may_see_photos(request) else without_photos(self.list_display)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        (title, options), *others = super().get_fieldsets(request, obj)
        if not may_see_photos(request):
            options = options | {"fields": without_photos(options["fields"])}
        return [(title, options), *others]

    @admin.display(description=_("photo"))
    def small(self, prediction: Prediction) -> SafeString | str:
        return thumbnail(prediction.photo)

    @admin.display(description=_("photo"))
    def large(self, prediction: Prediction) -> SafeString | str:
        return thumbnail(prediction.photo, 320)

    @admin.display(description=_("page of the photo"))
    def photo_link(self, prediction: Prediction) -> SafeString | str:
        return link(prediction.photo)

    @admin.display(description=_("owner"), ordering="photo__owner__email")
    def owner(self, prediction: Prediction) -> str:
        return prediction.photo.owner.email

    @admin.display(description=_("owner"))
    def owner_link(self, prediction: Prediction) -> SafeString | str:
        return link(prediction.photo.owner)

    @admin.action(description=_("Run the photo again with the current model"), permissions=["run_again"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Prediction]) -> None:
        self.run_photos(request, Photo.objects.filter(predictions__in=queryset).distinct())

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The page of a person links to their predictions."""
        return lookup == "photo__owner__id__exact" or super().lookup_allowed(lookup, value, request)
