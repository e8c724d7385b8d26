"""The pages of a reading: claim a case, say what you see, see what the model predicted, go on."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from diagnosis.admin.reading.desk import READ, Desk, Phase, desk_of, is_senior, progress_of
from diagnosis.admin.reading.forms import OpinionForm
from diagnosis.admin.reading.reveal import reveal_of, said_by_readers
from diagnosis.admin.reading.surroundings import is_in_view, surroundings_of
from diagnosis.models import Opinion, Photo, User
from diagnosis.services import (
    CaseGone,
    NotYours,
    claim_case,
    claim_next_case,
    finish_case,
    record_opinion,
    view_photo,
)

QUEUE = "admin:diagnosis_case_changelist"
FORMS = (Phase.BLIND, Phase.SETTLING, Phase.REVEALED)


class ReadingPages:
    """Of an admin; `admin_view` has checked that staff asks, and keeps every answer out of caches."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("next/", view(self.next_view), name="diagnosis_case_next"),
            path("<uuid:pk>/read/", view(self.read_view), name="diagnosis_case_read"),
            path(
                "<uuid:pk>/photos/<uuid:photo_id>/<str:field>/",
                view(self.photo_view),
                name="diagnosis_case_photo",
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """POST: claims the case whose turn it is."""
        _check(request)
        return _next(request) if request.method == "POST" else redirect(QUEUE)

    @method_decorator(require_safe)
    def photo_view(self, request: HttpRequest, pk: UUID, photo_id: UUID, field: str) -> FileResponse:
        """The queue shows the case's own photo small; all others, and all large ones, are for who has
        claimed the case, or has read it."""
        _check(request)
        desk = desk_of(request, pk)
        if desk is None or field not in ("image", "thumbnail"):
            raise Http404
        in_queue = field == "thumbnail" and photo_id == desk.case.photo_id
        photo = get_object_or_404(Photo.objects.select_related("mole"), pk=photo_id)
        if not in_queue and not (desk.sees_photos and is_in_view(desk.case, photo)):
            raise Http404
        return view_photo(photo=photo, field=field, reason=f"review of case {desk.case.pk}")

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def read_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        _check(request)
        desk = desk_of(request, pk)
        if desk is None:
            return self._gone(request)
        if request.method != "POST":
            forged = request.GET.get("stage") == Opinion.Stage.REVEALED and desk.first is None
            return self._too_early(request) if forged else self._page(request, desk)
        actions = {
            "claim": self._claim,
            "opinion": self._opinion,
            "keep": self._keep,
            "back": self._put_back,
        }
        act = actions.get(request.POST.get("action", ""))
        if act is None:
            return self._damaged(request)
        try:
            return act(request, desk)
        except CaseGone:
            return self._gone(request)
        except NotYours:
            return self._lost(request, pk)

    # What is done --------------------------------------------------------------------------------

    def _claim(self, request: HttpRequest, desk: Desk) -> HttpResponse:
        """Anew too, with what was typed before somebody else's turn came between."""
        claim_case(case=desk.case, reader=desk.reader)
        draft = OpinionForm.draft(request.POST)
        again = desk_of(request, desk.case.pk)
        if draft.typed and again is not None:
            return self._page(request, again, draft)
        return redirect("admin:diagnosis_case_read", pk=desk.case.pk)

    def _opinion(self, request: HttpRequest, desk: Desk) -> HttpResponse:
        stage = request.POST.get("stage", "")
        if stage not in Opinion.Stage.values:
            return self._damaged(request)
        if stage == Opinion.Stage.REVEALED and desk.first is None:
            return self._too_early(request)
        if stage == Opinion.Stage.SETTLING and not is_senior(request.user):
            raise PermissionDenied
        form = OpinionForm(request.POST)
        valid = form.is_valid()
        if stage in desk.own:
            form.add_error(None, _("You have said this already, in another window. It stays as you said it."))
            return self._page(request, desk, form, status=409)
        if desk.phase not in FORMS:
            raise NotYours
        if not valid:
            return self._page(request, desk, form, status=422)
        try:
            record_opinion(case=desk.case, reader=desk.reader, stage=stage, reading=form.reading)
        except ValidationError as error:
            form.add_error(None, error.messages)
            # It may be further than it was: of two posts at the same moment one is stored.
            return self._page(request, desk_of(request, desk.case.pk) or desk, form, status=422)
        if stage == Opinion.Stage.REVEALED:
            messages.success(request, _("Your second opinion stands beside the first."))
            return _next(request)
        return redirect("admin:diagnosis_case_read", pk=desk.case.pk)

    def _keep(self, request: HttpRequest, desk: Desk) -> HttpResponse:
        if desk.first is None:
            return self._too_early(request)
        finish_case(case=desk.case, reader=desk.reader)
        return _next(request)

    def _put_back(self, request: HttpRequest, desk: Desk) -> HttpResponse:
        finish_case(case=desk.case, reader=desk.reader)
        messages.info(request, _("The case is back in the queue."))
        return redirect(QUEUE)

    # What is shown -------------------------------------------------------------------------------

    def _page(
        self, request: HttpRequest, desk: Desk, form: OpinionForm | None = None, status: int = 200
    ) -> HttpResponse:
        context = {"desk": desk, "case": desk.case, "photo": desk.case.photo}
        context |= {"progress": progress_of(request.user), "title": _("Read a case")}
        if not desk.sees_photos:
            return self._render(request, "start.html", context, status)
        if form is None and desk.phase in FORMS:
            form = OpinionForm.of(desk.last) if desk.last else OpinionForm()
        context |= {"form": form, "around": surroundings_of(desk.case), "reveal": reveal_of(desk)}
        # The photo gets the room of the admin's list of tables.
        context["is_nav_sidebar_enabled"] = False
        if desk.phase == Phase.SETTLING:
            context["said"] = said_by_readers(desk.case)
        return self._render(request, "read.html", context, status)

    def _lost(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Somebody else has it, or the time ran out. What was typed stays on the page."""
        desk = desk_of(request, pk)
        draft = OpinionForm.draft(request.POST)
        context = {"desk": desk, "form": draft if draft.typed else None, "stage": request.POST.get("stage")}
        return self._render(request, "lost.html", context | {"title": _("Nothing was stored")}, 409)

    def _gone(self, request: HttpRequest) -> HttpResponse:
        text = _(
            "There is no case for you at this address: it is closed, its photo was deleted, or there never "
            "was one. Nothing was stored."
        )
        return self._refuse(request, _("No such case"), text, 404, OpinionForm.draft(request.POST))

    def _too_early(self, request: HttpRequest) -> HttpResponse:
        text = _("Your own opinion comes first, before you see the prediction.")
        return self._refuse(request, _("Not yet"), text, 403)

    def _damaged(self, request: HttpRequest) -> HttpResponse:
        text = _("The form did not arrive as this site sends it. Open the case again from the queue.")
        return self._refuse(request, _("Nothing was stored"), text, 400)

    def _refuse(
        self, request: HttpRequest, title: str, text: str, status: int, draft: OpinionForm | None = None
    ) -> HttpResponse:
        form = draft if draft and draft.typed else None
        return self._render(request, "refused.html", {"title": title, "text": text, "form": form}, status)

    def _render(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        everywhere = self.admin_site.each_context(request) | {"opts": self.opts}
        return render(request, f"admin/diagnosis/case/{name}", everywhere | context, status=status)


def _check(request: HttpRequest) -> None:
    """Raises `PermissionDenied` for staff who may not read cases."""
    if not request.user.has_perm(READ):
        raise PermissionDenied


def _next(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    case = claim_next_case(reader=request.user)
    if case is not None:
        return redirect("admin:diagnosis_case_read", pk=case.pk)
    messages.info(request, _("You have read all that waits for you."))
    return redirect(QUEUE)
