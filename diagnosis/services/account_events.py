"""Log-ins, addresses, second factors and sessions, which are Django's and allauth's: what they tell of goes
into the log. Of addresses allauth tells only once they are stored; then the event follows at once.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from diagnosis.models import User
from diagnosis.services.audit import record_event


class SessionsAdapter(DefaultUserSessionsAdapter):
    """allauth ends sessions without a signal."""

    def end_sessions(self, sessions: Any) -> None:
        for session in sessions:
            end_session(session=session)


def end_session(*, session: UserSession) -> None:
    """Log this one browser out."""
    with transaction.atomic():
        record_event("session.ended", session)
        session.end()


@receiver(post_save, sender=User)
def _created(instance: User, created: bool, raw: bool, **signal: Any) -> None:
    if created and not raw:
        record_event("user.created", instance)


@receiver(user_logged_in)
def _logged_in(user: User, **signal: Any) -> None:
    record_event("user.logged_in", user, actor=user.pk)


@receiver(user_logged_out)
def _logged_out(user: User | None, **signal: Any) -> None:
    # The end of an account is told of by itself.
    if user is not None and user.pk is not None:
        record_event("user.logged_out", user, actor=user.pk)


@receiver(user_login_failed)
def _login_failed(credentials: dict[str, Any], **signal: Any) -> None:
    """Whose account was tried, where there is one; what was typed is nobody's business."""
    user = User.objects.filter(email=str(credentials.get("email", "")).lower()).only("pk").first()
    record_event("user.login_failed", user)


@receiver(mfa.authentication_failed)
def _factor_failed(user: User, authenticator: Authenticator, **signal: Any) -> None:
    record_event("user.factor_failed", user, kind=authenticator.type)


@receiver(post_save, sender=Authenticator)
def _factor_added(instance: Authenticator, created: bool, raw: bool, **signal: Any) -> None:
    if created and not raw:
        record_event("user.factor_added", instance.user, kind=instance.type)


@receiver(post_delete, sender=Authenticator)
def _factor_removed(instance: Authenticator, origin: Any, **signal: Any) -> None:
    """By its owner or by staff; the end of an account is told of by itself."""
    if not isinstance(origin, User):
        record_event("user.factor_removed", instance.user, kind=instance.type)


@receiver(account.email_changed)
def _address_changed(user: User, **signal: Any) -> None:
    record_event("user.address_changed", user)


@receiver(account.email_confirmed)
def _address_confirmed(email_address: EmailAddress, **signal: Any) -> None:
    """By the link in a mail, or by staff."""
    record_event("user.address_confirmed", email_address.user)
