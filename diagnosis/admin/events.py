"""The log of events: searched, filtered and exported, and nothing else."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from diagnosis.admin.base import NOTHING, OfferedValues, ReadOnlyAdmin
from diagnosis.models import Event
from diagnosis.services import event_lines, record_event

# So many of what was found are counted and paged through; the log may hold millions.
COUNTED = 10_000


class CountsSome(Paginator):
    """`more` says whether there is more than it counts."""

    @cached_property
    def count(self) -> int:
        found = cast(QuerySet[Event], self.object_list).order_by()[: COUNTED + 1].count()
        self.more = found > COUNTED
        return min(found, COUNTED)


class Words(OfferedValues):
    """By the words that the log holds, found along their index."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in Event.objects.words(self.column)]


class Actions(Words):
    title = _("action")
    parameter_name = column = "action"


class ObjectTypes(Words):
    title = _("kind of object")
    parameter_name = column = "object_type"


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """For superusers, and for whom they give the right to see it."""

    list_display = ["when", "who", "action", "what", "reason", "short_request"]
    list_display_links = ["when"]
    list_filter = [ObjectTypes, Actions, "at"]
    show_facets = admin.ShowFacets.NEVER  # each would count the whole log
    sortable_by = ()
    actions = None
    paginator = CountsSome
    # Our own search, below; this shows the field.
    search_fields = ["reason"]
    search_help_text = _("Id of an account, object or request; action; words of the reason")
    fields = ["when", "who", "action", "what", "reason", "request", "details", "id"]
    readonly_fields = ["when", "who", "what", "request"]

    @admin.display(description=_("when"))
    def when(self, event: Event) -> str:
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("who"))
    def who(self, event: Event) -> SafeString | str:
        return _same(event.actor) if event.actor else gettext("the site, or nobody logged in")

    @admin.display(description=_("what"))
    def what(self, event: Event) -> SafeString:
        return format_html("{} {}", event.object_type, _same(event.object_id))

    @admin.display(description=_("request"))
    def request(self, event: Event) -> SafeString | str:
        return _same(event.request_id) if event.request_id else NOTHING

    @admin.display(description=_("request"))
    def short_request(self, event: Event) -> SafeString | str:
        return _same(event.request_id, f"{event.request_id[:8]}…") if event.request_id else NOTHING

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """All words have to be there. Each of them is looked up in an index."""
        actions = Event.objects.words("action") if search_term.strip() else []
        for word in search_term.split():
            queryset = queryset.filter(_said(word, actions))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.export_view))
        return [path("export/", view, name="diagnosis_event_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What search and filters find, as JSON lines; that somebody took it is an event too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        searched = request.GET.copy()
        searched.pop("p", None)  # the page is no filter
        request.GET = searched  # type: ignore[assignment]
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect("admin:diagnosis_event_changelist")
        record_event("log.exported")
        response = StreamingHttpResponse(event_lines(found), content_type="application/x-ndjson")
        name = f"events-{timezone.localtime():%Y-%m-%d-%H%M}.jsonl"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _said(word: str, actions: list[str]) -> Q:
    try:
        pk = UUID(word)
    except ValueError:
        named = [action for action in actions if word.lower() in action]
        said = Q(reason__icontains=word) & ~Q(reason="")
        return Q(action__in=named) | Q(object_id=word) | said
    return Q(actor=pk) | Q(object_id__in=[str(pk), word]) | Q(request_id=pk.hex)


def _same(value: UUID | str, text: str = "") -> SafeString:
    """A link to everything in the log that has it."""
    url = reverse("admin:diagnosis_event_changelist")
    return format_html('<a href="{}?{}">{}</a>', url, urlencode({"q": str(value)}), text or value)
