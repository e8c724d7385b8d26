"""A patient says that a prediction looks wrong, or what a laboratory found."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from diagnosis.models import Mismatch, Mole, Photo
from diagnosis.pages.forms import Dressed
from diagnosis.pages.lookup import own_page, own_photo
from diagnosis.pages.photo_fields import LongText
from diagnosis.pages.wording import CLASS_NAMES
from diagnosis.services import report_mismatch

LENGTH = Mismatch._meta.get_field("text").max_length
OUTCOMES = [
    (Mole.Outcome.BENIGN.value, gettext_lazy("Harmless (benign)")),
    (Mole.Outcome.MALIGNANT.value, gettext_lazy("Cancer, or an early form of it (malignant)")),
]


class LooksWrongForm(Dressed, forms.Form):
    text = LongText(
        label=gettext_lazy("What looks wrong?"),
        max_length=LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say in a few words what looks wrong.")},
        help_text=gettext_lazy("For example: the square missed the mole, or a doctor who saw it disagrees."),
    )


class HistologyForm(Dressed, forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What did the laboratory find?"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what the laboratory found: benign or malignant.")},
    )
    diagnosis = forms.ChoiceField(
        label=gettext_lazy("What does the letter call it? (optional)"), required=False
    )
    text = LongText(
        label=gettext_lazy("Anything else (optional)"),
        max_length=LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        names = [(code, capfirst(str(name))) for code, name in CLASS_NAMES.items()]
        not_said = ("", _("It does not say, or uses another name"))
        self.fields["diagnosis"].choices = [not_said, *names]  # type: ignore[attr-defined]


FORMS: dict[str, type[forms.Form]] = {
    Mismatch.Kind.LOOKS_WRONG.value: LooksWrongForm,
    Mismatch.Kind.HISTOLOGY.value: HistologyForm,
}


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def photo_mismatch(request: HttpRequest, photo_id: uuid.UUID) -> HttpResponse:
    photo = own_photo(request, photo_id)
    kind = request.POST.get("kind", "")
    shown = {
        name: form(request.POST if name == kind else None, auto_id=f"{name}_%s")
        for name, form in FORMS.items()
    }
    sent = shown.get(kind)
    if sent is None or not sent.is_valid():
        return _form_page(request, photo, shown)
    try:
        report_mismatch(photo=photo, kind=kind, **sent.cleaned_data)
    except ValidationError as error:
        sent.add_error(None, error)
        return _form_page(request, photo, shown)
    messages.success(request, _("Thank you. What you said is kept with the photo."))
    return redirect("photo-mismatch", photo.pk)


def _form_page(request: HttpRequest, photo: Photo, shown: dict[str, forms.Form]) -> HttpResponse:
    context = {"photo": photo, "reports": photo.mismatches.all(), **shown}
    return render(request, "mismatches/report.html", context, status=422 if request.method == "POST" else 200)
