import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnosis.models import Mole, Photo, Prediction, Profile
from diagnosis.models.deleted import GRACE
from diagnosis.models.version import current_version_there
from diagnosis.pages.body_map import figures, place_points
from diagnosis.pages.change import changes, other_models
from diagnosis.pages.conflict import Difference, differences
from diagnosis.pages.deleted import say_deleted
from diagnosis.pages.forms import MoleForm, RemovalForm
from diagnosis.pages.lookup import JUDGED_BY, me, own_mole, own_page, people, whose
from diagnosis.pages.register import RegisterForm
from diagnosis.pages.reminders import reminder_context
from diagnosis.pages.timeline import timeline
from diagnosis.services import ChangedMeanwhile, create_mole, delete_mole, update_mole, version_of

MOLES_A_PAGE = 12
PHOTOS_A_PAGE = 12
UNFILED_SHOWN = 6


@require_safe
@own_page
def mole_list(request: HttpRequest) -> HttpResponse:
    profiles = Profile.objects.of(me(request)).with_mole_count()
    profiles = profiles.annotate(version=current_version_there()).annotate(to_judge=_to_judge(request))
    everybody: list[Any] = list(profiles)
    version, to_judge = everybody[0].version, everybody[0].to_judge
    if not to_judge and request.session.get(JUDGED_BY) != version:
        request.session[JUDGED_BY] = version
    form = RegisterForm(request.GET, people=everybody)
    page = Paginator(form.moles(me(request)), MOLES_A_PAGE).get_page(request.GET.get("page"))
    unfiled = Photo.objects.of(me(request)).filter(mole=None).with_predictions().with_recommendation()
    on_map = form.person or everybody[0]
    placed = Mole.objects.of(me(request)).current().filter(profile=on_map, body_x__isnull=False)
    placed = placed.only("name", "body_site", "body_view", "body_x", "body_y")
    context = {
        "form": form,
        "page": page,
        "has_moles": any(one.mole_count for one in everybody),
        "people": everybody,
        "on_map": on_map,
        "cards": _cards(page, everybody),
        "figures": figures(placed),
        "unfiled": unfiled[:UNFILED_SHOWN],
        "to_judge": to_judge,
    }
    return render(request, "moles/list.html", context)


def _to_judge(request: HttpRequest) -> Case:
    """How many photos the current model has not judged; None for none.

    Once a version has judged all photos it judges every new one: that is asked of each only once.
    """
    photos = Photo.objects.of(me(request)).not_judged_by(current_version_there()).order_by()
    counted = photos.values("owner").annotate(number=Count("pk")).values("number")
    return Case(
        When(version=request.session.get(JUDGED_BY, ""), then=None),
        default=Subquery(counted),
        output_field=IntegerField(),
    )


def _cards(page: Page, everybody: Sequence[Profile]) -> list[tuple[Mole, Prediction | None, Profile | None]]:
    """Each mole with its latest prediction, in one query for the page, and whose it is of several people."""
    latest = Prediction.objects.latest_of(page)
    named = {one.pk: one for one in everybody} if len(everybody) > 1 else {}
    return [(mole, latest.get(mole.latest_prediction_id), named.get(mole.profile_id)) for mole in page]


@require_safe
@own_page
def mole_page(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    photos = Paginator(mole.photos.by_date().with_predictions().with_recommendation(), PHOTOS_A_PAGE)
    page = photos.get_page(request.GET.get("page"))
    over_time = timeline(mole)
    context: dict[str, Any] = {
        "mole": mole,
        "whose": whose(mole),
        "page": page,
        "timeline": over_time,
        "figures": figures([mole]),
    }
    context |= reminder_context(mole)
    if over_time.before and over_time.newest:
        context["changes"] = changes(over_time.before, over_time.newest)
        context["other_models"] = other_models(over_time.before, over_time.newest)
    return render(request, "moles/mole.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def mole_add(request: HttpRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = MoleForm(data, people=people(request), whose=request.GET.get("profile", ""))
    if form.is_valid():
        mole = create_mole(owner=me(request), **form.cleaned_data)
        return redirect("mole", mole.pk)
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def mole_edit(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    # The form writes what was typed into its instance; the heading keeps the stored name.
    stored = own_mole(request, mole_id)
    data = request.POST if request.method == "POST" else None
    form = MoleForm(data, people=people(request), instance=own_mole(request, mole_id))
    if not form.is_valid():
        return _form_page(request, form, stored)
    try:
        version = request.POST.get("version", "")
        update_mole(mole=own_mole(request, mole_id), version=version, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, form, stored)
    except ChangedMeanwhile:
        return _form_page(request, form, stored, changed=differences(stored, form.instance))
    messages.success(request, _("Saved."))
    return redirect("mole", stored.pk)


def _form_page(
    request: HttpRequest, form: MoleForm, mole: Mole | None, changed: list[Difference] | None = None
) -> HttpResponse:
    """`changed` is what another window stored meanwhile, beside what was typed here."""
    context = {
        "form": form,
        "mole": mole,
        "version": version_of(mole) if mole else "",
        "changed": changed,
        "figures": figures(),
        "places": place_points(),
    }
    status = 409 if changed is not None else 422 if form.errors else 200
    return render(request, "moles/form.html", context, status=status)


@require_POST
@own_page
def mole_archive(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    """Puts the mole away, or brings it back."""
    mole = own_mole(request, mole_id)
    update_mole(mole=mole, archived=request.POST.get("archived") == "yes")
    said = _("“%(name)s” is archived.") if mole.archived else _("“%(name)s” is among your moles again.")
    messages.success(request, said % {"name": mole.name})
    return redirect("mole", mole.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def mole_removal(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    # The page of a mismatch names what was said there; whoever said something here is not overruled.
    initial = {} if mole.outcome else {"outcome": request.GET.get("outcome", "")}
    data = request.POST if request.method == "POST" else None
    form = RemovalForm(data, instance=own_mole(request, mole_id), initial=initial)
    if form.is_valid():
        update_mole(mole=mole, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("mole", mole.pk)
    context = {"form": form, "mole": mole}
    return render(request, "moles/removal.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def mole_delete(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    if request.method == "POST":
        delete_mole(mole=mole)
        said = _("“%(name)s” and its photos are deleted.") % {"name": mole.name}
        say_deleted(request, said, undo=reverse("mole-restore", args=[mole.pk]))
        return redirect("mole-list")
    context = {"mole": mole, "photo_count": mole.photos.count(), "days": GRACE.days}
    return render(request, "moles/delete.html", context)
