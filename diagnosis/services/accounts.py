from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnosis.models import Case, Consent, Export, Mole, Photo, Prediction, Profile, User
from diagnosis.models.user import time_zones
from diagnosis.services.audit import changed_fields, record_event
from diagnosis.services.files import remove_files_on_commit, remove_names_on_commit
from diagnosis.services.reviews.reading import NotYours, finish_case

# Raise this whenever the wording on the sign-up or privacy page changes.
CONSENT_TEXT_VERSION = "2026-11-25-2"


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
            _give(user, kind, text_version)


def set_training_consent(*, user: User, given: bool) -> None:
    """Allows use for training from now on, or ends it; said twice, the first counts."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        consent = Consent.objects.to_training().filter(user=user).first()
        if given and not consent:
            _give(user, Consent.Kind.TRAINING, CONSENT_TEXT_VERSION)
        elif consent and not given:
            consent.withdrawn_at = timezone.now()
            consent.save(update_fields=["withdrawn_at"])
            record_event("consent.withdrawn", consent, kind=consent.kind)


def _give(user: User, kind: str, text_version: str) -> None:
    consent = Consent.objects.create(user=user, kind=kind, text_version=text_version)
    # Who signs up is not logged in yet.
    record_event("consent.given", consent, actor=user.pk, kind=kind, text_version=text_version)


class Settings(TypedDict, total=False):
    """What an account can be set to; an empty time zone or language is "not said"."""

    time_zone: str
    language: str
    reminder_mails: bool
    review_mails: bool


def update_settings(*, user: User, **changes: Unpack[Settings]) -> None:
    """Changes what is given. In another time zone the same photo may be due on another day. Mails on
    reviews are sent of what clinicians look at from now on.

    Raises `ValidationError` where a value is not allowed.
    """
    if (zone := changes.get("time_zone")) and zone not in time_zones():
        raise ValidationError({"time_zone": _("There is no time zone of this name. Choose one in the list.")})
    for name, value in changes.items():
        setattr(user, name, value)
    user.clean_fields(exclude={field.name for field in User._meta.fields} - changes.keys())
    stored = list(changes)
    if "review_mails" in changes:
        wanted_since = (user.review_mails_since or timezone.now()) if user.review_mails else None
        user.review_mails_since = wanted_since
        stored.append("review_mails_since")
    with transaction.atomic():
        before = User.objects.select_for_update().get(pk=user.pk)
        user.save(update_fields=stored)
        if changed := changed_fields(before, user, changes):
            record_event("user.changed", user, fields=changed)
        if "time_zone" in changes:
            Mole.objects.of(user).refresh_due()


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
        # What they had begun to read counts, and goes back to the others.
        for case in Case.objects.filter(claimed_by=user):
            with suppress(NotYours):
                finish_case(case=case, reader=user)
        # Who reads one of their photos in this moment saves first, or finds it gone.
        own = Case.objects.filter(photo__owner=user).order_by("pk")
        list(own.select_for_update(of=("self",)).values_list("pk", flat=True))
        receipt = Receipt(user.email, holdings_of(user=user), timezone.now())
        remove_files_on_commit(Photo.everything.of(user).only("image", "thumbnail"))
        remove_names_on_commit(Export.objects.of(user).values_list("file", flat=True))
        # A session's own row names nobody it belongs to, so it would outlive the account.
        for session in UserSession.objects.filter(user=user):
            session.end()
        record_event("user.deleted", user, **asdict(receipt.holdings))
        user.delete()
    if settings.EMAIL_URL:
        get_adapter().send_mail("account/email/account_deleted", receipt.email, {"receipt": receipt})
    return receipt
