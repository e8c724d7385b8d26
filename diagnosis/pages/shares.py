"""Show it to a doctor: a page to print, and links that need no account."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnosis.models import Mole, Photo, Share, ShareNote
from diagnosis.models.mole import MoleQuerySet
from diagnosis.pages.forms import Dressed, MoleChoices
from diagnosis.pages.lookup import View, me, own_mole, own_page
from diagnosis.pages.report import reports
from diagnosis.services import (
    LONGEST_SHARE_DAYS,
    SHARE_DAYS,
    create_share,
    jpeg_response,
    leave_note,
    open_share,
    revoke_share,
)


class ShareForm(Dressed, forms.Form):
    """Which moles, for how long, and for whom."""

    moles = MoleChoices(
        label=_("Which moles?"),
        queryset=Mole.objects.none(),
        error_messages={"required": _("Choose at least one of your moles.")},
    )
    days = forms.IntegerField(
        label=_("For how many days?"), initial=SHARE_DAYS, min_value=1, max_value=LONGEST_SHARE_DAYS
    )
    label = forms.CharField(
        label=_("For whom? (optional)"), max_length=80, required=False, help_text=_("Only you see this.")
    )

    def __init__(self, *args: Any, moles: QuerySet[Mole], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["moles"].queryset = moles  # type: ignore[attr-defined]


class NoteForm(Dressed, forms.ModelForm):
    """What whoever has the link says of one of its moles."""

    class Meta:
        model = ShareNote
        fields = ["mole", "action", "text", "author"]
        labels = {
            "mole": _("Of which mole?"),
            "action": _("What do you suggest?"),
            "text": _("Your note"),
            "author": _("Your name"),
        }
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, moles: QuerySet[Mole], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["mole"].queryset = moles  # type: ignore[attr-defined]
        self.fields["mole"].empty_label = None  # type: ignore[attr-defined]
        self.fields["action"].choices = ShareNote.Action.choices  # type: ignore[attr-defined]


@require_safe
@own_page
def mole_report(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    """A page made for paper."""
    mole = own_mole(request, mole_id)
    return render(
        request, "shares/report.html", {"mole": mole, "reports": reports([mole]), "now": timezone.now()}
    )


# The owner's side ----------------------------------------------------------------------------


@require_safe
@own_page
def share_list(request: HttpRequest) -> HttpResponse:
    shares = Share.objects.of(me(request)).annotate(opened=Count("openings"))
    shares = shares.prefetch_related(
        Prefetch("moles", Mole.objects.by_name()),
        "openings",
        Prefetch("notes", ShareNote.objects.kept().select_related("mole")),
    )
    return render(request, "shares/list.html", {"shares": shares})


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def share_add(request: HttpRequest) -> HttpResponse:
    """The link shows once, on the page that answers: what is stored can't be turned back into it."""
    moles = Mole.objects.of(me(request)).by_name().only("name", "owner", "profile__name", "profile__is_self")
    data = request.POST if request.method == "POST" else None
    form = ShareForm(data, moles=moles, initial={"moles": _wanted(request, moles)})
    if not form.is_valid():
        context = {"form": form, "has_moles": moles.exists()}
        return render(request, "shares/form.html", context, status=422 if form.errors else 200)
    issued = create_share(owner=me(request), **form.cleaned_data)
    link = request.build_absolute_uri(reverse("shared", args=[issued.token]))
    return render(request, "shares/made.html", {"share": issued.share, "link": link})


def _wanted(request: HttpRequest, moles: MoleQuerySet) -> list[str]:
    """The moles that the address names: one by one, or all that are followed of a person."""
    wanted = request.GET.getlist("mole")
    if whose := request.GET.get("profile"):
        followed = moles.current().values_list("pk", "profile_id")
        wanted += [str(mole) for mole, profile in followed if str(profile) == whose]
    return wanted


@require_POST
@own_page
def share_revoke(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    revoke_share(share=get_object_or_404(Share.objects.of(me(request)), pk=share_id))
    messages.success(request, gettext("The link is revoked: nobody can open it any more."))
    return redirect("share-list")


# Behind the link -----------------------------------------------------------------------------


def _behind_link(view: View) -> View:
    """Without an account; kept by no cache and found by no search engine.

    The site's Referrer-Policy keeps the link from other sites; a stricter one would also hide the
    note's origin from the check against forged requests.
    """

    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        response = view(request, **arguments)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return cache_control(private=True, no_store=True)(guarded)


@_behind_link
@require_http_methods(["GET", "HEAD", "POST"])
def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    share = _share(token)
    if share.ended_at:
        return render(request, "shares/ended.html", {"share": share}, status=410)
    moles = share.moles.by_name()
    form = NoteForm(request.POST if request.method == "POST" else None, moles=moles)
    if form.is_valid():
        try:
            leave_note(share=share, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, gettext("Your note is stored. The owner sees it beside the mole."))
            return redirect("shared", token)
    if request.method == "GET":
        open_share(share=share)
    # The days are those on which the owner took the photos.
    with timezone.override(share.owner.zone):
        context = {"share": share, "token": token, "reports": reports(moles), "form": form}
        context["now"] = timezone.now()
        return render(request, "shares/shared.html", context, status=422 if form.errors else 200)


@_behind_link
@require_safe
def shared_image(request: HttpRequest, token: str, photo_id: uuid.UUID) -> FileResponse:
    share = _share(token)
    if share.ended_at:
        raise Http404
    return jpeg_response(get_object_or_404(Photo, pk=photo_id, mole__shares=share).image)


def _share(token: str) -> Share:
    return get_object_or_404(Share.objects.by_token(token).select_related("owner"))
