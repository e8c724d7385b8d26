from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from diagnosis.models import Consent, Export, Mole, Photo, Prediction, Profile, User
from diagnosis.services.files import remove_files_on_commit, remove_names_on_commit

# Raise this whenever the wording on the sign-up or privacy page changes.
CONSENT_TEXT_VERSION = "2026-11-24-4"


@dataclass(frozen=True)
class Holdings:
    """How many profiles, moles, photos and predictions an account holds, "Recently deleted" included."""

    profiles: int
    moles: int
    photos: int
    predictions: int


@dataclass(frozen=True)
class Receipt:
    """What was deleted with an account, and when."""

    email: str
    holdings: Holdings
    deleted_at: datetime


def record_consent(*, user: User, text_version: str = CONSENT_TEXT_VERSION) -> None:
    """Keep that the person agreed to storing health photos and said they are of age."""
    with transaction.atomic():
        for kind in (Consent.Kind.STORAGE, Consent.Kind.OF_AGE):
            Consent.objects.create(user=user, kind=kind, text_version=text_version)


def set_training_consent(*, user: User, given: bool) -> None:
    """Allows use for training from now on, or ends it; said twice, the first counts."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        open_consent = Consent.objects.to_training().filter(user=user)
        if not given:
            open_consent.update(withdrawn_at=timezone.now())
        elif not open_consent.exists():
            Consent.objects.create(user=user, kind=Consent.Kind.TRAINING, text_version=CONSENT_TEXT_VERSION)


def holdings_of(*, user: User) -> Holdings:
    return Holdings(
        profiles=Profile.everything.of(user).count(),
        moles=Mole.everything.of(user).count(),
        photos=Photo.everything.of(user).count(),
        predictions=Prediction.objects.filter(photo__owner=user).count(),
    )


def delete_account(*, user: User) -> Receipt:
    """Removes the account with all that belongs to it: rows, files, sessions, tokens, exports, and what is
    in "Recently deleted".

    The receipt also goes to its address, where the site sends mail. A prediction in the making is
    never recorded.
    """
    with transaction.atomic():
        receipt = Receipt(user.email, holdings_of(user=user), timezone.now())
        remove_files_on_commit(Photo.everything.of(user).only("image", "thumbnail"))
        remove_names_on_commit(Export.objects.of(user).values_list("file", flat=True))
        # A session's own row names nobody it belongs to, so it would outlive the account.
        for session in UserSession.objects.filter(user=user):
            session.end()
        user.delete()
    if settings.EMAIL_URL:
        get_adapter().send_mail("account/email/account_deleted", receipt.email, {"receipt": receipt})
    return receipt
