from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest

from diagnosis.models import User
from diagnosis.services import record_consent


class AccountAdapter(DefaultAccountAdapter):
    """Nothing but allauth's own ways, so far."""


class ConsentForm(forms.Form):
    """What sign-up asks besides address and password."""

    storage = forms.BooleanField(label="I agree that this site stores my health photos.")
    of_age = forms.BooleanField(label="I am 18 years old or older.")

    def signup(self, request: HttpRequest, user: User) -> None:
        record_consent(user=user)
