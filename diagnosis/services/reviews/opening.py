"""Which photos come to be read by clinicians."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from diagnosis.models import Case, Photo, Prediction
from diagnosis.services.audit import record_event

# A case waits for its turn for a random time. What the model finds worse has the short span three times in
# four and the long one else; what was drawn at random always the long one. So the worse comes earlier on
# average, and no place in the queue is one that only the other kind could have.
SHORT, LONG = timedelta(hours=12), timedelta(hours=48)
SHORT_SHARE = 0.75


def consider(*, prediction: Prediction) -> Case | None:
    """Sends a finished prediction's photo to be read, where the rule says so: `settings.REVIEW_SHARES` of
    each band, and of those that could not be judged. What was read before is not read again because a new
    model version has judged it: readers would see nothing new.

    Asked twice of one prediction it answers the same: its id, which is random, draws the lot.
    """
    # A patient's report may have had a case closed before there was a result to compare it with.
    before_it = Q(prediction=prediction, status=Case.Status.CLOSED)
    if prediction.photo.cases.exclude(before_it).exists():
        return None
    why = _why(prediction)
    if why is None or _lot(prediction) >= settings.REVIEW_SHARES["low" if why == Case.Why.RANDOM else why]:
        return None
    return open_case(photo=prediction.photo, prediction=prediction, why=why)


def open_case(*, photo: Photo, prediction: Prediction, why: str) -> Case | None:
    """A case of the photo, unless one is open already."""
    early = why != Case.Why.RANDOM and _lot(prediction, draw=3) < SHORT_SHARE
    longest = SHORT if early else LONG
    case = Case(
        photo=photo,
        prediction=prediction,
        why=why,
        due_at=timezone.now() + longest * _lot(prediction, draw=2),
    )
    try:
        with transaction.atomic():
            case.save(force_insert=True)
            record_event("case.opened", case, photo=str(photo.pk), why=why)
    except IntegrityError:
        return None
    return case


def _why(prediction: Prediction) -> str | None:
    if prediction.status == Prediction.Status.REJECTED:
        return Case.Why.REJECTED
    return {"raised": Case.Why.RAISED, "unclear": Case.Why.UNCLEAR, "low": Case.Why.RANDOM}.get(
        prediction.band
    )


def _lot(prediction: Prediction, draw: int = 1) -> float:
    """A number from 0 to below 1 that the prediction's id decides; each draw has its own."""
    digest = hashlib.sha256(f"{draw}:{prediction.pk}".encode()).digest()
    return int.from_bytes(digest[:6]) / 256**6
