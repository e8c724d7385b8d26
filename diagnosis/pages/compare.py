"""Two photos of one mole: side by side, one over the other, or divided by a line."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from diagnosis.models import Photo, Prediction
from diagnosis.pages.alignment import Alignment, align
from diagnosis.pages.change import Change, changes, other_models
from diagnosis.pages.forms import Dressed
from diagnosis.pages.lookup import own_mole, own_page, whose
from diagnosis.pages.widgets import LongSelect


def dated(photo: Photo) -> str:
    """A photo by the day on which it was taken."""
    day = date_format(timezone.localtime(photo.moment))
    return day if photo.taken_at else gettext("added %(day)s") % {"day": day}


def _choice(label: Any) -> forms.TypedChoiceField:
    wrong = {
        "required": _("Choose a photo."),
        "invalid_choice": _("This is no photo of this mole. Choose another."),
    }
    return forms.TypedChoiceField(label=label, widget=LongSelect, error_messages=wrong)


class CompareForm(Dressed, forms.Form):
    """Which two photos; both of one mole."""

    before = _choice(_("Earlier photo"))
    after = _choice(_("Later photo"))

    def __init__(self, photos: Sequence[Photo], chosen: dict[str, str]):
        """`photos` are all of the mole, the newest first."""
        by_id = {str(photo.pk): photo for photo in photos}
        defaults = dict(zip(("after", "before"), by_id, strict=False))
        super().__init__(defaults | chosen, auto_id="%s")
        for name in ("before", "after"):
            field = cast(forms.TypedChoiceField, self.fields[name])
            field.choices = [(pk, dated(photo)) for pk, photo in by_id.items()]
            field.coerce = by_id.__getitem__

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
    newest = _results(before, after)
    one, two = newest.get(before.pk), newest.get(after.pk)
    if not (one and two):
        return Comparison(before, after, [], False, None)
    return Comparison(
        before=before,
        after=after,
        changes=changes(one, two),
        other_models=other_models(one, two),
        alignment=align(two.outline, onto=one.outline) if one.outline and two.outline else None,
    )


def _results(*photos: Photo) -> dict[uuid.UUID, Prediction]:
    """By photo, the newest prediction with a number; earlier ones count where a later one was declined."""
    succeeded = Prediction.objects.filter(photo__in=photos, status=Prediction.Status.SUCCEEDED)
    return {one.photo_id: one for one in reversed(succeeded.select_related("photo"))}


@require_safe
@own_page
def compare_page(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    photos = list(mole.photos.by_date())
    chosen = {name: request.GET[name] for name in ("before", "after") if name in request.GET}
    form = CompareForm(photos, chosen)
    enough = len(photos) > 1
    found = compare(**form.cleaned_data) if enough and form.is_valid() else None
    context = {
        "mole": mole,
        "whose": whose(mole),
        "form": form,
        "photo_count": len(photos),
        "comparison": found,
    }
    return render(request, "moles/compare.html", context, status=422 if enough and not found else 200)
