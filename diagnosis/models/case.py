"""A photo that clinicians are asked to read."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q, UUIDField, Window
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.models.opinion import Opinion

# Who has claimed a case and goes away blocks it no longer than this.
CLAIM = timedelta(minutes=15)
# How long after its end each try comes to tell the patient by mail, where the mail server refuses it.
TELL_AFTER = (
    timedelta(0),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
# A mail server that is down for longer costs the mail; the pages say it all the same.
TELL_WITHIN = timedelta(days=7)
# What sends to a doctor.
TO_DOCTOR = [one for one in Opinion.Recommendation if one.sends_to_doctor]
# `photo.MOMENT` of a case's photo.
PHOTO_MOMENT = Coalesce("photo__taken_at", "photo__created_at")


class CaseQuerySet(models.QuerySet["Case"]):
    def kept(self) -> Self:
        """Those whose photo and mole are not deleted."""
        return self.filter(photo__deleted_at=None, photo__mole__deleted_at=None)

    def open(self) -> Self:
        return self.kept().exclude(status=Case.Status.CLOSED)

    def readable_by(self, reader: Any) -> Self:
        """Those that wait for an opinion of somebody who has given none of this photo, in this case or an
        earlier one: they would have seen its prediction. Never a photo of their own."""
        own = Opinion.objects.filter(case__photo=OuterRef("photo"), reader=reader)
        return self.open().exclude(photo__owner=reader).filter(~Exists(own)).exclude(status="disputed")

    def to_settle_by(self, senior: Any) -> Self:
        """Those on which readers disagree, and this senior has never read the photo."""
        own = Opinion.objects.filter(case__photo=OuterRef("photo"), reader=senior)
        return self.open().exclude(photo__owner=senior).filter(~Exists(own), status="disputed")

    def seen_by(self, reader: Any, *, senior: bool) -> Self:
        """All that a reader may open: what waits for their opinion, for a senior also what waits to be
        settled, and what they have read. Never a photo of their own."""
        own = Exists(Opinion.objects.filter(case=OuterRef("pk"), reader=reader))
        shut = [Case.Status.CLOSED] if senior else [Case.Status.CLOSED, Case.Status.DISPUTED]
        return self.kept().exclude(photo__owner=reader).filter(own | ~Q(status__in=shut))

    def to_do_by(self, reader: Any) -> Self:
        """What waits for this reader: to be read, to be settled, or to be finished after the reveal."""
        unfinished = self.open().filter(claimed_by=reader).exclude(photo__owner=reader)
        return self.readable_by(reader) | self.to_settle_by(reader) | unfinished

    def read_by(self, reader: Any) -> Self:
        return self.filter(Exists(Opinion.objects.filter(case=OuterRef("pk"), reader=reader)))

    def with_disagreement(self) -> Self:
        """Those on which two readers disagree, or did until a senior reader settled it."""
        settled = Opinion.objects.filter(case=OuterRef("pk"), stage=Opinion.Stage.SETTLING)
        return self.filter(Exists(settled) | Q(status=Case.Status.DISPUTED))

    def free_for(self, reader: Any) -> Self:
        """Nobody else has claimed them, or the claim has run out."""
        taken = Q(claimed_by__isnull=False, claimed_until__gt=timezone.now()) & ~Q(claimed_by=reader)
        return self.exclude(taken)

    def in_turn(self) -> Self:
        """As they are to be read. Cases the model finds worse come early, but not all of them and not
        alone: see `services.reviews.opening`."""
        return self.order_by("due_at", "pk")

    def closed_newest_first(self) -> Self:
        """Those on which clinicians have come to a recommendation."""
        return self.filter(status=Case.Status.CLOSED).order_by("-closed_at", "-pk")

    def closed_of(self, photo: Any) -> Self:
        return self.closed_newest_first().filter(photo=photo)

    def calling(self) -> Self:
        """Of moles' photos, those that send to a doctor, and still do: "nothing for now" was not recommended
        later, of the same photo or a newer one. A wish for another photo takes no alarm back."""
        later = Case.objects.filter(
            photo__mole=OuterRef("photo__mole"),
            photo__deleted_at=None,
            status=Case.Status.CLOSED,
            closed_at__gt=OuterRef("closed_at"),
        )
        nothing = Opinion.Recommendation.NOTHING
        less = later.filter(recommendation=nothing).annotate(moment=PHOTO_MOMENT)
        return (
            self.closed_newest_first()
            .filter(photo__deleted_at=None, recommendation__in=TO_DOCTOR)
            .annotate(moment=PHOTO_MOMENT)
            .filter(~Exists(less.filter(moment__gte=OuterRef("moment"))))
        )

    def closed_by_mole(self, moles: Iterable[Any]) -> defaultdict[uuid.UUID | None, list["Case"]]:
        """Of the kept photos of each of these moles, by its id, in one query for all. `calls` says whether
        it is one of `calling`."""
        kept = self.closed_newest_first().filter(photo__mole__in=list(moles), photo__deleted_at=None)
        calls = Exists(Case.objects.calling().filter(pk=OuterRef("pk")))
        found: defaultdict[uuid.UUID | None, list[Case]] = defaultdict(list)
        for case in kept.annotate(calls=calls).select_related("photo"):
            found[case.photo.mole_id].append(case)
        return found

    def to_tell(self, now: datetime) -> Self:
        """Those of which a mail is to be sent: closed since their owner has wanted such mails, nobody was
        told, and the last try that the mail server refused is long enough ago."""
        tries = [Q(tell_attempts=done, closed_at__lte=now - wait) for done, wait in enumerate(TELL_AFTER)]
        return self.kept().filter(
            reduce(or_, tries),
            status=Case.Status.CLOSED,
            told_at=None,
            photo__owner__review_mails=True,
            closed_at__gte=F("photo__owner__review_mails_since"),
            closed_at__gt=now - TELL_WITHIN,
        )

    def in_turn_by_mole(self) -> Self:
        """In turn, but the cases of one mole stand together at the place of the one that is due first.

        Adds `of_mole`, how many there are of the same mole. A photo without a mole stands alone.
        """
        together = Coalesce("photo__mole_id", "photo_id", output_field=UUIDField())
        return self.annotate(
            together=together,
            first_due=Window(Min("due_at"), partition_by=together),
            of_mole=Window(Count("pk"), partition_by=together),
        ).order_by("first_due", "together", "due_at", "pk")

    def expired(self) -> Self:
        return self.open().filter(claimed_by__isnull=False, claimed_until__lte=timezone.now())


class Case(models.Model):
    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for a first reader")
        SECOND = "second", _("waits for a second reader")
        DISPUTED = "disputed", _("readers disagree")
        CLOSED = "closed", _("closed")

    class Why(models.TextChoices):
        """Why it came to be read. No reader sees it before their own first opinion."""

        RAISED = "raised", _("band raised")
        UNCLEAR = "unclear", _("band unclear")
        REJECTED = "rejected", _("the model could not judge it")
        RANDOM = "random", _("drawn at random")
        MISMATCH = "mismatch", _("the patient says it looks wrong")
        HISTOLOGY = "histology", _("the laboratory has spoken")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    photo = models.ForeignKey("diagnosis.Photo", on_delete=models.CASCADE, related_name="cases")
    # What is revealed after the first opinion, and compared with it.
    prediction = models.ForeignKey("diagnosis.Prediction", on_delete=models.CASCADE, related_name="cases")
    why = models.CharField(max_length=10, choices=Why.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    # Its place in the queue.
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="claimed_cases",
        null=True,
        blank=True,
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    # What the readers came to; of a case that was closed without agreement on a class, no diagnosis.
    diagnosis = models.CharField(max_length=7, blank=True)
    recommendation = models.CharField(max_length=12, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # When its patient was told by mail.
    told_at = models.DateTimeField(null=True, blank=True)
    tell_attempts = models.PositiveSmallIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        permissions = [
            ("read_case", "Can read cases and give opinions"),
            ("settle_case", "Can settle disagreement between readers"),
            ("view_statistics", "Can see how readers and model do"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="case_open", condition=~Q(status="closed")),
            models.Index(fields=["-closed_at"], name="case_closed_newest"),
        ]
        constraints = [
            # A photo waits in the queue once.
            models.UniqueConstraint(
                fields=["photo"], condition=~Q(status="closed"), name="case_open_once_for_a_photo"
            ),
            models.CheckConstraint(
                condition=Q(why__in=["raised", "unclear", "rejected", "random", "mismatch", "histology"]),
                name="case_why_known",
            ),
            # Closed is what has an end and a recommendation, and there is no status but these four.
            models.CheckConstraint(
                condition=Q(
                    status__in=["waiting", "second", "disputed"],
                    closed_at__isnull=True,
                    diagnosis="",
                    recommendation="",
                    told_at__isnull=True,
                )
                | Q(
                    status="closed",
                    closed_at__isnull=False,
                    recommendation__in=["nothing", "rephotograph", "see_doctor", "urgent"],
                    diagnosis__in=["", "akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"],
                ),
                name="case_closed_is_whole",
            ),
            # A claim has a beginning and an end.
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True)
                | Q(
                    claimed_at__isnull=False,
                    claimed_until__isnull=False,
                    claimed_until__gt=F("claimed_at"),
                ),
                name="case_claim_has_times",
            ),
            models.CheckConstraint(
                condition=Q(tell_attempts__lte=len(TELL_AFTER)), name="case_tell_attempts_capped"
            ),
        ]

    def __str__(self) -> str:
        return f"case of {self.created_at:%Y-%m-%d %H:%M}"

    def claimed(self, reader: Any) -> bool:
        """Whether it is this reader's now. A claim that ran out holds until somebody else takes the case."""
        return self.claimed_by_id is not None and self.claimed_by_id == reader.pk

    @property
    def recommends(self) -> str:
        """What the readers came to, as the rest of a sentence."""
        return str(Opinion.Recommendation(self.recommendation).label)

    @property
    def sends_to_doctor(self) -> bool:
        return self.recommendation in TO_DOCTOR

    @property
    def model_malignant(self) -> bool | None:
        """Whether the model calls it malignant; None where it was unclear or could not judge it."""
        return {"raised": True, "low": False}.get(self.prediction.band)
