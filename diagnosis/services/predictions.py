import logging

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from diagnosis.models import Photo, Prediction, User
from diagnosis.models.claims import SWEEP_AT_MOST
from diagnosis.models.version import current_version
from diagnosis.queue import ring
from diagnosis.services.audit import record_events
from diagnosis.services.photos import queue_prediction

logger = logging.getLogger(__name__)


def rerun_prediction(*, photo: Photo) -> Prediction:
    """Judge the photo again with the current model.

    Where one is still waiting, that one is returned: pressing the button twice costs nothing.
    """
    waiting = photo.predictions.filter(status=Prediction.Status.QUEUED).first()
    return waiting or queue_prediction(photo=photo)


def rerun_all(*, owner: User) -> int:
    """Queue a prediction of each of the owner's photos that the current model has not judged.

    The earlier ones stay. Nobody is rung for: the sweep does that, a batch at a time, so that a new
    photo need not wait for all old ones. Returns how many were queued.
    """
    with transaction.atomic():
        # Pressed twice at once, the second waits here, and then finds nothing left.
        User.objects.select_for_update().get(pk=owner.pk)
        photos = Photo.objects.of(owner).not_judged_by(current_version())
        queued = Prediction.objects.bulk_create([Prediction(photo=photo) for photo in photos.only("pk")])
        record_events("prediction.queued", queued, photo=lambda prediction: str(prediction.photo_id))
    return len(queued)


def sweep() -> int:
    """Ring again for what nobody took, and fail what was tried too often.

    Lost messages, killed workers and a broker that was down all end here. Returns how many
    predictions were rung for.
    """
    if failed := _give_up():
        logger.error("Gave up on %d predictions.", failed)
    rung = 0
    for prediction_id in list(Prediction.objects.to_ring().values_list("pk", flat=True)):
        if not ring(prediction_id):
            break  # the broker is down for all of them
        rung += 1
    return rung


def _give_up() -> int:
    """Fails what was tried too often, so many at a time. Returns how many."""
    with transaction.atomic():
        exhausted = list(Prediction.objects.exhausted().select_for_update().only("pk")[:SWEEP_AT_MOST])
        Prediction.objects.filter(pk__in=[prediction.pk for prediction in exhausted]).update(
            status=Prediction.Status.FAILED,
            reason_code="gave_up",
            reason=_("Judging this photo failed several times. The fault is ours, not your photo's."),
            advice=_("Run it again later. If the mole worries you, do not wait for it: show it to a doctor."),
            finished_at=Now(),
        )
        record_events("prediction.recorded", exhausted, status=Prediction.Status.FAILED, model_version="")
    return len(exhausted)
