"""What a reader said of a case."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from diagnosis.models.append_only import Unchanging, UnchangingQuerySet

# Of the seven classes, as the model counts them.
MALIGNANT = ("akiec", "bcc", "mel")


class OpinionQuerySet(UnchangingQuerySet["Opinion"]):
    def last_of_each_reader(self) -> list["Opinion"]:
        """Of one case, in the order in which the readers began; a settling one is not among them."""
        last = {
            one.reader_id: one
            for one in self.exclude(stage=Opinion.Stage.SETTLING).order_by("created_at", "pk")
        }
        return list(last.values())


class Opinion(Unchanging):
    """What one reader said of a case. Only ever added: a change of mind is another row."""

    class Stage(models.TextChoices):
        BLIND = "blind", _("before seeing the prediction")
        REVEALED = "revealed", _("after seeing the prediction")
        SETTLING = "settling", _("settles a disagreement")

    class Diagnosis(models.TextChoices):
        """HAM10000's seven classes, and none of them."""

        MEL = "mel", _("melanoma")
        BCC = "bcc", _("basal cell carcinoma")
        AKIEC = "akiec", _("actinic keratosis or Bowen's disease")
        NV = "nv", _("nevus (mole)")
        BKL = "bkl", _("benign keratosis")
        DF = "df", _("dermatofibroma")
        VASC = "vasc", _("vascular lesion")
        UNKNOWN = "unknown", _("can't tell")

    class Confidence(models.IntegerChoices):
        LOW = 1, _("low")
        MIDDLE = 2, _("middling")
        HIGH = 3, _("high")

    class Quality(models.TextChoices):
        GOOD = "good", _("good")
        LIMITED = "limited", _("limited")
        UNUSABLE = "unusable", _("unusable")

    class Recommendation(models.TextChoices):
        """From the least careful to the most; each as the rest of a sentence."""

        NOTHING = "nothing", _("nothing for now")
        REPHOTOGRAPH = "rephotograph", _("take another photo")
        SEE_DOCTOR = "see_doctor", _("see a doctor")
        URGENT = "urgent", _("see a doctor soon")

        @property
        def sends_to_doctor(self) -> bool:
            return self in (self.SEE_DOCTOR, self.URGENT)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("diagnosis.Case", on_delete=models.CASCADE, related_name="opinions")
    # It outlives its reader's account, so the database does not hold it to one.
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, db_constraint=False, related_name="opinions"
    )
    stage = models.CharField(max_length=8, choices=Stage.choices)
    diagnosis = models.CharField(max_length=7, choices=Diagnosis.choices)
    confidence = models.PositiveSmallIntegerField(choices=Confidence.choices)
    quality = models.CharField(max_length=8, choices=Quality.choices)
    recommendation = models.CharField(max_length=12, choices=Recommendation.choices)
    note = models.TextField(max_length=2000, blank=True)
    # From the claim to the first opinion, from the first to the second.
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            # Before and after the prediction, each once.
            models.UniqueConstraint(fields=["case", "reader", "stage"], name="opinion_once_a_stage"),
            # A disagreement is settled once.
            models.UniqueConstraint(
                fields=["case"], condition=Q(stage="settling"), name="opinion_settles_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    stage__in=["blind", "revealed", "settling"],
                    diagnosis__in=["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc", "unknown"],
                    confidence__in=[1, 2, 3],
                    quality__in=["good", "limited", "unusable"],
                    recommendation__in=["nothing", "rephotograph", "see_doctor", "urgent"],
                ),
                name="opinion_words_known",
            ),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="opinion_takes_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_diagnosis_display()} ({self.get_stage_display()})"

    @property
    def malignant(self) -> bool | None:
        """None where the reader can't tell."""
        return None if self.diagnosis == self.Diagnosis.UNKNOWN else self.diagnosis in MALIGNANT
