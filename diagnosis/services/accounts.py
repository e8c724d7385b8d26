from django.db import transaction

from diagnosis.models import Consent, User

# Raise this whenever the wording on the sign-up or privacy page changes.
CONSENT_TEXT_VERSION = "2026-11-23"


def record_consent(*, user: User, text_version: str = CONSENT_TEXT_VERSION) -> None:
    """Keep that the person agreed to storing health photos and said they are of age."""
    with transaction.atomic():
        for kind in (Consent.Kind.STORAGE, Consent.Kind.OF_AGE):
            Consent.objects.create(user=user, kind=kind, text_version=text_version)
