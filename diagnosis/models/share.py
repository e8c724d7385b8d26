"""A link by which somebody without an account sees chosen moles, and what was done with it."""

import hashlib
import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.models.mole import Mole


class ShareQuerySet(models.QuerySet["Share"]):
    def of(self, user: Any) -> Self:
        """The user's own shares; anybody else's do not exist for them."""
        return self.filter(owner=user)

    def by_token(self, token: str) -> Self:
        return self.filter(token_hash=token_hash(token))


def token_hash(token: str) -> str:
    """SHA-256: the token is long and random, so nothing slower is needed to keep it secret."""
    return hashlib.sha256(token.encode()).hexdigest()


class Share(models.Model):
    """Who has the link's token sees the moles until it expires or is revoked. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
    moles = models.ManyToManyField(Mole, related_name="shares")
    token_hash = models.CharField(_("SHA-256 of the token"), max_length=64, unique=True)
    # For whom or what for: the owner's words for themself.
    label = models.CharField(max_length=80, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # A link that was never open is none.
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="share_expires_after_it_was_made"
            ),
            models.CheckConstraint(condition=~Q(token_hash=""), name="share_has_token_hash"),
        ]

    def __str__(self) -> str:
        return self.label or f"link of {self.created_at:%Y-%m-%d}"

    @property
    def ended_at(self) -> datetime | None:
        """When it ended; None while it is open."""
        if self.revoked_at:
            return self.revoked_at
        return self.expires_at if self.expires_at <= timezone.now() else None


class ShareOpening(models.Model):
    """That the link was opened. Who opened it is not known, and not asked."""

    id = models.BigAutoField(primary_key=True)
    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return f"opened {self.opened_at:%Y-%m-%d %H:%M}"


class ShareNoteQuerySet(models.QuerySet["ShareNote"]):
    def kept(self) -> Self:
        """Those on moles that are not deleted."""
        return self.filter(mole__deleted_at=None)


class ShareNote(models.Model):
    """What whoever had the link wrote of a mole. Only ever added."""

    class Action(models.TextChoices):
        NOTHING = "nothing", _("nothing for now")
        REPHOTOGRAPH = "rephotograph", _("take another photo")
        SEE_DOCTOR = "see_doctor", _("come and show it")
        URGENT = "urgent", _("come and show it soon")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="notes")
    mole = models.ForeignKey(Mole, on_delete=models.CASCADE, related_name="share_notes")
    # The name that they gave; nobody has checked it.
    author = models.CharField(max_length=80)
    text = models.TextField(max_length=2000)
    action = models.CharField(max_length=12, choices=Action.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ShareNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["nothing", "rephotograph", "see_doctor", "urgent"]),
                name="share_note_action_known",
            ),
            # A note says something, and somebody signs it.
            models.CheckConstraint(condition=~Q(author="") & ~Q(text=""), name="share_note_is_signed"),
        ]

    def __str__(self) -> str:
        return f"note of {self.created_at:%Y-%m-%d %H:%M}"
