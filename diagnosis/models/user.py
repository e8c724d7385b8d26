"""People, what they consented to, and their API tokens."""

import uuid
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from diagnosis.models.profile import Profile


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names of all time zones that there are (IANA); not the two that stand for none."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


class UserManager(BaseUserManager["User"]):
    """Addresses are stored in lower case, so one address is one account."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):  # type: ignore[django-manager-missing, unused-ignore]
    """A person who logs in with an e-mail address."""

    class Language(models.TextChoices):
        """Each in its own words, which nobody translates."""

        ENGLISH = "en", "English"
        GERMAN = "de", "Deutsch"
        SPANISH = "es", "Español"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    # Empty where nobody has said it: then the site's, or for the language of pages the browser's.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, blank=True)
    reminder_mails = models.BooleanField(_("reminder mails"), default=True)
    # A mail once a doctor has looked at a photo.
    review_mails = models.BooleanField(_("mails on a doctor's look"), default=False)
    # What doctors looked at before is not told.
    review_mails_since = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[assignment,misc]

    class Meta:
        constraints = [
            # One account per address, whatever its case.
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("There is an account with this address."),
            ),
            models.CheckConstraint(condition=~models.Q(email=""), name="user_has_email"),
            models.CheckConstraint(
                condition=models.Q(language__in=["", "en", "de", "es"]), name="user_language_known"
            ),
            # Mails that are wanted are wanted since some moment.
            models.CheckConstraint(
                condition=models.Q(review_mails=False, review_mails_since__isnull=True)
                | models.Q(review_mails=True, review_mails_since__isnull=False),
                name="user_review_mails_since",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def allows_training(self) -> bool:
        """Whether photos of this person may leave for training now."""
        return Consent.objects.to_training().filter(user=self).exists()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new account comes with the profile of its own person."""
        self.email = self.email.lower()
        new = self._state.adding
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            if new:
                Profile.objects.own(self)

    @property
    def zone(self) -> ZoneInfo:
        """Their time zone, or the site's: where they said none, or one that this machine does not know."""
        try:
            return ZoneInfo(self.time_zone or settings.TIME_ZONE)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(settings.TIME_ZONE)

    def today(self, now: datetime | None = None) -> date:
        """The day that their calendar shows."""
        return timezone.localdate(now, self.zone)


class ConsentQuerySet(models.QuerySet["Consent"]):
    def to_training(self) -> Self:
        """Given to use for training, and not withdrawn since."""
        return self.filter(kind=Consent.Kind.TRAINING, withdrawn_at=None)


class Consent(models.Model):
    """What a person agreed to, in which version of the text, from when and until when.

    A row is never taken away: who agrees again gets another one.
    """

    class Kind(models.TextChoices):
        STORAGE = "storage", _("storing health photos")
        OF_AGE = "of_age", _("being of age")
        TRAINING = "training", _("use for training")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text_version = models.CharField(max_length=20)
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["storage", "of_age", "training"]), name="consent_kind_known"
            ),
            # A consent without its text's version proves nothing.
            models.CheckConstraint(condition=~models.Q(text_version=""), name="consent_has_text_version"),
            # Storage and age last as long as the account, and nothing is withdrawn before it is given.
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None)
                | models.Q(kind="training", withdrawn_at__gte=models.F("given_at")),
                name="consent_withdrawn_after_given",
            ),
            # Use for training is allowed or it is not.
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(kind="training", withdrawn_at=None),
                name="consent_training_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.text_version})"

    @property
    def allows_training(self) -> bool:
        return self.kind == self.Kind.TRAINING and self.withdrawn_at is None


class AuthToken(AbstractAuthToken):
    """An API token; only its hash is stored."""

    class Meta:
        ordering = ["-created"]
        verbose_name = _("API token")

    def __str__(self) -> str:
        return f"{self.token_key[:8]}…"
