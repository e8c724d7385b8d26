"""The model versions the site knows, which of them judges photos, and what one on trial says unseen."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from diagnosis.models.append_only import AppendOnly, AppendOnlyQuerySet
from diagnosis.models.claims import MAX_ATTEMPTS, Claimable, ClaimQuerySet
from diagnosis.models.prediction import LEASE


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def with_standing(self) -> Self:
        """Adds `newest_activated`, the name of the version that was activated last, be it this one or
        another, and `activated_at`, when this one was last."""
        newest = Activation.objects.order_by("-id")
        own = newest.filter(version=OuterRef("pk"))
        return self.annotate(
            newest_activated=Subquery(newest.values("version__version")[:1]),
            activated_at=Subquery(own.values("at")[:1]),
        )


class ModelVersion(models.Model):
    """A version whose artifact was checked when it was added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.CharField(max_length=100, unique=True)
    # Of the network's file.
    sha256 = models.CharField("SHA-256", max_length=64)
    added_at = models.DateTimeField(auto_now_add=True)
    # On trial: judges each new photo in the background, and nobody who uses the site sees it.
    shadow = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]
        permissions = [("activate_modelversion", "Can activate, try out and retire model versions")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(version="") & ~Q(sha256=""), name="model_version_has_name_and_sha256"
            ),
            # One at a time is on trial, and none that is retired.
            models.UniqueConstraint(
                fields=["shadow"], condition=Q(shadow=True), name="model_version_one_shadow"
            ),
            models.CheckConstraint(
                condition=Q(shadow=False) | Q(retired_at__isnull=True),
                name="model_version_retired_is_no_shadow",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class Activation(AppendOnly):
    """That a version took over. The newest row says which judges photos; rows are only ever added."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="activations")
    at = models.DateTimeField(auto_now_add=True)
    # Why it was activated although something spoke against it, or why it was rolled back to.
    reason = models.TextField(blank=True)

    objects = AppendOnlyQuerySet["Activation"].as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.version} at {self.at:%Y-%m-%d %H:%M}"


def current_version() -> str:
    """The version that judges photos now: the one activated last, else that of the settings."""
    newest = Activation.objects.order_by("-id").values_list("version__version", flat=True).first()
    return newest or settings.MODEL_VERSION


def current_version_there() -> Coalesce:
    """The same, for a query that asks for it on its way."""
    newest = Activation.objects.order_by("-id").values("version__version")[:1]
    return Coalesce(Subquery(newest), Value(settings.MODEL_VERSION))


def version_on_trial() -> ModelVersion | None:
    return ModelVersion.objects.filter(shadow=True).first()


class ShadowQuerySet(ClaimQuerySet["ShadowPrediction"]):
    lease = LEASE

    def kept(self) -> Self:
        return self.filter(prediction__photo__deleted_at=None, prediction__photo__mole__deleted_at=None)

    def to_judge(self, version: ModelVersion) -> Self:
        """What waits for this version, the oldest first. What is deleted waits until it is back."""
        waiting = self.claimable().kept().filter(version=version)
        return waiting.select_related("prediction__photo").order_by("created_at", "pk")


class ShadowPrediction(Claimable):
    """What a version on trial says of a photo that the current one has judged.

    A table of its own: nothing that shows predictions to people can show one of these by mistake.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        SUCCEEDED = "succeeded", "succeeded"
        REJECTED = "rejected", "rejected"
        FAILED = "failed", "failed"

    TERMINAL = (Status.SUCCEEDED, Status.REJECTED, Status.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The current version's, of the same photo.
    prediction = models.ForeignKey("diagnosis.Prediction", on_delete=models.CASCADE, related_name="shadows")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="shadows")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    malignancy_probability = models.FloatField(null=True, blank=True)
    class_probabilities = models.JSONField(null=True, blank=True)
    band = models.CharField(max_length=7, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)

    objects = ShadowQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["created_at"], name="shadow_open", condition=Q(status__in=["queued", "running"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["prediction", "version"], name="shadow_once_a_version"),
            # A number with success alone, and then with its band.
            models.CheckConstraint(
                condition=Q(
                    status="succeeded",
                    malignancy_probability__gte=0,
                    malignancy_probability__lte=1,
                    malignancy_probability__isnull=False,
                    band__in=["low", "unclear", "raised"],
                )
                | Q(
                    status__in=["queued", "running", "rejected", "failed"],
                    malignancy_probability__isnull=True,
                    band="",
                ),
                name="shadow_number_iff_success",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=["succeeded", "rejected", "failed"], finished_at__isnull=False),
                name="shadow_finished_iff_terminal",
            ),
            models.CheckConstraint(condition=Q(attempts__lte=MAX_ATTEMPTS), name="shadow_attempts_capped"),
        ]

    def __str__(self) -> str:
        return f"shadow of {self.created_at:%Y-%m-%d %H:%M} ({self.status})"
