"""One model version's output for one photo, and the queue of record.

A row is only ever added. While it waits, the worker that claims it writes its token; from the
moment it is terminal nothing changes it any more.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from diagnosis.models.claims import MAX_ATTEMPTS, Claimable, ClaimQuerySet
from diagnosis.models.photo import Photo, closed_cases

# Longer than the hard time limit of a task (30 s), so that a live worker never loses its claim.
LEASE = timedelta(seconds=45)
# `photo.MOMENT` of a prediction's photo.
PHOTO_MOMENT = Coalesce("photo__taken_at", "photo__created_at")


class PredictionQuerySet(ClaimQuerySet["Prediction"]):
    lease = LEASE

    def kept(self) -> Self:
        """Those to show: neither the photo nor its mole is deleted. The queue itself knows no
        difference, so that a photo that comes back has lost nothing."""
        return self.filter(photo__deleted_at=None, photo__mole__deleted_at=None)

    def of(self, user: Any) -> Self:
        """Predictions of the user's own photos; anybody else's do not exist for them."""
        return self.kept().filter(photo__owner=user)

    def with_shown_band(self, band: str) -> Self:
        """Those whose `shown_band` is this one."""
        kinds = ["", Photo.Kind.DERMATOSCOPIC]
        return self.filter(band=band, photo__photo_kind=Photo.Kind.DERMATOSCOPIC, photo_kind_seen__in=kinds)

    def newest_photo_first(self) -> Self:
        """Of the photo that `Photo.objects.by_date()` has first; of one photo, the last made first."""
        return self.order_by(PHOTO_MOMENT.desc(), "-photo_id", "-created_at", "-id")

    def telling(self) -> Self:
        """Those that say something of their photo: a result, or why it can't be judged."""
        return self.filter(status__in=[Prediction.Status.SUCCEEDED, Prediction.Status.REJECTED])

    def with_reviews(self) -> Self:
        return self.prefetch_related(closed_cases("photo__"))

    def latest_of(self, moles: Iterable[Any]) -> dict[uuid.UUID, Any]:
        """By its id, the latest prediction of each mole of `MoleQuerySet.with_overview`, in one query."""
        ids = [mole.latest_prediction_id for mole in moles if mole.latest_prediction_id]
        return self.select_related("photo").in_bulk(ids)

    def claim(self, pk: uuid.UUID | str, **fields: Any) -> uuid.UUID | None:
        """What was said of the last try goes with it."""
        return super().claim(pk, reason_code="", reason="", **fields)


class Prediction(Claimable):
    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being judged")
        SUCCEEDED = "succeeded", _("done")
        REJECTED = "rejected", _("can't be judged")
        FAILED = "failed", _("failed")

    class Band(models.TextChoices):
        LOW = "low", _("low")
        UNCLEAR = "unclear", _("unclear")
        RAISED = "raised", _("raised")

    TERMINAL = (Status.SUCCEEDED, Status.REJECTED, Status.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    photo = models.ForeignKey("diagnosis.Photo", on_delete=models.CASCADE, related_name="predictions")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)

    # What the model said.
    model_version = models.CharField(max_length=100, blank=True)
    malignancy_probability = models.FloatField(null=True, blank=True)
    class_probabilities = models.JSONField(null=True, blank=True)
    band = models.CharField(max_length=7, choices=Band.choices, blank=True)
    threshold_low = models.FloatField(null=True, blank=True)
    threshold_raised = models.FloatField(null=True, blank=True)

    # What it saw, in the shapes of `ml.predict.Result`; the first versions said none of it.
    photo_kind_seen = models.CharField(max_length=15, choices=Photo.Kind.choices, blank=True)
    stability = models.FloatField(null=True, blank=True)
    # How far it lies from the photos of the training: about 1 for one like them.
    distance = models.FloatField(null=True, blank=True)
    conformal_set = models.JSONField(null=True, blank=True)
    measurements = models.JSONField(null=True, blank=True)
    outline = models.JSONField(null=True, blank=True)
    explanation = models.JSONField(null=True, blank=True)

    # Why there is no probability (rejected, failed) or not yet (queued), and what to do.
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    advice = models.TextField(blank=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["photo", "-created_at", "-id"], name="prediction_photo_newest"),
            # Which photos a version has judged is asked of all photos of an account at once.
            models.Index(fields=["photo", "model_version", "status"], name="prediction_photo_judged"),
            # The sweep looks every few seconds at the few rows that are not done.
            models.Index(
                fields=["created_at"], name="prediction_open", condition=Q(status__in=["queued", "running"])
            ),
        ]
        constraints = [
            # A result is whole: a probability between 0 and 1, its classes, band, thresholds, version.
            models.CheckConstraint(
                condition=~Q(status="succeeded")
                | Q(
                    malignancy_probability__isnull=False,
                    malignancy_probability__gte=0,
                    malignancy_probability__lte=1,
                    class_probabilities__isnull=False,
                    band__in=["low", "unclear", "raised"],
                    threshold_low__isnull=False,
                    threshold_raised__isnull=False,
                )
                & ~Q(model_version="")
                # JSON's own null is not SQL's, and `=None` means JSON's.
                & ~Q(class_probabilities=None),
                name="prediction_result_whole",
            ),
            # No probability without success: a photo that can't be judged never gets a number.
            models.CheckConstraint(
                condition=Q(status="succeeded")
                | Q(malignancy_probability__isnull=True, class_probabilities__isnull=True, band=""),
                name="prediction_number_only_on_success",
            ),
            # Nor does what the network saw stand in a row without its number.
            models.CheckConstraint(
                condition=Q(status="succeeded")
                | Q(
                    photo_kind_seen="",
                    stability__isnull=True,
                    distance__isnull=True,
                    conformal_set__isnull=True,
                    measurements__isnull=True,
                    outline__isnull=True,
                    explanation__isnull=True,
                ),
                name="prediction_seen_only_on_success",
            ),
            # What was not seen is SQL's NULL, so that there is one way to ask for it.
            models.CheckConstraint(
                condition=~Q(conformal_set=None)
                & ~Q(measurements=None)
                & ~Q(outline=None)
                & ~Q(explanation=None),
                name="prediction_seen_is_no_json_null",
            ),
            # The spread of probabilities, a distance, and a kind that photos have.
            models.CheckConstraint(
                condition=Q(photo_kind_seen__in=["", "dermatoscopic", "clinical"])
                & (Q(stability__isnull=True) | Q(stability__gte=0, stability__lte=1))
                & (Q(distance__isnull=True) | Q(distance__gte=0)),
                name="prediction_seen_in_range",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["rejected", "failed"]) | (~Q(reason="") & ~Q(reason_code="")),
                name="prediction_refusal_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(claim_token__isnull=False, lease_until__isnull=False),
                name="prediction_running_is_claimed",
            ),
            # Finished is what is terminal, and nothing else; and there is no status but these five.
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=["succeeded", "rejected", "failed"], finished_at__isnull=False),
                name="prediction_finished_iff_terminal",
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=MAX_ATTEMPTS), name="prediction_attempts_capped"
            ),
        ]

    def __str__(self) -> str:
        return f"prediction of {self.created_at:%Y-%m-%d %H:%M} ({self.status})"

    @property
    def in_tested_input(self) -> bool:
        """Whether the photo is of the kind the network was tested on: dermatoscopic by its owner's
        word, and as the network sees it. Older versions did not say what they see."""
        kinds = {self.photo.photo_kind, self.photo_kind_seen or self.photo.photo_kind}
        return kinds == {Photo.Kind.DERMATOSCOPIC}

    @property
    def kinds_disagree(self) -> bool:
        """Whether the network sees another kind of photo than its owner said."""
        return self.photo_kind_seen not in ("", self.photo.photo_kind)

    @property
    def shown_band(self) -> str:
        """The band for people: none where it was not tested."""
        return self.band if self.in_tested_input else ""
