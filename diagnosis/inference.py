"""One prediction from claim to record. Running it twice, or on two workers, is harmless."""

import logging
import uuid
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from diagnosis.classifiers import CURRENT, judge
from diagnosis.models import Mole, Photo, Prediction
from diagnosis.models.version import current_version
from diagnosis.services import consider, record_event
from diagnosis.trials import put_on_trial
from ml.manifest import ArtifactError
from ml.quality import CannotJudge

if TYPE_CHECKING:
    from ml.predict import Classifier, Result

logger = logging.getLogger(__name__)


def classifier() -> "Classifier":
    """The site's current model, loaded and warmed once a process. Raises `ArtifactError`.

    Asked anew for each photo: an activation holds from the next one on.
    """
    return CURRENT.get(current_version())


def warm_up() -> None:
    """Load the model before the first photo asks for it."""
    try:
        classifier()
    except (ArtifactError, DatabaseError) as error:
        logger.error("Photos wait: %s", error)


def run_prediction(prediction_id: uuid.UUID | str) -> None:
    """Claim the prediction, judge its photo, record the result.

    A photo that can't be judged ends `rejected`; what goes wrong here is logged and tried again
    until the attempts are used up. Without a usable model the row stays queued, and says why.
    """
    try:
        model = classifier()
    except ArtifactError as error:
        logger.error("Photos wait: %s", error)
        _say_why_it_waits(prediction_id)
        return
    token = Prediction.objects.claim(prediction_id)
    if token is None:
        return
    try:
        _record_success(token, _judge(model, prediction_id), model.manifest.thresholds)
    except CannotJudge as refusal:
        _record_refusal(token, refusal, model.manifest.version)
    except Exception:
        logger.exception("Prediction %s could not be made.", prediction_id)
        _give_back(token)


def _judge(model: "Classifier", prediction_id: uuid.UUID | str) -> "Result":
    return judge(model, Prediction.objects.select_related("photo").get(pk=prediction_id).photo)


def _record_success(token: uuid.UUID, result: "Result", thresholds: dict[str, float]) -> None:
    _record(
        token,
        status=Prediction.Status.SUCCEEDED,
        malignancy_probability=result.malignancy_probability,
        class_probabilities=result.class_probabilities,
        band=result.band,
        model_version=result.model_version,
        threshold_low=thresholds["low"],
        threshold_raised=thresholds["raised"],
        photo_kind_seen=result.photo_kind,
        stability=result.stability,
        distance=result.distance,
        conformal_set=result.conformal_set,
        measurements=result.measurements,
        outline=result.outline,
        explanation=result.explanation,
    )


def _record_refusal(token: uuid.UUID, refusal: CannotJudge, version: str) -> None:
    _record(
        token,
        status=Prediction.Status.REJECTED,
        model_version=version,
        reason_code=refusal.code,
        reason=refusal.reason,
        advice=refusal.advice,
    )


def _record(token: uuid.UUID, **fields: Any) -> None:
    """Conditional on the token: a worker whose lease was taken over changes nothing.

    A raised band brings the mole's next photo forward. Whether clinicians are to read the photo is decided
    with the record, so that no result stands without its case.
    """
    with transaction.atomic():
        recorded = Prediction.objects.held(token).update(finished_at=Now(), lease_until=None, **fields)
        photos = Photo.objects.filter(predictions__claim_token=token)
        if recorded:
            prediction = Prediction.objects.select_related("photo").get(claim_token=token)
            record_event(
                "prediction.recorded",
                prediction,
                status=fields["status"],
                model_version=fields["model_version"],
            )
            Mole.objects.filter(pk__in=photos.values("mole")).refresh_due()
            consider(prediction=prediction)
    if recorded:
        put_on_trial(token)
    else:
        logger.warning("A result came after its claim had been taken over; it was dropped.")


def _give_back(token: uuid.UUID) -> None:
    """Queued again at once, or failed by the next sweep where no attempt is left."""
    Prediction.objects.held(token).update(
        status=Prediction.Status.QUEUED,
        claim_token=None,
        lease_until=None,
        reason_code="trying_again",
        reason=_("The last try failed. It will be tried again."),
    )


def _say_why_it_waits(prediction_id: uuid.UUID | str) -> None:
    Prediction.objects.claimable().filter(pk=prediction_id, status=Prediction.Status.QUEUED).update(
        reason_code="model_unavailable",
        reason=_("The model can't be loaded at the moment. The photo is stored and will be judged later."),
    )
