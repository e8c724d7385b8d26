"""A version on trial judges, unseen, what the current one has judged. Nothing here changes a prediction."""

import logging
import time
import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now

from diagnosis.classifiers import ON_TRIAL, judge
from diagnosis.models import Prediction, ShadowPrediction
from diagnosis.models.claims import SWEEP_AT_MOST
from diagnosis.models.version import version_on_trial
from diagnosis.services import record_event, record_events
from ml.manifest import ArtifactError
from ml.quality import CannotJudge

if TYPE_CHECKING:
    from ml.predict import Classifier

logger = logging.getLogger(__name__)

# A worker judges for a trial so long at most before it looks at its queue again.
SECONDS = 8.0


def put_on_trial(token: uuid.UUID) -> None:
    """What was recorded under this claim is to be judged by the version on trial too, where there is one.

    Never raises: a trial costs nobody a prediction.
    """
    try:
        with transaction.atomic():
            version = version_on_trial()
            if version is None:
                return
            recorded = Prediction.objects.filter(claim_token=token)
            for prediction in recorded.exclude(model_version=version.version):
                ShadowPrediction.objects.create(prediction=prediction, version=version)
    except Exception:
        logger.exception("A prediction was not put to the version on trial.")


def run_trial() -> int:
    """Judge what waits for the version on trial, oldest first, as long as no photo waits for the current one.

    Returns how many were taken. Where no version is on trial, its network is dropped.
    """
    version = version_on_trial()
    if version is None:
        ON_TRIAL.drop()
        return 0
    if failed := _give_up():
        logger.error("The version on trial: gave up on %d photos.", failed)
    end, taken = time.monotonic() + SECONDS, 0
    while time.monotonic() < end and not Prediction.objects.claimable().exists():
        waiting = ShadowPrediction.objects.to_judge(version).first()
        if waiting is None:
            break
        try:
            model = ON_TRIAL.get(version.version)
        except ArtifactError as error:
            logger.error("The trial waits: %s", error)
            break
        _run(model, waiting)
        taken += 1
    return taken


def _run(model: "Classifier", waiting: ShadowPrediction) -> None:
    """What fails keeps its claim, and is tried again when that has run out."""
    token = ShadowPrediction.objects.claim(waiting.pk)
    if token is None:
        return
    try:
        result = judge(model, waiting.prediction.photo)
    except CannotJudge as refusal:
        _record(token, status=ShadowPrediction.Status.REJECTED, reason_code=refusal.code)
    except Exception:
        logger.exception("Shadow prediction %s could not be made.", waiting.pk)
    else:
        _record(
            token,
            status=ShadowPrediction.Status.SUCCEEDED,
            malignancy_probability=result.malignancy_probability,
            class_probabilities=result.class_probabilities,
            band=result.band,
        )


def _record(token: uuid.UUID, **fields: Any) -> None:
    """Conditional on the token, and on the trial: its end takes away what was not judged."""
    with transaction.atomic():
        if ShadowPrediction.objects.held(token).update(finished_at=Now(), lease_until=None, **fields):
            shadow = ShadowPrediction.objects.only("pk").get(claim_token=token)
            record_event("shadow.recorded", shadow, status=fields["status"])


def _give_up() -> int:
    with transaction.atomic():
        exhausted = list(ShadowPrediction.objects.exhausted().select_for_update().only("pk")[:SWEEP_AT_MOST])
        ShadowPrediction.objects.filter(pk__in=[shadow.pk for shadow in exhausted]).update(
            status=ShadowPrediction.Status.FAILED, reason_code="gave_up", finished_at=Now()
        )
        record_events("shadow.recorded", exhausted, status=ShadowPrediction.Status.FAILED)
    return len(exhausted)
