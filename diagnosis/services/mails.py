"""What the mails share that the site sends by itself: to whom, how they look, and how they are stopped."""

import smtplib
from functools import partial
from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string

from diagnosis.models import User

# The server's own word that it did not take the mail.
REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
# A worker that sends mails judges no photos meanwhile: after so long it is the next tick's turn.
TICK_SECONDS = 20
AT_MOST = 200
# Which mails a link stops.
REMINDERS, REVIEWS = "reminders", "reviews"
_signers = {kind: partial(signing.Signer, salt=f"diagnosis.{kind}.stop") for kind in (REMINDERS, REVIEWS)}


def stop_token(user: User, kind: str = REMINDERS) -> str:
    """For the link in the mails of this kind, which works without a log-in and for ever."""
    return _signers[kind]().sign(user.pk.hex)


def user_of_token(token: str, kind: str = REMINDERS) -> User | None:
    """Whose mails the link stops; None where it is not one of ours, or the account is gone."""
    try:
        return User.objects.filter(pk=_signers[kind]().unsign(token)).first()
    except signing.BadSignature:
        return None


def reachable() -> QuerySet[User]:
    """Accounts that may get mail: open, and their address confirmed where the site asks for that."""
    users = User.objects.filter(is_active=True)
    if app_settings.EMAIL_VERIFICATION != app_settings.EmailVerificationMethod.MANDATORY:
        return users
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    return users.filter(Exists(confirmed))


def written(user: User, subject: str, template: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """The mail as text and HTML, from both templates of this name; the context's `stop` ends such mails."""
    message = EmailMultiAlternatives(
        subject,
        render_to_string(f"{template}.txt", context),
        to=[user.email],
        headers={
            "List-Unsubscribe": f"<{context['stop']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message
