from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import ReadOnlyAdmin
from diagnosis.models import Profile


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    list_display = [
        "name_or_me",
        "owner",
        "is_self",
        "birth_year",
        "sex",
        "fitzpatrick",
        "mole_count",
        "created_at",
    ]
    list_filter = ["is_self", "sex", "fitzpatrick", "created_at"]
    list_select_related = ["owner"]
    date_hierarchy = "created_at"
    search_fields = ["id__exact", "name", "owner__email"]
    search_help_text = _("Name, address of the account, or id")
    fields = ["name", "owner", "is_self", "birth_year", "sex", "fitzpatrick", "created_at", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Profile]:
        return (
            super()
            .get_queryset(request)
            .annotate(mole_count=Count("moles", filter=Q(moles__deleted_at=None)))
        )

    @admin.display(description=_("name"), ordering="name")
    def name_or_me(self, profile: Profile) -> str:
        return profile.name or gettext("the account's owner")

    @admin.display(description=_("moles"), ordering="mole_count")
    def mole_count(self, profile: Profile) -> int:
        return profile.mole_count  # type: ignore[attr-defined]
