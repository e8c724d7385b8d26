"""When to photograph a mole again, and the end of the mails that say so."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from diagnosis.models import Mole
from diagnosis.pages.forms import Dressed
from diagnosis.pages.lookup import own_mole, own_page
from diagnosis.services import snooze_mole, update_mole, update_settings, user_of_token

# Days, and how the button says them.
SNOOZES = [
    (7, gettext_lazy("in 1 week")),
    (14, gettext_lazy("in 2 weeks")),
    (30, gettext_lazy("in 1 month")),
]
AS_USUAL = gettext_lazy("as usual")


class ReminderForm(Dressed, forms.ModelForm):
    class Meta:
        model = Mole
        fields = ["reminder_months"]
        labels = {"reminder_months": gettext_lazy("Remind me to photograph this mole")}
        help_texts = {
            "reminder_months": gettext_lazy("As usual is every 3 months, and 1 month after a raised band.")
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reminder_months"].choices = [("", AS_USUAL), *Mole.Reminder.choices]  # type: ignore[attr-defined]


class SnoozeForm(forms.Form):
    days = forms.TypedChoiceField(choices=SNOOZES, coerce=int)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def mole_reminder(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    form = ReminderForm(
        request.POST if request.method == "POST" else None, instance=own_mole(request, mole_id)
    )
    if form.is_valid():
        try:
            update_mole(mole=mole, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("reminder_months", error.messages)
        else:
            return _back_to(request, mole)
    return _reminder_page(request, own_mole(request, mole_id), form)


@require_POST
@own_page
def mole_snooze(request: HttpRequest, mole_id: uuid.UUID) -> HttpResponse:
    mole = own_mole(request, mole_id)
    chosen = SnoozeForm(request.POST)
    form = ReminderForm(instance=mole)
    if not chosen.is_valid():
        refused = _("Choose when to be reminded: in 1 week, in 2 weeks or in 1 month.")
        return _reminder_page(request, mole, form, [refused])
    try:
        snooze_mole(mole=mole, days=chosen.cleaned_data["days"])
    except ValidationError as error:
        return _reminder_page(request, mole, form, error.messages)
    return _back_to(request, mole)


def _back_to(request: HttpRequest, mole: Mole) -> HttpResponse:
    if mole.due_on:
        said = _("“%(mole)s” is to be photographed again on %(day)s.")
        messages.success(request, said % {"mole": mole, "day": date_format(mole.due_on)})
    else:
        messages.success(request, _("You are not reminded of “%(mole)s” any more.") % {"mole": mole})
    return redirect("mole", mole.pk)


def _reminder_page(
    request: HttpRequest, mole: Mole, form: ReminderForm, refused: list[str] | None = None
) -> HttpResponse:
    context = reminder_context(mole) | {"mole": mole, "reminder_form": form, "refused": refused}
    return render(request, "reminders/mole.html", context, status=422 if refused or form.errors else 200)


def reminder_context(mole: Mole) -> dict[str, Any]:
    """What reminders/panel.html needs besides the mole."""
    return {"reminder_form": ReminderForm(instance=mole), "snoozes": SNOOZES}


@csrf_exempt
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def reminders_stop(request: HttpRequest, signed: str) -> HttpResponse:
    """The link in every mail. A POST, also the mail program's own (RFC 8058), ends the account's reminder
    mails without a log-in. Whoever has the link may do that and nothing else, so there is no forgery to
    fear. A GET changes nothing: programs open links too."""
    user = user_of_token(signed)
    if user is None:
        raise Http404
    if request.method == "POST":
        update_settings(user=user, reminder_mails=False)
    mine = request.user == user
    moles = Mole.objects.of(user).due(user.today()).select_related("profile").order_by("due_on", "name")
    due = moles if mine else []
    context = {"stopped": not user.reminder_mails, "mine": mine, "due": due, "snoozes": SNOOZES}
    response = render(request, "reminders/stop.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
