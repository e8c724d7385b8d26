"""Sign-up with its consents, the change of address, the end; the rest of the forms are allauth's."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField
from allauth.account.models import EmailAddress
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import User
from diagnosis.services import record_consent

ADDRESS = _("E-mail address")


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = ADDRESS
        days = settings.SESSION_COOKIE_AGE // (24 * 3600)
        self.fields["remember"].label = ngettext(
            "Keep me logged in here for %(days)s day", "Keep me logged in here for %(days)s days", days
        ) % {"days": days}


class SignupForm(allauth_forms.SignupForm):
    """Address, password, and the two consents without which there is no account."""

    storage = forms.BooleanField(
        label=_(
            "I agree that this site stores my photos and what it predicts from them. They are health data."
        ),
        error_messages={"required": _("Without your consent this site can't keep a photo.")},
    )
    of_age = forms.BooleanField(
        label=_("I am 18 years old or older."),
        error_messages={"required": _("This site is for adults only.")},
    )
    field_order = ["email", "password1", "password2", "storage", "of_age"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = ADDRESS
        self.fields["storage"].help_text = format_html(
            '<a href="{}">{}</a>', reverse("privacy"), gettext("What is kept, where and for how long")
        )

    def signup(self, request: HttpRequest, user: User) -> None:
        record_consent(user=user)

    def save(self, request: HttpRequest) -> User:
        """No account without its consents, whatever fails between them."""
        with transaction.atomic():
            return super().save(request)

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        try:
            return super().try_save(request)
        except IntegrityError:
            # The same address signed up between our check and our row.
            self.account_already_exists = True
        if settings.EMAIL_URL:
            return super().try_save(request)
        messages.error(request, get_adapter().error_messages["email_taken"])
        return None, redirect("account_login")


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    email = EmailField(label=ADDRESS)


class AddKeyForm(AddWebAuthnForm):
    name = forms.CharField(label=_("Name"), required=False)
    passwordless = forms.BooleanField(
        label=_("Log in with it alone, without the password"),
        required=False,
        initial=True,
        help_text=_("It then asks for your fingerprint, face or PIN. An old key may not be able to."),
    )


class EditKeyForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"))


class ChangeEmailForm(allauth_forms.AddEmailForm):
    """One address at a time. The new one counts once its link was opened; without mail, at once."""

    email = EmailField(label=_("New e-mail address"))

    def clean_email(self) -> str:
        email = super().clean_email()
        if not settings.EMAIL_URL and User.objects.filter(email=email).exists():
            raise get_adapter().validation_error("email_taken")
        return email

    def save(self, request: HttpRequest) -> EmailAddress:
        with transaction.atomic():
            addresses = EmailAddress.objects.filter(user=self.user)
            if not settings.EMAIL_URL:
                messages.success(request, gettext("Your address was changed."))
                return self._replace(addresses)
            addresses.filter(verified=False).exclude(email=self.user.email).delete()
            pending = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        pending.send_confirmation(request)
        context = {"email": pending.email, "login": False, "signup": False}
        get_adapter().add_message(
            request, messages.INFO, "account/messages/email_confirmation_sent.txt", context
        )
        return pending

    def _replace(self, addresses: Any) -> EmailAddress:
        addresses.delete()
        self.user.email = self.cleaned_data["email"]
        self.user.save(update_fields=["email"])
        return EmailAddress.objects.create(user=self.user, email=self.user.email, primary=True)


class DeleteAccountForm(forms.Form):
    sure = forms.BooleanField(
        label=_("I want all of this deleted for good."),
        error_messages={"required": _("Say so by ticking the box, or keep your account.")},
    )
