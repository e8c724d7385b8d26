"""What this site asks of allauth beyond its own ways: the adapter."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from diagnosis.models import User
from diagnosis.services import record_event

logger = logging.getLogger(__name__)

TAKEN = _("There is already an account with this address. Log in with it, or reset its password.")
NOT_SENT = _("We could not send the mail at the moment. Try again in a few minutes.")
# The longest of the limits on log-in, so that who waits this long gets in.
RETRY_AFTER_SECONDS = 300


class AccountAdapter(DefaultAccountAdapter):
    """Too many log-ins are a 429, and no address ever belongs to two accounts."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "duplicate_email": _("This is already the address of your account."),
        "email_password_mismatch": _("The address or the password is wrong."),
        "email_taken": TAKEN,
        "incorrect_password": _("The password is wrong."),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises `ValidationError` for the API, which has its own shape for a 429."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            if request.path.startswith("/api/"):
                raise
            raise ImmediateHttpResponse(respond_429(request)) from error

    def set_password(self, user: User, password: str) -> None:
        """Changed, or set anew by the link in a mail."""
        with transaction.atomic():
            super().set_password(user, password)
            record_event("user.password_changed", user, actor=user.pk)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down costs a mail, not the page: logging in or asking again sends another."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # SMTP's own errors are of this kind
            logger.exception("Could not send %s.", template_prefix)
            self.add_message(self.request, messages.ERROR, message=NOT_SENT)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """allauth minds only addresses that others have confirmed; here others may not have it at all."""
        others = User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id)
        if others.exists():
            self.add_message(request, messages.ERROR, message=TAKEN)
            return False
        with transaction.atomic():
            return super().confirm_email(request, email_address)

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        if self.request.user.is_authenticated:
            return reverse("account")
        return super().get_email_verification_redirect_url(email_address)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page behind every 429 of the account pages."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def mail(request: HttpRequest) -> dict[str, bool]:
    """Context processor: pages say where the mail went when this site sends none."""
    return {"site_sends_mail": bool(settings.EMAIL_URL)}
