"""The bell. The database row is the queue of record; a message only wakes a worker sooner."""

import logging
import uuid

from celery import current_app
from django.db.models.functions import Now

from diagnosis.models import Prediction

logger = logging.getLogger(__name__)

PREDICT_TASK = "diagnosis.predict_task"
# The web process gives the broker this long for a connection and for each answer.
CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 0.5


def ring(prediction_id: uuid.UUID) -> bool:
    """Tell the workers that this prediction waits. Never raises, never blocks longer than 2 s.

    Returns whether a broker took the message; where none did, the sweep rings again later.
    """
    try:
        _send(prediction_id)
        Prediction.objects.filter(pk=prediction_id).update(rung_at=Now())
    except Exception as error:  # whatever ails the broker, the photo is stored and waits
        logger.warning("No bell for prediction %s: %r. The sweep will ring again.", prediction_id, error)
        return False
    return True


def _send(prediction_id: uuid.UUID) -> None:
    options = dict(current_app.conf.broker_transport_options) | {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "max_retries": 0,
    }
    with current_app.connection_for_write(
        transport_options=options, connect_timeout=CONNECT_SECONDS
    ) as connection:
        current_app.send_task(
            PREDICT_TASK, args=[str(prediction_id)], connection=connection, retry=False, ignore_result=True
        )
