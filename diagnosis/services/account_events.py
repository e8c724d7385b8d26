"""Log-ins, passwords, addresses and second factors, which are Django's and allauth's: what they tell of goes
into the log. They store before they tell; where that was no transaction, the event follows at once.
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
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

from diagnosis.models import User
from diagnosis.services.audit import record_event

_PASSWORD = {
    account.password_changed: "changed",
    account.password_reset: "reset",
    account.password_set: "set",
}
_FACTOR = {mfa.authenticator_added: "added", mfa.authenticator_removed: "removed"}
_FACTOR |= {mfa.authenticator_reset: "renewed"}


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


def remove_second_factor(*, authenticator: Authenticator) -> None:
    """For somebody who has lost a phone or key."""
    with transaction.atomic():
        record_event("user.factor_removed", authenticator.user, kind=authenticator.type)
        authenticator.delete()


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


@receiver(list(_PASSWORD))
def _password(signal: Signal, user: User, **more: Any) -> None:
    record_event("user.password_changed", user, actor=user.pk, how=_PASSWORD[signal])


@receiver(list(_FACTOR))
def _factor(signal: Signal, user: User, authenticator: Authenticator, **more: Any) -> None:
    record_event(f"user.factor_{_FACTOR[signal]}", user, kind=authenticator.type)


@receiver(account.email_changed)
def _address_changed(user: User, **signal: Any) -> None:
    record_event("user.address_changed", user)


@receiver(account.email_confirmed)
def _address_confirmed(email_address: EmailAddress, **signal: Any) -> None:
    """By the link in a mail, or by staff."""
    record_event("user.address_confirmed", email_address.user)
