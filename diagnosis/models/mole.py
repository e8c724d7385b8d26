"""What a person follows over time."""

import uuid
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from diagnosis.models.case import Case
from diagnosis.models.deleted import Deletable, KeptManager
from diagnosis.models.due import due_after, interval
from diagnosis.models.profile import Profile

# Still followed: neither archived nor removed.
FOLLOWED = Q(archived_at=None, removed_on=None)


class MoleQuerySet(models.QuerySet["Mole"]):
    def kept(self) -> Self:
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        """Those in "Recently deleted"."""
        return self.filter(deleted_at__isnull=False)

    def of(self, user: "settings.AUTH_USER_MODEL") -> Self:  # type: ignore[name-defined]
        """The user's own moles; anybody else's do not exist for them."""
        return self.filter(owner=user)

    def current(self) -> Self:
        """Those that are still followed."""
        return self.filter(FOLLOWED)

    def by_name(self) -> Self:
        """For lists to choose from, with the person whose each is."""
        return self.select_related("profile").order_by("name", "id")

    def with_overview(self) -> Self:
        """Adds `photo_count`, `last_photo_at`, and `latest_prediction_id` and `latest_probability` of the
        newest prediction of the newest photo.

        Each is a query of its own inside the row: a page of moles costs what its own photos cost, not
        what all of the account do.
        """
        from diagnosis.models.photo import MOMENT, Photo
        from diagnosis.models.prediction import Prediction

        photos = Photo.objects.filter(mole=OuterRef("pk"))
        counted = photos.order_by().values("mole").annotate(number=Count("pk")).values("number")
        latest = Prediction.objects.kept().filter(photo__mole=OuterRef("pk")).newest_photo_first()
        return self.annotate(
            photo_count=Coalesce(Subquery(counted), 0),
            last_photo_at=Subquery(photos.by_date().values(moment=MOMENT)[:1]),
            latest_prediction_id=Subquery(latest.values("pk")[:1]),
            latest_probability=Subquery(latest.values("malignancy_probability")[:1]),
        )

    def with_call(self) -> Self:
        """Adds `call`, with which a clinician sends it to a doctor; None where none does."""
        calls = Case.objects.calling().filter(photo__mole=OuterRef("pk"))
        return self.annotate(call=Subquery(calls.values("recommendation")[:1]))

    def with_shown_band(self, band: str) -> Self:
        """Of `with_overview`, those whose latest prediction shows this band."""
        from diagnosis.models.prediction import Prediction

        latest = Prediction.objects.filter(pk=OuterRef("latest_prediction_id"))
        return self.filter(Exists(latest.with_shown_band(band)))

    def due(self, today: date) -> Self:
        """Those that are to be photographed again by this day of their owner's calendar."""
        return self.filter(due_on__lte=today)

    def to_remind(self, today: date, again_after: date) -> Self:
        """Of the due ones, those whose owner got no mail of it yet, or none since `again_after`."""
        not_told = Q(reminded_on=None) | Q(reminded_on__lt=F("due_on")) | Q(reminded_on__lte=again_after)
        return self.due(today).filter(not_told)

    def refresh_due(self) -> int:
        """Write `due_on` anew from all that it follows from. Returns how many were to be changed.

        The rows are locked before anything is read: of two changes at the same moment, the one that
        is later here sees what the other wrote. Call it in the transaction of the change.
        """
        with transaction.atomic():
            locked = self.select_for_update(of=("self",), no_key=True).order_by("pk")
            moles = Mole.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
            changed = [mole for mole in moles.select_related("owner").with_due_facts() if mole.set_due_on()]
            Mole.objects.bulk_update(changed, ["due_on"])
        return len(changed)

    def with_due_facts(self) -> Self:
        """Adds `newest_moment`, of the newest photo, and `shows_raised`: whether the newest result
        of the newest photo that has one shows the raised band. One that still waits says nothing."""
        from diagnosis.models.photo import MOMENT, Photo
        from diagnosis.models.prediction import Prediction

        photos = Photo.objects.filter(mole=OuterRef("pk")).by_date()
        results = Prediction.objects.kept().filter(
            photo__mole=OuterRef("pk"), status=Prediction.Status.SUCCEEDED
        )
        newest = Prediction.objects.filter(pk=OuterRef("newest_result_id"))
        return self.annotate(
            newest_moment=Subquery(photos.values(moment=MOMENT)[:1]),
            newest_result_id=Subquery(results.newest_photo_first().values("pk")[:1]),
            shows_raised=Exists(newest.with_shown_band(Prediction.Band.RAISED)),
        )


class Mole(Deletable):
    """A mole (the field says lesion) of one person, and where on the body it is."""

    class BodySite(models.TextChoices):
        """The ISIC archive's `anatom_site_general`."""

        HEAD_NECK = "head/neck", _("head or neck")
        UPPER_EXTREMITY = "upper extremity", _("arm or hand")
        LOWER_EXTREMITY = "lower extremity", _("leg or foot")
        ANTERIOR_TORSO = "anterior torso", _("chest or belly")
        POSTERIOR_TORSO = "posterior torso", _("back or buttocks")
        LATERAL_TORSO = "lateral torso", _("side of the trunk")
        PALMS_SOLES = "palms/soles", _("palm or sole")
        ORAL_GENITAL = "oral/genital", _("mouth or genitals")

    class BodyView(models.TextChoices):
        FRONT = "front", _("front")
        BACK = "back", _("back")

    class Outcome(models.TextChoices):
        """What the pathologist said of a mole that a doctor removed."""

        BENIGN = "benign", _("harmless (benign)")
        MALIGNANT = "malignant", _("malignant")
        UNKNOWN = "unknown", _("not known")

    class Reminder(models.IntegerChoices):
        """After how many months it is to be photographed again."""

        MONTHLY = 1, _("every month")
        TWO_MONTHS = 2, _("every 2 months")
        THREE_MONTHS = 3, _("every 3 months")
        HALF_YEAR = 6, _("every 6 months")
        YEAR = 12, _("every 12 months")
        NEVER = 0, _("never")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="moles")
    # Whose body it is on. The owner's own person, unless somebody else is said.
    profile = models.ForeignKey(Profile, on_delete=models.RESTRICT, related_name="moles")
    name = models.CharField(max_length=80)
    body_site = models.CharField(max_length=20, choices=BodySite.choices, blank=True)
    # A point on the body map: which picture, and fractions of its width and height.
    body_view = models.CharField(max_length=5, choices=BodyView.choices, blank=True)
    body_x = models.FloatField(null=True, blank=True)
    body_y = models.FloatField(null=True, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Removed by a doctor, and what came of it.
    removed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    # What its owner chose; where that is nothing, the band decides.
    reminder_months = models.PositiveSmallIntegerField(choices=Reminder.choices, null=True, blank=True)
    # "Remind me later": takes the place of the day that the interval gives, until a newer photo comes.
    snoozed_until = models.DateField(null=True, blank=True)
    # Follows from all of the above, the photos and their results; `refresh_due` writes it.
    due_on = models.DateField(null=True, blank=True, editable=False)
    # The day of the last mail that named it. It counts for what was due then, and not for a later `due_on`.
    reminded_on = models.DateField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = KeptManager.from_queryset(MoleQuerySet)()
    everything = MoleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="mole_owner_newest"),
            models.Index(fields=["deleted_at"], name="mole_deleted", condition=Q(deleted_at__isnull=False)),
            models.Index(fields=["due_on"], name="mole_due", condition=Q(due_on__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="mole_has_name"),
            # A point on the body map is whole and on the picture, or is not there at all.
            models.CheckConstraint(
                condition=Q(body_view="", body_x__isnull=True, body_y__isnull=True)
                | Q(
                    body_view__in=["front", "back"],
                    body_x__isnull=False,
                    body_y__isnull=False,
                    body_x__gte=0,
                    body_x__lte=1,
                    body_y__gte=0,
                    body_y__lte=1,
                ),
                name="mole_body_point_whole",
                violation_error_message=_("Give body_view, body_x and body_y together, x and y from 0 to 1."),
            ),
            # A mole that was removed has an outcome, be it that nobody knows it; no other has one.
            models.CheckConstraint(
                condition=Q(removed_on__isnull=True, outcome="")
                | Q(removed_on__isnull=False, outcome__in=["benign", "malignant", "unknown"]),
                name="mole_outcome_iff_removed",
                violation_error_message=_("Give removed_on and outcome together."),
            ),
            # An interval is one of those that are offered.
            models.CheckConstraint(
                condition=Q(reminder_months__isnull=True) | Q(reminder_months__in=[0, 1, 2, 3, 6, 12]),
                name="mole_reminder_months_known",
            ),
            # What is not followed, or never to be photographed again, is never due.
            models.CheckConstraint(
                condition=Q(due_on__isnull=True)
                | Q(archived_at__isnull=True, removed_on__isnull=True)
                & (Q(reminder_months__isnull=True) | Q(reminder_months__gt=0)),
                name="mole_due_only_where_reminded",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.default_to_self()
        super().save(*args, **kwargs)

    def default_to_self(self) -> None:
        """Where nobody was said whose mole it is, it is the owner's own."""
        if self.profile_id is None and self.owner_id is not None:
            self.profile = Profile.objects.own(self.owner)

    def clean(self) -> None:
        """Raises `ValidationError` where the person belongs to another account."""
        if self.owner_id and self.profile_id and self.profile.owner_id != self.owner_id:
            raise ValidationError({"profile": _("There is no such person.")})

    @property
    def of_whom(self) -> str:
        """The person's name, where it is not the owner themself; for lists that name moles of all."""
        return "" if self.profile.is_self else self.profile.name

    @property
    def followed(self) -> bool:
        """What `FOLLOWED` says of a row."""
        return self.archived_at is None and self.removed_on is None

    @property
    def archived(self) -> bool:
        return self.archived_at is not None

    def refresh_due(self) -> None:
        """`MoleQuerySet.refresh_due` of this row, and what it wrote."""
        Mole.objects.filter(pk=self.pk).refresh_due()
        self.refresh_from_db(fields=["due_on"])

    def set_due_on(self) -> bool:
        """Works out `due_on` of one of `with_due_facts`. Returns whether it was another."""
        before, self.due_on = self.due_on, self._due_on()
        return self.due_on != before

    def _due_on(self) -> date | None:
        months = interval(self.reminder_months, self.shows_raised)  # type: ignore[attr-defined]
        if not self.followed or not months:
            return None
        last = self.newest_moment or self.created_at  # type: ignore[attr-defined]
        return self.snoozed_until or due_after(last, months, self.owner.zone)

    @property
    def nearest_place(self) -> Any:
        """The named place nearest to its pin on the body map; None where it has no pin."""
        from diagnosis.models.body import nearest_place

        if self.body_x is None or self.body_y is None:
            return None
        return nearest_place(self.body_view, self.body_x, self.body_y)

    @property
    def place(self) -> str:
        """Where it is, in words; empty where that was not said."""
        return str(self.nearest_place.name if self.nearest_place else self.get_body_site_display())
