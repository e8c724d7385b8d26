import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Mole, Photo, Profile, User
from diagnosis.models.mole import MoleQuerySet
from diagnosis.services.audit import changed_fields, record_event, record_events
from diagnosis.services.versions import check_version


@dataclass(frozen=True)
class PersonDetails:
    """What is known of a mole's person: age in whole years (by the year of birth, so it may be one too
    many), sex (`Profile.Sex`) and body site (`Mole.BodySite`); None where it was not said."""

    age: int | None = None
    sex: str | None = None
    body_site: str | None = None


def person_details(*, mole: Mole | None, at: datetime | None = None) -> PersonDetails:
    """Of the mole's person at a moment, which is now unless told otherwise; all None without a mole."""
    if mole is None:
        return PersonDetails()
    return PersonDetails(
        age=mole.profile.age_in(timezone.localdate(at).year),
        sex=mole.profile.sex or None,
        body_site=mole.body_site or None,
    )


def create_profile(*, owner: User, **fields: Any) -> Profile:
    """One more person of the account. Raises `ValidationError` where a field is not allowed."""
    profile = Profile(owner=owner, **fields)
    with transaction.atomic():
        # Two forms sent at once must not make two people of one name.
        User.objects.select_for_update().get(pk=owner.pk)
        _check(profile)
        profile.save(force_insert=True)
        record_event("profile.created", profile)
    return profile


def update_profile(*, profile: Profile, version: str = "", **fields: Any) -> Profile:
    """Changes the given fields, unless the profile changed since `version` of `version_of` was read.

    Raises `ValidationError` where a value is not allowed, `ChangedMeanwhile`; nothing is stored then.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=profile.owner_id)
        stored = check_version(profile, version)
        for name, value in fields.items():
            setattr(profile, name, value)
        _check(profile)
        profile.save(update_fields=list(fields))
        if changed := changed_fields(stored, profile, fields):
            record_event("profile.changed", profile, fields=changed)
    return profile


def delete_profile(*, profile: Profile, move_to: Profile | None = None, with_moles: bool = False) -> None:
    """Removes a person. Their moles, if there are any, go to another person of the account, or, only
    `with_moles`, into "Recently deleted", from where each of them brings the person back.

    Raises `ValidationError` for the account's own person, and for moles of which neither was said.
    """
    if profile.is_self:
        raise ValidationError(_("Your own profile stays as long as your account."))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=profile.owner_id)
        moles = Mole.everything.filter(profile=profile)
        if move_to is not None:
            if move_to.owner_id != profile.owner_id or move_to == profile:
                raise ValidationError({"move_to": _("There is no such person.")})
            earliest = Photo.objects.filter(mole__profile=profile).earliest_taken_at()
            check_not_before_birth(move_to, earliest, "profile")
            _move(moles, move_to)
        elif with_moles:
            record_events("mole.deleted", list(moles.kept().only("pk")), profile=str(profile.pk))
            moles.kept().update(deleted_at=timezone.now())
        elif moles.kept().exists():
            raise ValidationError(_("Say what becomes of the person’s moles: move them, or delete them too."))
        if Profile.objects.filter(pk=profile.pk).update(deleted_at=timezone.now()):
            record_event("profile.deleted", profile)
        remove_empty_profile(profile.pk)


def restore_profile(*, profile: Profile) -> None:
    """A deleted person is back, for a mole that comes back. Where there is somebody of that name again,
    they are taken for the same, and get the moles."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=profile.owner_id)
        people = Profile.objects.filter(owner=profile.owner_id)
        name = str(profile).casefold()
        if namesake := next((one for one in people if str(one).casefold() == name), None):
            _move(Mole.everything.filter(profile=profile), namesake)
            remove_empty_profile(profile.pk)
        elif Profile.everything.filter(pk=profile.pk, deleted_at__isnull=False).update(deleted_at=None):
            record_event("profile.restored", profile)


def remove_empty_profile(profile_id: uuid.UUID) -> None:
    """A deleted person of whom no mole can come back is gone for good."""
    for profile in Profile.everything.filter(pk=profile_id).empty():
        record_event("profile.removed", profile)
        profile.delete()


def check_not_before_birth(profile: Profile, earliest: datetime | None, field: str) -> None:
    """Raises `ValidationError` of this field where the earliest photo is older than the person."""
    born = profile.birth_year
    if earliest and born and timezone.localtime(earliest).year < born:
        raise ValidationError({field: _BEFORE_BIRTH[field] % {"born": born, "name": profile}})


def _move(moles: MoleQuerySet, profile: Profile) -> None:
    """In a transaction."""
    record_events("mole.changed", list(moles.only("pk")), fields=["profile"], profile=str(profile.pk))
    moles.update(profile=profile)


_BEFORE_BIRTH = {
    "taken_at": _(
        "The photo can’t have been taken before %(born)s, the birth year of this mole’s person. "
        "Mend the date, or the year under People."
    ),
    "birth_year": _(
        "A photo of this person was taken before %(born)s. Mend its date first, or give an earlier year."
    ),
    "profile": _(
        "A photo of this mole was taken before %(name)s was born, in %(born)s. Mend its date first."
    ),
}


def _check(profile: Profile) -> None:
    profile.name = profile.name.strip()
    profile.clean_fields()
    _check_name(profile)
    profile.validate_constraints()
    taken_at = Photo.objects.filter(mole__profile=profile).earliest_taken_at()
    check_not_before_birth(profile, taken_at, "birth_year")


def _check_name(profile: Profile) -> None:
    """Everybody else has a name, and two names of one account differ by more than the case of a letter."""
    if not (profile.name or profile.is_self):
        raise ValidationError({"name": _("Give the person a name.")})
    others = Profile.objects.filter(owner=profile.owner_id).exclude(pk=profile.pk)
    if str(profile).casefold() in {str(other).casefold() for other in others}:
        raise ValidationError({"name": _("You already have somebody of this name.")})
