"""Celery tasks: a name, two time limits, one call each. Both limits are shorter than the lease."""

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init

from diagnosis import inference
from diagnosis.queue import PREDICT_TASK
from diagnosis.services import sweep, sweep_files


@shared_task(name=PREDICT_TASK, soft_time_limit=20, time_limit=30)
def predict_task(prediction_id: str) -> None:
    inference.run_prediction(prediction_id)


@shared_task(name="diagnosis.sweep_task", soft_time_limit=20, time_limit=30)
def sweep_task() -> None:
    sweep()


@shared_task(name="diagnosis.sweep_files_task", soft_time_limit=240, time_limit=300)
def sweep_files_task() -> None:
    sweep_files()


@worker_process_init.connect
def warm_up(**signal: Any) -> None:
    """Load the network in the pool's child: loaded in the parent, it would deadlock the fork.

    A missing or damaged model is told of at the first photo, which waits for a good one.
    """
    inference.warm_up()
