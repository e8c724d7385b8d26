"""API tokens. One is given only where a log-in would be: allauth's checks, in allauth's order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.account.utils import has_verified_email
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import get_rates
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _
from knox.settings import knox_settings

from diagnosis.models import AuthToken, User
from diagnosis.services.audit import record_event

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class LoginRefused(Exception):
    """Why there is no log-in: `code` for programs, `message` for people, `wait` in seconds."""

    def __init__(self, code: str, message: str, wait: int | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.wait = wait


@dataclass(frozen=True)
class IssuedToken:
    """The only time that the token itself is seen; the database keeps its hash."""

    token: str
    expires_at: datetime


def issue_token(*, request: HttpRequest, email: str, password: str, code: str = "") -> IssuedToken:
    """A new token for who could log in like this; beyond the limit the oldest token ends.

    Raises `LoginRefused` with code `invalid_credentials`, `account_inactive`,
    `email_not_confirmed`, `mfa_required`, `mfa_invalid` or `too_many_attempts`.
    """
    user = _check_password(request, email, password)
    _check_account(user, email)
    if has_second_factor(user):
        _check_code(user, code)
    with transaction.atomic():
        issued, token = AuthToken.objects.create(user=user)
        record_event("token.issued", user, actor=user.pk, begins_with=str(issued))
        _end_beyond_limit(user)
    return IssuedToken(token, issued.expiry)


def confirm_identity(*, request: HttpRequest, user: User, password: str, code: str = "") -> None:
    """For what can't be undone: whoever holds the session or token must know the password too.

    Raises `LoginRefused` as `issue_token` does.
    """
    if _check_password(request, user.email, password) != user:
        raise _wrong_password()
    if has_second_factor(user):
        _check_code(user, code)


def end_token(*, token: AuthToken) -> None:
    """Log this one program out."""
    _end(AuthToken.objects.filter(pk=token.pk))


def end_all_tokens(*, user: User) -> None:
    """Log every program of this person out."""
    _end(AuthToken.objects.filter(user=user))


def has_second_factor(user: User) -> bool:
    """Whether logging in takes more than a password."""
    return is_mfa_enabled(user, SECOND_FACTORS)


@receiver([password_changed, password_reset, password_set])
def _end_tokens_with_password(user: User, **signal: Any) -> None:
    """Who changes a password because it leaked wants every program out, as every session is."""
    end_all_tokens(user=user)


def _check_password(request: HttpRequest, email: str, password: str) -> User:
    if not ratelimit.consume(request, action="login"):
        raise _too_many("login")
    try:
        user = get_adapter().authenticate(request, email=email, password=password)
    except ValidationError as error:  # its only reason here: too many failed attempts
        raise _too_many("login_failed") from error
    if user is None:
        raise _wrong_password()
    return user


def _wrong_password() -> LoginRefused:
    return LoginRefused("invalid_credentials", _("The e-mail address or the password is wrong."))


def _check_account(user: User, email: str) -> None:
    if not user.is_active:
        raise LoginRefused("account_inactive", _("This account is closed. Ask the people who run this site."))
    mandatory = app_settings.EMAIL_VERIFICATION == app_settings.EmailVerificationMethod.MANDATORY
    if mandatory and not has_verified_email(user, email):
        raise LoginRefused(
            "email_not_confirmed",
            _(
                "Confirm your e-mail address first: follow the link that was mailed to you. "
                "To get a new link, log in on the site."
            ),
        )


def _check_code(user: User, code: str) -> None:
    """A code of the authenticator app, or a recovery code; each works once."""
    if not code:
        raise LoginRefused("mfa_required", _which_code(user))
    form = BaseAuthenticateForm({"code": code}, user=user)
    if form.is_valid():
        form.authenticator.record_usage()
        return
    if form.has_error("code", "too_many_login_attempts"):
        raise _too_many("login_failed")
    raise LoginRefused("mfa_invalid", f"{_('The code is wrong or was used before.')} {_which_code(user)}")


def _which_code(user: User) -> str:
    if is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        return _("Send the code that your authenticator app shows, or a recovery code, as `code`.")
    return _(
        "This account is protected by a passkey, which the API can't ask for: send a recovery code as `code`."
    )


def _too_many(action: str) -> LoginRefused:
    """allauth doesn't say which of its limits was hit, so the longest is waited for."""
    rates = get_rates(app="allauth.account", action=action)
    return LoginRefused(
        "too_many_attempts",
        _("There were too many attempts to log in. Wait a few minutes, then try again."),
        wait=int(max(rate.duration for rate in rates)),
    )


def _end_beyond_limit(user: User) -> None:
    kept = AuthToken.objects.filter(user=user).order_by("-created")[: knox_settings.TOKEN_LIMIT_PER_USER]
    _end(AuthToken.objects.filter(user=user).exclude(pk__in=list(kept.values_list("pk", flat=True))))


def _end(tokens: QuerySet[AuthToken]) -> None:
    """Each is told of by how it begins, as the administration shows it."""
    with transaction.atomic():
        for token in tokens.select_related("user").select_for_update(of=("self",)):
            token.delete()
            record_event("token.ended", token.user, begins_with=str(token))
