"""The queue's filters. None asks anything of the prediction, or of why a case was opened."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import OfferedValues
from diagnosis.admin.reading.desk import is_senior
from diagnosis.models import Case, Mole, Photo
from diagnosis.models.case import CaseQuerySet

NOT_SAID = "none"
OLDER = {"1": _("over a day"), "3": _("over 3 days"), "7": _("over a week")}


class Site(OfferedValues):
    title = _("body site")
    parameter_name = "site"
    column = "photo__mole__body_site"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return [*Mole.BodySite.choices, (NOT_SAID, _("not said"))]

    def narrowed(self, queryset: QuerySet[Case], value: str) -> QuerySet[Case]:
        if value == NOT_SAID:
            # A photo without a mole has none either.
            return queryset.exclude(photo__mole__body_site__in=Mole.BodySite.values)
        return super().narrowed(queryset, value)


class Kind(OfferedValues):
    title = _("kind of photo")
    parameter_name = "kind"
    column = "photo__photo_kind"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return list(Photo.Kind.choices)


class State(SimpleListFilter):
    """What is to be done, unless something else is asked for."""

    title = _("state")
    parameter_name = "state"
    TO_DO = "to-do"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        to_settle = [("to-settle", _("to settle"))] if is_senior(request.user) else []
        return [
            (self.TO_DO, _("to do")),
            ("to-read", _("to read")),
            *to_settle,
            ("reviewed", _("reviewed by me")),
            ("all", _("all")),
        ]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        chosen = self.value() or self.TO_DO
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == chosen, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        reader = request.user
        chosen: CaseQuerySet = {
            "to-read": Case.objects.readable_by(reader),
            "to-settle": Case.objects.to_settle_by(reader),
            "reviewed": Case.objects.read_by(reader),
            "all": Case.objects.all(),
        }.get(self.value() or "", Case.objects.to_do_by(reader))
        return queryset.filter(pk__in=chosen.order_by().values("pk"))


class Disagreement(SimpleListFilter):
    """Of what a reader sees unread only a senior can find any: what others said is nobody else's to know."""

    title = _("disagreement")
    parameter_name = "disagreement"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return [("readers", _("between readers"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if not self.value():
            return queryset
        found = Case.objects.with_disagreement()
        if not is_senior(request.user):
            found = found.read_by(request.user)
        return queryset.filter(pk__in=found.order_by().values("pk"))


class Waiting(SimpleListFilter):
    title = _("time of waiting")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return list(OLDER.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if self.value() not in OLDER:
            return queryset
        before = timezone.now() - timedelta(days=int(self.value() or 0))
        return queryset.filter(created_at__lt=before)


FILTERS = (State, Site, Kind, Disagreement, Waiting)
