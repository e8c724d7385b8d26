"""Pages and CSV of the statistics, for who may see them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from diagnosis.admin.statistics import accuracy, agreement, calibration, inputs, reading, rejected
from diagnosis.admin.statistics.period import PeriodForm
from diagnosis.admin.statistics.tables import Sheet, Text
from diagnosis.statistics.collection import Period

PERMISSION = "diagnosis.view_statistics"
TITLE = _("Statistics")


@dataclass(frozen=True)
class Topic:
    title: Text
    about: Text
    sheet: Callable[[Period], Sheet]


TOPICS = {
    "agreement": Topic(agreement.TITLE, agreement.ABOUT, agreement.sheet),
    "accuracy": Topic(accuracy.TITLE, accuracy.ABOUT, accuracy.sheet),
    "calibration": Topic(calibration.TITLE, calibration.ABOUT, calibration.sheet),
    "rejected": Topic(rejected.TITLE, rejected.ABOUT, rejected.sheet),
    "input": Topic(inputs.TITLE, inputs.ABOUT, inputs.sheet),
    "reading": Topic(reading.TITLE, reading.ABOUT, reading.sheet),
}

View = Callable[..., HttpResponse]


def permitted(view: View) -> Any:
    """Staff without the permission get 403; who is no staff does not come so far."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(checked)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return _page(request, "overview", {"title": TITLE, "topics": TOPICS, "form": PeriodForm(request.GET)})


@require_safe
def page(request: HttpRequest, topic: str) -> HttpResponse:
    """A period that is none is said to be so, beside the form that still holds it, and no figure is shown."""
    chosen, form = _topic(topic), PeriodForm(request.GET)
    sheet = chosen.sheet(form.period) if form.is_valid() else None
    context = {"title": chosen.title, "slug": topic, "about": chosen.about, "form": form, "sheet": sheet}
    return _page(request, "sheet", context)


@require_safe
def table(request: HttpRequest, topic: str, table: str) -> HttpResponse:
    """One table of the page as CSV."""
    chosen, form = _topic(topic), PeriodForm(request.GET)
    if not form.is_valid():
        said = gettext("Give start and end as dates, such as 2026-01-31, the first not after the last.")
        return HttpResponse(said, status=400, content_type="text/plain; charset=utf-8")
    period = form.period
    found = chosen.sheet(period).table(table)
    if not found:
        raise Http404
    name = f"{topic}-{table}-{period.first}-{period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(found.csv(), content_type="text/csv; charset=utf-8", headers=headers)


def _topic(slug: str) -> Topic:
    try:
        return TOPICS[slug]
    except KeyError:
        raise Http404 from None


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    # The address of the other pages and of the CSV keeps the period.
    everywhere = admin.site.each_context(request) | {"period": request.GET.urlencode(), "all": TITLE}
    return TemplateResponse(request, f"admin/statistics/{name}.html", everywhere | context)


def urls() -> list[URLPattern]:
    return [
        path("statistics/", permitted(overview), name="statistics"),
        path("statistics/<slug:topic>/", permitted(page), name="statistics_page"),
        path("statistics/<slug:topic>/<slug:table>.csv", permitted(table), name="statistics_csv"),
    ]
