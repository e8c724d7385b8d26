import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnosis.models import Mole, Share, ShareNote, ShareOpening, User
from diagnosis.models.share import token_hash
from diagnosis.services.audit import record_event

SHARE_DAYS = 14
LONGEST_SHARE_DAYS = 90
# Whoever has a link may leave so many notes: a mistake or a prank must not fill the database.
MOST_NOTES = 50


@dataclass(frozen=True)
class IssuedShare:
    """The only time that the token itself is seen; the database keeps its hash."""

    share: Share
    token: str


def create_share(
    *, owner: User, moles: Iterable[Mole], days: int = SHARE_DAYS, label: str = ""
) -> IssuedShare:
    """A link to the moles, open for so many days.

    Raises `ValidationError` where there is no mole, one is not the owner's, or the days are not from 1 to 90.
    """
    chosen = list(moles)
    if not chosen or any(mole.owner_id != owner.pk for mole in chosen):
        raise ValidationError({"moles": _("Choose at least one of your moles.")})
    if not 1 <= days <= LONGEST_SHARE_DAYS:
        raise ValidationError(
            {"days": _("A link can be open for 1 to %(days)s days.") % {"days": LONGEST_SHARE_DAYS}}
        )
    token = secrets.token_urlsafe(32)
    share = Share(owner=owner, label=label, expires_at=timezone.now() + timedelta(days=days))
    share.token_hash = token_hash(token)
    share.full_clean(exclude=["created_at"], validate_constraints=False)
    with transaction.atomic():
        share.save(force_insert=True)
        share.moles.set(chosen)
        record_event("share.created", share, moles=[str(mole.pk) for mole in chosen], days=days)
    return IssuedShare(share, token)


def open_share(*, share: Share) -> None:
    """Keep that the link was opened."""
    with transaction.atomic():
        ShareOpening.objects.create(share=share)
        record_event("share.opened", share)


def leave_note(*, share: Share, mole: Mole, author: str, text: str, action: str) -> ShareNote:
    """A note of whoever has the link on one of its moles.

    Raises `ValidationError` where the link has ended, the mole is not in it, or a value is not allowed.
    """
    if share.ended_at:
        raise ValidationError(_("This link has ended."))
    if not share.moles.filter(pk=mole.pk).exists():
        raise ValidationError({"mole": _("This mole is not among those that were shared.")})
    if share.notes.count() >= MOST_NOTES:
        raise ValidationError(_("There are too many notes. Ask for a new link."))
    note = ShareNote(share=share, mole=mole, author=author, text=text, action=action)
    note.full_clean()
    with transaction.atomic():
        note.save(force_insert=True)
        record_event("note.left", note, share=str(share.pk), mole=str(mole.pk), suggested=action)
    return note


def revoke_share(*, share: Share) -> None:
    """The link ends at once; pressing the button twice changes nothing."""
    with transaction.atomic():
        if Share.objects.filter(pk=share.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record_event("share.revoked", share)
