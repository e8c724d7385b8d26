"""Why somebody of the staff looks at a person's photos: said once, kept for an hour, written into the log
with each file that is served."""

import time
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# In the session: by the person's id, the reason and until when it holds (seconds since 1970).
REASONS = "photo_reasons"
HOLDS_SECONDS = 3600


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do you look at this person’s photos?"),
        help_text=_(
            "It is kept for good in the log of who saw what, so name nobody in it. "
            "For an hour it holds for all photos of this person."
        ),
        error_messages={"required": _("Say why, in a few words: then the photos are shown.")},
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True, "autocomplete": "off"}),
    )


def keep_reason(request: HttpRequest, person: UUID, reason: str) -> None:
    """Those that hold no longer are forgotten."""
    now = time.time()
    kept = {pk: said for pk, said in request.session.get(REASONS, {}).items() if said[1] > now}
    request.session[REASONS] = kept | {str(person): [reason, now + HOLDS_SECONDS]}


def reason_for(request: HttpRequest, person: UUID) -> str:
    """What was said within the last hour about this person's photos; empty where nothing was."""
    reason, until = request.session.get(REASONS, {}).get(str(person), ("", 0))
    return str(reason) if until > time.time() else ""


def may_see_photos(request: HttpRequest) -> bool:
    return request.user.has_perm("diagnosis.view_photo")
