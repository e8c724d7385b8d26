"""Staff: how long a session of theirs lasts, and that it took a second factor."""

import time
from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_used
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from diagnosis.models import User
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


@receiver(user_logged_in)
def _note_the_time(request: HttpRequest, **signal: Any) -> None:
    """Of everybody: who is no staff now may be before the session ends."""
    request.session[LOGGED_IN_AT] = time.time()


@receiver([authenticator_added, authenticator_used])
def _note_the_second_factor(request: HttpRequest, user: User, **signal: Any) -> None:
    request.session[SECOND_FACTOR_OF] = str(user.pk)
