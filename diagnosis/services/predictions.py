import logging

from django.db.models.functions import Now

from diagnosis.models import Photo, Prediction
from diagnosis.queue import ring
from diagnosis.services.photos import queue_prediction

logger = logging.getLogger(__name__)


def rerun_prediction(*, photo: Photo) -> Prediction:
    """Judge the photo again with the current model.

    Where one is still waiting, that one is returned: pressing the button twice costs nothing.
    """
    waiting = photo.predictions.filter(status=Prediction.Status.QUEUED).first()
    return waiting or queue_prediction(photo=photo)


def sweep() -> int:
    """Ring again for what nobody took, and fail what was tried too often.

    Lost messages, killed workers and a broker that was down all end here. Returns how many
    predictions were rung for.
    """
    failed = Prediction.objects.exhausted().update(
        status=Prediction.Status.FAILED,
        reason_code="gave_up",
        reason="Judging this photo failed several times. The fault is ours, not your photo's.",
        advice="Run it again later. If the mole worries you, do not wait for it: show it to a doctor.",
        finished_at=Now(),
    )
    if failed:
        logger.error("Gave up on %d predictions.", failed)
    rung = 0
    for prediction_id in list(Prediction.objects.to_ring().values_list("pk", flat=True)):
        if not ring(prediction_id):
            break  # the broker is down for all of them
        rung += 1
    return rung
