"""The people whose moles an account follows: its owner, and whom they care for."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models.deleted import Deletable, KeptManager

EARLIEST_BIRTH = 1900


def possible_birth_year(year: int) -> None:
    """Raises `ValidationError` for a year in the future, or of nobody who lives."""
    latest = timezone.localdate().year
    if not EARLIEST_BIRTH <= year <= latest:
        message = gettext("Give a year from %(earliest)s to %(latest)s.")
        raise ValidationError(message % {"earliest": EARLIEST_BIRTH, "latest": latest})


class ProfileQuerySet(models.QuerySet["Profile"]):
    def kept(self) -> Self:
        """A deleted person stays only as long as a mole of theirs can be restored."""
        return self.filter(deleted_at=None)

    def of(self, user: Any) -> Self:
        """The user's own profiles; anybody else's do not exist for them. Their own person comes first."""
        return self.filter(owner=user).order_by("-is_self", Lower("name"), "id")

    def own(self, user: Any) -> "Profile":
        """The account owner's own person, who is always there."""
        return self.get_or_create(owner=user, is_self=True)[0]

    def with_mole_count(self) -> Self:
        """Adds `mole_count`, archived and removed ones among them."""
        kept = Q(moles__deleted_at=None)
        return self.annotate(mole_count=models.Count("moles", filter=kept, distinct=True))

    def empty(self) -> Self:
        """Of the deleted ones, those of whom no mole can come back."""
        return self.filter(deleted_at__isnull=False, moles=None)


class Profile(Deletable):
    """One person. What was not said is empty or None."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        OTHER = "other", _("another")

    class Fitzpatrick(models.IntegerChoices):
        """Skin types by what the sun does to them.

        Fitzpatrick TB. The validity and practicality of sun-reactive skin types I through VI.
        Arch Dermatol 1988;124(6):869-871.
        """

        I = 1, _("I: always burns, never tans")  # noqa: E741
        II = 2, _("II: burns easily, tans a little")
        III = 3, _("III: burns sometimes, tans slowly to light brown")
        IV = 4, _("IV: burns seldom, tans well to brown")
        V = 5, _("V: brown skin that very seldom burns")
        VI = 6, _("VI: dark brown or black skin that never burns")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profiles")
    # The account's owner, made with the account.
    is_self = models.BooleanField(default=False, editable=False)
    # The owner needs no name: the pages say "Me" in their language.
    name = models.CharField(max_length=80, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True, validators=[possible_birth_year])
    sex = models.CharField(max_length=6, choices=Sex.choices, blank=True)
    fitzpatrick = models.PositiveSmallIntegerField(
        _("Fitzpatrick skin type"), choices=Fitzpatrick.choices, null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = KeptManager.from_queryset(ProfileQuerySet)()
    everything = ProfileQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(is_self=True), name="profile_one_self"),
            # SQLite minds the case of ASCII letters alone; the service minds all of them.
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                condition=Q(deleted_at=None),
                name="profile_name_unique",
                violation_error_message=_("You already have somebody of this name."),
            ),
            models.CheckConstraint(
                condition=Q(is_self=True) | ~Q(name=""),
                name="profile_has_name",
                violation_error_message=_("Give the person a name."),
            ),
            # Later than this year is the validator's to refuse: no row may turn wrong or right with time.
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_year__gte=EARLIEST_BIRTH),
                name="profile_birth_year_from_1900",
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["", "female", "male", "other"]), name="profile_sex_known"
            ),
            models.CheckConstraint(
                condition=Q(fitzpatrick__isnull=True) | Q(fitzpatrick__gte=1, fitzpatrick__lte=6),
                name="profile_fitzpatrick_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("Me")

    def age_in(self, year: int) -> int | None:
        """By the year of birth alone, so it may be one too many; None where that is not known or later."""
        born = self.birth_year
        return year - born if born is not None and born <= year else None
