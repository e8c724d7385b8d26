"""Model versions for operators: what each is worth, and in two steps which one judges photos."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from diagnosis.admin.activations import ForOperators
from diagnosis.admin.base import percent
from diagnosis.models import ModelVersion
from diagnosis.models.version import current_version, version_on_trial
from diagnosis.services import (
    KnownVersion,
    State,
    activate_version,
    compare_trial,
    objections,
    retire_version,
    rollback,
    rollback_target,
    side_by_side,
    standing_of,
    start_shadow,
    stop_shadow,
    to_places,
)

TEMPLATES = "admin/diagnosis/modelversion"


@admin.register(ModelVersion)
class ModelVersionAdmin(ForOperators):
    list_display = ["version", "state", "artifact", "validation_auc", "test_auc", "added_at", "activated_at"]
    change_list_template = f"{TEMPLATES}/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        rows: Any = super().get_queryset(request)
        standing: QuerySet[ModelVersion] = rows.with_standing()
        return standing

    # The list's columns -----------------------------------------------------------------------

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Any) -> str:
        return str(_standing(row).state.label)

    @admin.display(description=gettext_lazy("artifact"))
    def artifact(self, row: Any) -> str:
        return _standing(row).problem or _("whole")

    @admin.display(description=gettext_lazy("AUC, validation"))
    def validation_auc(self, row: Any) -> str:
        return to_places(_standing(row).validation_auc)

    @admin.display(description=gettext_lazy("AUC, test"))
    def test_auc(self, row: Any) -> str:
        return to_places(_standing(row).test_auc)

    @admin.display(description=gettext_lazy("last activated"))
    def activated_at(self, row: Any) -> Any:
        return row.activated_at

    # Pages --------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(address, self.admin_site.admin_view(view), name=f"diagnosis_modelversion_{name}")

        return [
            route("rollback/", self.rollback_view, "rollback"),
            route("<uuid:pk>/activate/", self.activate_view, "activate"),
            route("<uuid:pk>/retire/", self.retire_view, "retire"),
            route("<uuid:pk>/shadow/", self.shadow_view, "shadow"),
            route("<uuid:pk>/trial/", require_safe(self.trial_view), "trial"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        current = current_version()
        context = {
            "title": _("Model versions"),
            "current": current,
            "current_is_added": ModelVersion.objects.filter(version=current).exists(),
            "back_to": rollback_target(),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self._check(request)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        try:
            row = self._row(request, UUID(object_id))
        except ValueError as error:
            raise Http404 from error
        known, current = _standing(row), current_version()
        context = {
            "known": known,
            "lines": side_by_side(known.version, current),
            "current": current,
            "is_current": known.state == State.CURRENT,
            "may_activate": known.state in (State.KNOWN, State.SHADOW),
            "may_retire": known.state == State.KNOWN,
            "may_shadow": known.state == State.KNOWN and version_on_trial() is None,
            "has_trial": row.shadow or row.shadows.exists(),
            "activations": row.activations.all()[:20],
        }
        return self._page(request, "version", row, _("Model version %(version)s") % {"version": row}, context)

    def activate_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Both versions' figures and what speaks against it; then, with a reason where needed, done."""
        self._check(request)
        row = self._row(request, pk)
        problems: list[str] = []
        current = request.POST.get("instead_of") or current_version()
        if request.method == "POST":
            try:
                activate_version(
                    version=row.version, reason=request.POST.get("reason", ""), instead_of=current
                )
            except ValidationError as error:
                problems = error.messages
            else:
                messages.success(
                    request, _("Photos are judged by %(version)s from now on.") % {"version": row}
                )
                return redirect("admin:diagnosis_modelversion_changelist")
        against, impossible = _objections(row)
        # Of what is shown again, the figures are those of now.
        current = current_version()
        context = {
            "current": current,
            "lines": side_by_side(row.version, current),
            "against": against,
            "impossible": impossible,
            "problems": [one for one in problems if one not in against + impossible],
            "reason": request.POST.get("reason", ""),
        }
        title = _("Activate %(version)s?") % {"version": row}
        return self._page(request, "activate", row, title, context, status=422 if problems else 200)

    def retire_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        self._check(request)
        row = self._row(request, pk)
        return self._confirm(
            request,
            row,
            lambda: retire_version(version=row.version),
            title=_("Retire %(version)s?") % {"version": row},
            what=_(
                "It can then neither be activated nor tried out. What it predicted and its artifact stay; "
                "manage.py model add takes it back."
            ),
            button=_("Retire it"),
            done=_("The version %(version)s is retired.") % {"version": row},
        )

    def shadow_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Begins a trial, or ends the one that this version is on."""
        self._check(request)
        row = self._row(request, pk)
        if row.shadow:
            return self._confirm(
                request,
                row,
                stop_shadow,
                title=_("End the trial of %(version)s?") % {"version": row},
                what=_("What it has judged stays and can be compared; what waits for it is dropped."),
                button=_("End the trial"),
                done=_("The trial of %(version)s has ended.") % {"version": row},
            )
        return self._confirm(
            request,
            row,
            lambda: start_shadow(version=row.version),
            title=_("Try %(version)s out?") % {"version": row},
            what=_(
                "It then judges each new photo too, in the background and when no photo waits. Nobody who "
                "uses the site sees what it says. Each worker holds a second network in memory meanwhile."
            ),
            button=_("Begin the trial"),
            done=_("The trial of %(version)s has begun.") % {"version": row},
        )

    def rollback_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        target, current = rollback_target(), current_version()
        expected = request.POST.get("instead_of") or current
        return self._confirm(
            request,
            None,
            lambda: rollback(reason=request.POST.get("reason", ""), instead_of=expected),
            title=_("Roll back to %(version)s?") % {"version": target} if target else _("Roll back?"),
            what=_("It was current before %(current)s and judges photos again from the next one on.")
            % {"current": current}
            if target
            else _("No other version was current before %(current)s.") % {"current": current},
            button=_("Roll back") if target else "",
            done=_("Photos are judged by %(version)s again.") % {"version": target},
            current=current,
            asks_reason=True,
        )

    def trial_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What it said on trial, beside what the current version said of the same photos."""
        self._check(request)
        row = self._row(request, pk)
        title = _("The trial of %(version)s") % {"version": row}
        compared = compare_trial(row)
        shown = {
            "band_differs": percent(compared.band_differs),
            "mean_difference": to_places(compared.mean_difference),
            "correlation": to_places(compared.correlation),
            "auc_on_trial": to_places(compared.ranking.on_trial),
            "auc_current": to_places(compared.ranking.current),
        }
        return self._page(request, "trial", row, title, {"compared": compared, "shown": shown})

    def _confirm(
        self,
        request: HttpRequest,
        row: ModelVersion | None,
        verb: Callable[[], object],
        *,
        done: str,
        title: str,
        **context: Any,
    ) -> HttpResponse:
        problems: list[str] = []
        if request.method == "POST":
            try:
                verb()
            except ValidationError as error:
                problems = error.messages
            else:
                messages.success(request, done)
                return redirect("admin:diagnosis_modelversion_changelist")
        context |= {"problems": problems, "reason": request.POST.get("reason", "")}
        return self._page(request, "confirm", row, title, context, status=422 if problems else 200)

    def _page(
        self,
        request: HttpRequest,
        name: str,
        row: ModelVersion | None,
        title: str,
        context: dict[str, Any],
        status: int = 200,
    ) -> HttpResponse:
        around = {**self.admin_site.each_context(request), "opts": self.opts, "row": row, "title": title}
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", around | context, status=status)

    def _row(self, request: HttpRequest, pk: UUID) -> Any:
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _objections(row: ModelVersion) -> tuple[list[str], list[str]]:
    """What speaks against activating it, and why it can't be done at all."""
    try:
        return objections(row.version), []
    except ValidationError as error:
        return [], error.messages


def _standing(row: Any) -> KnownVersion:
    """Worked out once for each row of the list."""
    if not hasattr(row, "known"):
        row.known = standing_of(row)
    known: KnownVersion = row.known
    return known
