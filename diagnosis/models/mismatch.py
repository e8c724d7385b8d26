"""What a patient says of a prediction: it looks wrong, or the laboratory has spoken."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from diagnosis.models.mole import Mole
from diagnosis.models.opinion import Opinion


class MismatchQuerySet(models.QuerySet["Mismatch"]):
    def of(self, user: Any) -> Self:
        return self.filter(photo__owner=user)


class Mismatch(models.Model):
    """A patient's word on a photo: that the prediction looks wrong, or what the laboratory found."""

    class Kind(models.TextChoices):
        LOOKS_WRONG = "looks_wrong", _("the prediction looks wrong")
        HISTOLOGY = "histology", _("a laboratory has looked at it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    photo = models.ForeignKey("diagnosis.Photo", on_delete=models.CASCADE, related_name="mismatches")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    # What the laboratory found: of a mismatch without it, nothing.
    outcome = models.CharField(max_length=9, choices=Mole.Outcome.choices, blank=True)
    # The class, where the patient's letter names it.
    diagnosis = models.CharField(max_length=7, choices=Opinion.Diagnosis.choices, blank=True)
    text = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MismatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "mismatches"
        constraints = [
            # The laboratory's word is benign or malignant; who has none of it says in words what looks wrong.
            models.CheckConstraint(
                condition=Q(
                    kind="histology",
                    outcome__in=["benign", "malignant"],
                    diagnosis__in=["", "akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"],
                )
                | Q(kind="looks_wrong", outcome="", diagnosis="") & ~Q(text=""),
                name="mismatch_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.created_at:%Y-%m-%d}"
