"""Two photos of one mole: side by side, one over the other, or divided by a line."""

import uuid
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from diagnosis.models import Mole, Photo, Prediction
from diagnosis.pages.alignment import Alignment, align
from diagnosis.pages.change import Change, changes, other_models
from diagnosis.pages.forms import Dressed, ModelChoice
from diagnosis.pages.lookup import own_mole, own_page, whose


class DatedChoice(ModelChoice):
    """A photo by the day on which it was taken."""

    def label_from_instance(self, photo: Photo) -> str:
        day = date_format(timezone.localtime(photo.moment))
        return day if photo.taken_at else gettext("added %(day)s") % {"day": day}


class CompareForm(Dressed, forms.Form):
    """Which two photos; both of one mole."""

    wrong = {
        "required": _("Choose a photo."),
        "invalid_choice": _("This is no photo of this mole. Choose another."),
    }
    before = DatedChoice(
        queryset=Photo.objects.none(), label=_("Earlier photo"), empty_label=None, error_messages=wrong
    )
    after = DatedChoice(
        queryset=Photo.objects.none(), label=_("Later photo"), empty_label=None, error_messages=wrong
    )

    def __init__(self, mole: Mole, chosen: dict[str, str]):
        photos = mole.photos.by_date()
        newest = [str(pk) for pk in photos.values_list("pk", flat=True)[:2]]
        defaults = dict(zip(("after", "before"), newest, strict=False))
        super().__init__(defaults | chosen, auto_id="%s")
        for name in ("before", "after"):
            self.fields[name].queryset = photos  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Photo]:
        one, two = (self.cleaned_data.get(name) for name in ("before", "after"))
        if one and two and one == two:
            raise forms.ValidationError(
                _("This is twice the same photo. Choose another one to compare it with.")
            )
        if one and two and one.moment > two.moment:
            self.cleaned_data = {"before": two, "after": one}
        return self.cleaned_data


@dataclass(frozen=True)
class Comparison:
    """The two photos with their newest results, and what can be said of both together."""

    before: Photo
    after: Photo
    changes: list[Change]
    other_models: bool
    alignment: Alignment | None


def compare(before: Photo, after: Photo) -> Comparison:
    one, two = _result(before), _result(after)
    if not (one and two):
        return Comparison(before, after, [], False, None)
    return Comparison(
        before=before,
        after=after,
        changes=changes(one, two),
        other_models=other_models(one, two),
        alignment=align(two.outline, onto=one.outline) if one.outline and two.outline else None,
    )


def _result(photo: Photo) -> Prediction | None:
    """The newest prediction with a number; earlier ones count where a later one was declined."""
    succeeded = photo.predictions.filter(status=Prediction.Status.SUCCEEDED)
    return succeeded.select_related("photo").first()


@require_safe
@own_page
def compare_page(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    chosen = {name: request.GET[name] for name in ("before", "after") if name in request.GET}
    form = CompareForm(mole, chosen)
    photo_count = mole.photos.count()
    found = compare(**form.cleaned_data) if photo_count > 1 and form.is_valid() else None
    context = {
        "mole": mole,
        "whose": whose(mole),
        "form": form,
        "photo_count": photo_count,
        "comparison": found,
    }
    refused = photo_count > 1 and not found
    return render(request, "moles/compare.html", context, status=422 if refused else 200)
