"""What an account can be set to: time zone, language, mails."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from diagnosis.models import User
from diagnosis.models.user import time_zones
from diagnosis.pages.forms import Dressed
from diagnosis.pages.lookup import me, own_page
from diagnosis.services import update_settings

AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
Choices = list[tuple[str, Any]]


def zone_choices(chosen: str) -> Choices:
    """Every city of the IANA list under its part of the world; and what was chosen, if it is another name."""
    groups: dict[str, Choices] = {area: [] for area in AREAS}
    for name in sorted(time_zones()):
        area, _slash, place = name.partition("/")
        if area in groups:
            groups[area].append((name, place.replace("_", " ")))
    cities: Choices = list(groups.items())
    by_site = _("That of the browser I log in with next (until then %(zone)s)") % {"zone": settings.TIME_ZONE}
    others = [name for name in ("UTC", chosen) if name.partition("/")[0] not in groups]
    return [("", by_site), *((name, name) for name in dict.fromkeys(filter(None, others))), *cities]


class SettingsForm(Dressed, forms.ModelForm):
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "Dates are shown, and reminders counted, in this zone. Choose the city whose clocks are yours."
        ),
    )

    class Meta:
        model = User
        fields = ["time_zone", "language", "reminder_mails", "review_mails"]
        labels = {
            "language": gettext_lazy("Language"),
            "reminder_mails": gettext_lazy("Mail me when moles are due for a new photo"),
            "review_mails": gettext_lazy("Mail me when a clinician has looked at a photo"),
        }
        help_texts = {
            "reminder_mails": gettext_lazy(
                "At most one mail a day, in the morning. It names the moles and their places."
            ),
            "review_mails": gettext_lazy(
                "It says that there is news, with a link, and nothing of what was found."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = zone_choices(self.instance.time_zone)  # type: ignore[attr-defined]
        blank = ("", _("My browser’s; mails in English"))
        self.fields["language"].choices = [blank, *User.Language.choices]  # type: ignore[attr-defined]


@receiver(user_logged_in)
def take_browsers_zone(request: HttpRequest, user: User, **signal: Any) -> None:
    """An account that has said no time zone gets that of the browser it logs in from, which a script put
    into a cookie. A name that this site does not know is nobody's mistake, and changes nothing."""
    zone = request.COOKIES.get("time_zone", "")
    if not user.time_zone and zone in time_zones():
        update_settings(user=user, time_zone=zone)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def settings_page(request: HttpRequest) -> HttpResponse:
    # The form writes what was typed into its instance; the page around it keeps the stored account.
    stored = User.objects.get(pk=me(request).pk)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=stored)
    if form.is_valid():
        update_settings(user=me(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("account-settings")
    return render(request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200)
