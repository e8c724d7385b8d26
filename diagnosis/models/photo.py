"""One image of a mole at one time."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models.case import Case
from diagnosis.models.deleted import Deletable, KeptManager

# Characters of a note.
NOTE_LENGTH = 2000
# When it was taken, as far as is known: else when it was added.
MOMENT = Coalesce("taken_at", "created_at")


class PhotoQuerySet(models.QuerySet["Photo"]):
    def kept(self) -> Self:
        """A deleted mole hides its photos without a mark on them: they come back with it, and one
        that was deleted by itself does not."""
        return self.filter(deleted_at=None, mole__deleted_at=None)

    def deleted(self) -> Self:
        """Those deleted by themselves that are in "Recently deleted"."""
        return self.filter(deleted_at__isnull=False)

    def of(self, user: Any) -> Self:
        """The user's own photos; anybody else's do not exist for them."""
        return self.filter(owner=user)

    def consented_to_training(self) -> Self:
        """Photos whose owners allow their use for training now. Nothing else may leave for training."""
        from diagnosis.models.user import Consent

        return self.filter(Exists(Consent.objects.to_training().filter(user=OuterRef("owner"))))

    def with_training_text(self) -> Self:
        """Adds `training_text`: the version of the text under which their owners allow it, or None."""
        from diagnosis.models.user import Consent

        given = Consent.objects.to_training().filter(user=OuterRef("owner"))
        return self.annotate(training_text=Subquery(given.values("text_version")[:1]))

    def read_to_an_end(self) -> Self:
        """Those with a closed case; adds the newest one's id, `read_case`, and diagnosis, `read_as`."""
        from diagnosis.models.case import Case

        closed = Case.objects.filter(photo=OuterRef("pk"), status=Case.Status.CLOSED)
        newest = closed.order_by("-closed_at", "-pk")
        return self.filter(Exists(closed)).annotate(
            read_case=Subquery(newest.values("pk")[:1]), read_as=Subquery(newest.values("diagnosis")[:1])
        )

    def not_judged_by(self, version: Any) -> Self:
        """Photos of which this model version has said nothing, and nothing waits to be said."""
        from diagnosis.models.prediction import Prediction

        waiting = [Prediction.Status.QUEUED, Prediction.Status.RUNNING]
        said = Prediction.objects.filter(
            Q(model_version=version) | Q(status__in=waiting), photo=OuterRef("pk")
        )
        return self.filter(~Exists(said))

    def earliest_taken_at(self) -> datetime | None:
        """Of those whose date is known."""
        return self.aggregate(earliest=Min("taken_at"))["earliest"]

    def by_date(self) -> Self:
        """The last taken first; where that is not known, by when it was added."""
        return self.order_by(MOMENT.desc(), "-id")

    def newest_of_each_mole(self, count: int) -> Self:
        """The last taken of each mole, at most so many, the last taken first. Adds `of_mole`, how many photos
        the mole has."""
        place = Window(RowNumber(), partition_by="mole", order_by=[MOMENT.desc(), F("id").desc()])
        of_mole = Window(Count("pk"), partition_by="mole")
        return self.annotate(place=place, of_mole=of_mole).filter(place__lte=count).by_date()

    def with_predictions(self) -> Self:
        return self.select_related("mole").prefetch_related("predictions")

    def with_recommendation(self) -> Self:
        """For lists: adds `recommendation`, what clinicians recommended last; None where none has looked."""
        newest = Case.objects.closed_newest_first().filter(photo=OuterRef("pk"))
        return self.annotate(recommendation=Subquery(newest.values("recommendation")[:1]))

    def with_reviews(self) -> Self:
        return self.prefetch_related(closed_cases())


def closed_cases(way: str = "") -> Prefetch:
    """What `Photo.reviews` needs, for all rows at once; `way` leads from such a row to its photo."""
    return Prefetch(f"{way}cases", Case.objects.closed_newest_first(), to_attr="closed_cases")


def known_symptoms(symptoms: Any) -> None:
    """Raises `ValidationError` unless it is a list of different `Photo.Symptom`s."""
    known = set(Photo.Symptom.values)
    if not isinstance(symptoms, list) or not all(isinstance(one, str) for one in symptoms):
        raise ValidationError(_("Give a list of symptoms."))
    if unknown := set(symptoms) - known:
        raise ValidationError(gettext("There is no symptom %(name)s.") % {"name": min(unknown)})
    if len(set(symptoms)) < len(symptoms):
        raise ValidationError(_("Give each symptom once."))


def photo_name(photo: "Photo", filename: str) -> str:
    """Two levels of folders, so that none grows beyond what a file system likes."""
    return f"{photo.id.hex[:2]}/{photo.id}.jpg"


def thumbnail_name(photo: "Photo", filename: str) -> str:
    return f"{photo.id.hex[:2]}/{photo.id}-thumbnail.jpg"


class Photo(Deletable):
    """A cleaned JPEG, without metadata, and the square of it that the network sees."""

    class Kind(models.TextChoices):
        DERMATOSCOPIC = "dermatoscopic", _("through a dermatoscope")
        CLINICAL = "clinical", _("a plain photo")

    class Symptom(models.TextChoices):
        """What a person notices and no photo shows; any of it is a reason to see a doctor."""

        ITCH = "itch", _("itches or hurts")
        BLEEDING = "bleeding", _("bleeds or weeps")
        CRUST = "crust", _("has a crust that does not heal")
        FAST_CHANGE = "fast_change", _("has changed within weeks or months")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photos")
    # A quick check has no mole; it can be filed under one later.
    mole = models.ForeignKey(
        "diagnosis.Mole", on_delete=models.CASCADE, related_name="photos", null=True, blank=True
    )
    image = models.FileField(upload_to=photo_name)
    thumbnail = models.FileField(upload_to=thumbnail_name)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(_("SHA-256 of the stored JPEG"), max_length=64)
    original_format = models.CharField(max_length=10)
    photo_kind = models.CharField(max_length=15, choices=Kind.choices, default=Kind.CLINICAL)
    symptoms = models.JSONField(default=list, blank=True, validators=[known_symptoms])
    # Anything its owner wants to remember of it.
    note = models.TextField(
        max_length=NOTE_LENGTH, blank=True, default="", validators=[MaxLengthValidator(NOTE_LENGTH)]
    )
    # The square over the mole: centre as fractions of width and height, side as a fraction of
    # the shorter side.
    crop_x = models.FloatField(default=0.5)
    crop_y = models.FloatField(default=0.5)
    crop_size = models.FloatField(default=1.0)
    taken_at = models.DateTimeField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = KeptManager.from_queryset(PhotoQuerySet)()
    everything = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="photo_owner_newest"),
            models.Index(fields=["owner", "-created_at"], name="photo_unfiled", condition=Q(mole=None)),
            models.Index("mole", MOMENT.desc(), F("id").desc(), name="photo_mole_by_date"),
            models.Index(fields=["deleted_at"], name="photo_deleted", condition=Q(deleted_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(photo_kind__in=["dermatoscopic", "clinical"]), name="photo_kind_known"
            ),
            # JSON's own null is not SQL's: whoever noticed nothing has an empty list.
            models.CheckConstraint(condition=~Q(symptoms=None), name="photo_symptoms_listed"),
            # Both files are there, and the picture has a size; how large it must be is ingest's word.
            models.CheckConstraint(
                condition=~Q(image="") & ~Q(thumbnail="") & Q(width__gte=1, height__gte=1),
                name="photo_has_files_and_size",
            ),
            models.CheckConstraint(
                condition=Q(crop_x__gte=0, crop_x__lte=1, crop_y__gte=0, crop_y__lte=1)
                & Q(crop_size__gt=0, crop_size__lte=1),
                name="photo_crop_on_photo",
                violation_error_message=_(
                    "The square must lie on the photo: x and y between 0 and 1, size above 0 and at most 1."
                ),
            ),
            # The same Idempotency-Key never stores a second photo.
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="photo_idempotency_key_unique",
            ),
            models.UniqueConstraint(fields=["image"], name="photo_file_unique"),
        ]

    def __str__(self) -> str:
        return f"photo of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def moment(self) -> datetime:
        """When it was taken, as far as is known: else when it was added."""
        return self.taken_at or self.created_at

    @property
    def symptoms_in_words(self) -> list[str]:
        """What was noticed, each as the rest of a sentence on the mole."""
        return [str(self.Symptom(symptom).label) for symptom in self.symptoms]

    @property
    def latest_prediction(self) -> Any:
        """The newest of all predictions made of this photo (uses what was prefetched)."""
        return max(self.predictions.all(), key=lambda prediction: (prediction.created_at, prediction.pk))

    @property
    def latest_result(self) -> Any:
        """The newest prediction that has a number; where none has, the newest of all."""
        done = [one for one in self.predictions.all() if one.status == "succeeded"]
        return max(done, key=lambda one: (one.created_at, one.pk)) if done else self.latest_prediction

    @property
    def reviews(self) -> list[Case]:
        """The cases on which clinicians came to a recommendation, newest first (uses what was prefetched)."""
        if not hasattr(self, "closed_cases"):
            self.closed_cases = list(Case.objects.closed_of(self))
        return self.closed_cases

    @property
    def review(self) -> Case | None:
        return next(iter(self.reviews), None)
