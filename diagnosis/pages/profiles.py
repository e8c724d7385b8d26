"""The people of an account: oneself, and whom one cares for."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from diagnosis.models import Mole, Profile
from diagnosis.models.deleted import GRACE
from diagnosis.models.profile import EARLIEST_BIRTH
from diagnosis.pages.conflict import Difference, differences
from diagnosis.pages.forms import Dressed
from diagnosis.pages.lookup import me, own_page, own_profile
from diagnosis.pages.report import PHOTOS_OF_EACH, numbered_figures, person_facts, reports
from diagnosis.services import (
    ChangedMeanwhile,
    create_profile,
    delete_profile,
    update_profile,
    version_of,
)

DELETE = "delete"


class ProfileForm(Dressed, forms.ModelForm):
    """A person. Only the name is asked for, and of the account's owner not even that."""

    class Meta:
        model = Profile
        fields = ["name", "birth_year", "sex", "fitzpatrick"]
        labels = {
            "name": _("Name"),
            "birth_year": _("Year of birth (optional)"),
            "sex": _("Sex (optional)"),
            "fitzpatrick": _("Skin type (optional)"),
        }
        help_texts = {
            "birth_year": _("Photos can’t be dated before it, and a report says the age."),
            "fitzpatrick": _(
                "What an hour of strong sun does to skin that is not used to it. "
                "The six types are those of Fitzpatrick (1988)."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        unsaid = ("", _("Not said"))
        self.fields["sex"].choices = [unsaid, *Profile.Sex.choices]  # type: ignore[attr-defined]
        self.fields["fitzpatrick"].choices = [unsaid, *Profile.Fitzpatrick.choices]  # type: ignore[attr-defined]
        year = {"min": EARLIEST_BIRTH, "max": timezone.localdate().year, "inputmode": "numeric"}
        self.fields["birth_year"].widget.attrs.update(year)
        self.fields["name"].required = not self.instance.is_self
        if self.instance.is_self:
            self.fields["name"].help_text = _("Left empty, you are called “Me” here.")


class DeletionForm(forms.Form):
    """What becomes of the moles of a person who goes, if there are any. Nothing is chosen beforehand."""

    moles = forms.ChoiceField(
        label=_("What should become of the moles?"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": _("Say what becomes of the person’s moles.")},
    )

    def __init__(self, *args: Any, others: list[Profile], has_moles: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not has_moles:
            del self.fields["moles"]
            return
        move = [(str(one.pk), gettext("Move them to: %(name)s") % {"name": one}) for one in others]
        delete = (DELETE, gettext("Delete them too, with their photos and predictions"))
        self.fields["moles"].choices = [*move, delete]  # type: ignore[attr-defined]


@require_safe
@own_page
def profile_list(request: HttpRequest) -> HttpResponse:
    people = Profile.objects.of(me(request)).with_mole_count()
    return render(request, "profiles/list.html", {"people": people})


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def profile_add(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            profile = create_profile(owner=me(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("%(name)s is added.") % {"name": profile})
            return redirect("profile-list")
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def profile_edit(request: HttpRequest, profile_id: uuid.UUID) -> HttpResponse:
    # The form writes what was typed into its instance; the heading keeps the stored name.
    stored = own_profile(request, profile_id)
    data = request.POST if request.method == "POST" else None
    form = ProfileForm(data, instance=own_profile(request, profile_id))
    if not form.is_valid():
        return _form_page(request, form, stored)
    try:
        version = request.POST.get("version", "")
        update_profile(profile=own_profile(request, profile_id), version=version, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, form, stored)
    except ChangedMeanwhile:
        return _form_page(request, form, stored, changed=differences(stored, form.instance))
    messages.success(request, gettext("Saved."))
    return redirect("profile-list")


def _form_page(
    request: HttpRequest,
    form: ProfileForm,
    profile: Profile | None,
    changed: list[Difference] | None = None,
) -> HttpResponse:
    """`changed` is what another window stored meanwhile, beside what was typed here."""
    version = version_of(profile) if profile else ""
    context = {"form": form, "profile": profile, "version": version, "changed": changed}
    status = 409 if changed is not None else 422 if form.errors else 200
    return render(request, "profiles/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def profile_delete(request: HttpRequest, profile_id: uuid.UUID) -> HttpResponse:
    profile = own_profile(request, profile_id)
    if profile.is_self:
        raise Http404  # there is no such page: oneself goes with the account
    others = list(Profile.objects.of(me(request)).exclude(pk=profile.pk))
    mole_count = profile.moles.count()
    form = DeletionForm(
        request.POST if request.method == "POST" else None, others=others, has_moles=mole_count > 0
    )
    if form.is_valid():
        chosen = form.cleaned_data.get("moles", "")
        move_to = next((one for one in others if str(one.pk) == chosen), None)
        try:
            delete_profile(profile=profile, move_to=move_to, with_moles=chosen == DELETE)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, gettext("%(name)s is deleted.") % {"name": profile})
            return redirect("profile-list")
    context = {"form": form, "profile": profile, "mole_count": mole_count, "days": GRACE.days}
    return render(request, "profiles/delete.html", context, status=422 if form.errors else 200)


@require_safe
@own_page
def profile_report(request: HttpRequest, profile_id: uuid.UUID) -> HttpResponse:
    """Everything that is followed of one person, made for paper."""
    profile = own_profile(request, profile_id)
    moles = list(Mole.objects.of(me(request)).current().filter(profile=profile).by_name())
    context = {
        "profile": profile,
        "person": person_facts(profile),
        "figures": numbered_figures(moles),
        "reports": reports(moles, PHOTOS_OF_EACH),
        "now": timezone.now(),
    }
    return render(request, "profiles/report.html", context)
