"""The queue of the reading room, and what readers said."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, UUIDField, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import NOTHING, ForSuperusers, ReadOnly, ReadOnlyAdmin
from diagnosis.admin.reading.desk import READ, is_senior, is_taken, progress_of
from diagnosis.admin.reading.filters import FILTERS
from diagnosis.admin.reading.views import ReadingPages
from diagnosis.models import Case, Opinion, User


@admin.register(Case)
class CaseAdmin(ReadingPages, ReadOnlyAdmin):
    """The queue. Of a case that its viewer has not read it shows nothing that comes from the prediction:
    not by a column, a filter, the order, nor a lookup in the address."""

    list_display = ["small", "state", "claim", "site", "kind", "since"]
    list_display_links = None
    list_filter = FILTERS
    list_per_page = 25
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(READ)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        own = Opinion.objects.filter(reader_id=request.user.pk)
        return (
            Case.objects.seen_by(request.user, senior=is_senior(request.user))
            .in_turn_by_mole()
            .annotate(viewer=Value(request.user.pk, output_field=UUIDField()))
            .select_related("photo__mole")
            .prefetch_related(Prefetch("opinions", own, to_attr="own"))
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("first_due", "together", "due_at", "pk")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The filters above and no other column: `?why=raised` would tell."""
        return lookup in {one.parameter_name for one in FILTERS}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Photos to read")}
        if request.user.has_perm(READ):
            context["progress"] = progress_of(request.user)
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A case is looked at where it is read, and changed by what is said there alone."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:diagnosis_case_read", pk=_uuid(object_id))

    @admin.display(description=_("photo"))
    def small(self, case: Case) -> SafeString:
        return format_html(
            '<a href="{}"><img src="{}" alt="{}" width="72" height="72" loading="lazy" class="small"></a>',
            reverse("admin:diagnosis_case_read", args=[case.pk]),
            reverse("admin:diagnosis_case_photo", args=[case.pk, case.photo_id, "thumbnail"]),
            gettext("Open the case"),
        )

    @admin.display(description=_("body site"))
    def site(self, case: Case) -> str:
        mole = case.photo.mole
        where = mole.get_body_site_display() if mole and mole.body_site else gettext("not said")
        of_mole: int = case.of_mole  # type: ignore[attr-defined]
        if of_mole == 1:
            return where
        more = ngettext("%(count)s case of this mole", "%(count)s cases of this mole", of_mole)
        return f"{where} ({more % {'count': of_mole}})"

    @admin.display(description=_("kind of photo"))
    def kind(self, case: Case) -> str:
        return case.photo.get_photo_kind_display()

    @admin.display(description=_("waits since"))
    def since(self, case: Case) -> str:
        return date_format(timezone.localtime(case.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("state"))
    def state(self, case: Case) -> str:
        """Of a case that its viewer has read, how far it is; of another only what they are asked to do."""
        if case.own:  # type: ignore[attr-defined]
            return gettext("read by you: %(state)s") % {"state": case.get_status_display()}
        return gettext("to settle") if case.status == Case.Status.DISPUTED else gettext("to read")

    @admin.display(description=_("claim"))
    def claim(self, case: Case) -> str:
        if case.status == Case.Status.CLOSED:
            return NOTHING
        if not is_taken(case):
            return gettext("free")
        if case.claimed_by_id != case.viewer:  # type: ignore[attr-defined]
            return gettext("somebody is reading it")
        until = date_format(timezone.localtime(case.claimed_until), "TIME_FORMAT")
        return gettext("yours until %(time)s") % {"time": until}


@admin.register(Opinion)
class OpinionAdmin(ReadOnly, ForSuperusers, admin.ModelAdmin):
    """What was said, for superusers. Whose accounts are gone have said it all the same."""

    list_per_page = 50
    show_full_result_count = False

    list_display = [
        "created_at",
        "case_link",
        "reader_email",
        "stage",
        "diagnosis",
        "confidence",
        "quality",
        "recommendation",
        "seconds",
    ]
    list_filter = ["stage", "diagnosis", "recommendation", "quality", "created_at"]
    date_hierarchy = "created_at"
    search_fields = ["id__exact", "case__id__exact"]
    search_help_text = _("Id of the opinion, of its case, or of its reader")
    fields = [
        "case_link",
        "reader_email",
        "reader_id",
        "stage",
        "diagnosis",
        "confidence",
        "quality",
        "recommendation",
        "note",
        "seconds",
        "created_at",
    ]
    readonly_fields = ["case_link", "reader_email", "reader_id", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Opinion]:
        readers = User.objects.filter(pk=OuterRef("reader_id"))
        return super().get_queryset(request).annotate(email=Subquery(readers.values("email")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Opinion], search_term: str
    ) -> tuple[QuerySet[Opinion], bool]:
        """A reader's id too; Django would look for one among accounts that are still there."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        try:
            return found | queryset.filter(reader_id=UUID(search_term.strip())), duplicates
        except ValueError:
            return found, duplicates

    @admin.display(description=_("case"))
    def case_link(self, opinion: Opinion) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:diagnosis_case_read", args=[opinion.case_id]),
            str(opinion.case_id)[:8],
        )

    @admin.display(description=_("reader"))
    def reader_email(self, opinion: Opinion) -> str:
        return cast(Any, opinion).email or gettext("an account that is gone")

    @admin.display(description=_("id of the reader"))
    def reader_id(self, opinion: Opinion) -> str:
        return str(opinion.reader_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
