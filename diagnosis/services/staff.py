"""Staff: how long a session of theirs lasts, that it took a second factor, and why they look at photos."""

import time
from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_used
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import FileResponse, HttpRequest

from diagnosis.models import Photo, User
from diagnosis.services.audit import record_event
from diagnosis.services.files import jpeg_response
from diagnosis.services.tokens import has_second_factor

# In the session: when it began (seconds since 1970), and whose second factor it has seen.
LOGGED_IN_AT = "logged_in_at"
SECOND_FACTOR_OF = "second_factor_of"


def has_outlived(*, request: HttpRequest) -> bool:
    """Whether this session is older than one of staff may be. One that does not know its age is."""
    began = request.session.get(LOGGED_IN_AT, 0.0)
    return bool(time.time() - began >= settings.STAFF_SESSION_HOURS * 3600)


def gave_second_factor(*, request: HttpRequest, user: User) -> bool:
    """Whether this person has a second factor, and used it or set it up in this session."""
    return request.session.get(SECOND_FACTOR_OF) == str(user.pk) and has_second_factor(user)


def view_photo(*, photo: Photo, field: str, reason: str) -> FileResponse:
    """A photo's file for staff, `field` being "image" or "thumbnail", and the event that it was looked at.

    For a view that has checked who asks. Raises `ValueError` without a reason, `Http404` where the file
    is gone.
    """
    if not reason.strip():
        raise ValueError("Nobody looks at a patient's photo without a reason.")
    response = jpeg_response(getattr(photo, field))
    with transaction.atomic():
        record_event("photo.viewed", photo, reason=reason, owner=str(photo.owner_id), file=field)
    return response


@receiver(user_logged_in)
def _note_the_time(request: HttpRequest, **signal: Any) -> None:
    """Of everybody: who is no staff now may be before the session ends."""
    request.session[LOGGED_IN_AT] = time.time()


@receiver([authenticator_added, authenticator_used])
def _note_the_second_factor(request: HttpRequest, user: User, **signal: Any) -> None:
    request.session[SECOND_FACTOR_OF] = str(user.pk)
