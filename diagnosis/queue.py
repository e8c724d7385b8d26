"""The bell. The database row is the queue of record; a message only wakes a worker sooner."""

import logging
import uuid

from celery import current_app
from django.db.models.functions import Now

from diagnosis.models import Export, Prediction

logger = logging.getLogger(__name__)

PREDICT_TASK = "diagnosis.predict_task"
EXPORT_TASK = "diagnosis.export_task"
# The web process gives the broker this long for a connection and for each answer.
CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 0.5


def ring(prediction_id: uuid.UUID) -> bool:
    """Tell the workers that this prediction waits. Never raises, never blocks longer than 2 s.

    Returns whether a broker took the message; where none did, the sweep rings again later.
    """
    return _ring(PREDICT_TASK, Prediction, prediction_id)


def ring_export(export_id: uuid.UUID) -> bool:
    """The same for an export."""
    return _ring(EXPORT_TASK, Export, export_id)


def _ring(task: str, model: type[Prediction | Export], pk: uuid.UUID) -> bool:
    try:
        _send(task, pk)
        model._base_manager.filter(pk=pk).update(rung_at=Now())
    except Exception as error:  # whatever ails the broker, the row is stored and waits
        logger.warning("No bell for %s %s: %r. The sweep will ring again.", model.__name__, pk, error)
        return False
    return True


def _send(task: str, pk: uuid.UUID) -> None:
    options = dict(current_app.conf.broker_transport_options) | {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "max_retries": 0,
    }
    with current_app.connection_for_write(
        transport_options=options, connect_timeout=CONNECT_SECONDS
    ) as connection:
        current_app.send_task(task, args=[str(pk)], connection=connection, retry=False, ignore_result=True)
