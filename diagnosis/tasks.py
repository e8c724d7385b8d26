"""Celery tasks: a name, two time limits, one call each.

A prediction's limits are shorter than its lease; an export lengthens its own while it gets on.
"""

from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_process_init

from diagnosis import inference, trials
from diagnosis.queue import EXPORT_TASK, PREDICT_TASK
from diagnosis.services import (
    release_expired,
    remove_outlived,
    repair_due,
    run_export,
    send_reminders,
    send_review_mails,
    sweep,
    sweep_exports,
    sweep_files,
)


@shared_task(name=PREDICT_TASK, soft_time_limit=20, time_limit=30)
def predict_task(prediction_id: str) -> None:
    inference.run_prediction(prediction_id)


@shared_task(name="diagnosis.trial_task", soft_time_limit=20, time_limit=30)
def trial_task() -> None:
    trials.run_trial()


@shared_task(name="diagnosis.sweep_task", soft_time_limit=20, time_limit=30)
def sweep_task() -> None:
    sweep()


@shared_task(name="diagnosis.sweep_files_task", soft_time_limit=240, time_limit=300)
def sweep_files_task() -> None:
    sweep_files()


@shared_task(name=EXPORT_TASK, soft_time_limit=3500, time_limit=3600)
def export_task(export_id: str) -> None:
    run_export(export_id)


@shared_task(name="diagnosis.sweep_exports_task", soft_time_limit=50, time_limit=60)
def sweep_exports_task() -> None:
    sweep_exports()


@shared_task(name="diagnosis.remove_outlived_task", soft_time_limit=240, time_limit=300)
def remove_outlived_task() -> None:
    remove_outlived()


@shared_task(name="diagnosis.send_reminders_task", soft_time_limit=50, time_limit=60)
def send_reminders_task() -> None:
    send_reminders()


@shared_task(name="diagnosis.send_review_mails_task", soft_time_limit=50, time_limit=60)
def send_review_mails_task() -> None:
    send_review_mails()


@shared_task(name="diagnosis.release_expired_task", soft_time_limit=50, time_limit=60)
def release_expired_task() -> None:
    release_expired()


@shared_task(name="diagnosis.repair_due_task", soft_time_limit=240, time_limit=300)
def repair_due_task() -> None:
    repair_due()


@worker_process_init.connect
def warm_up(**signal: Any) -> None:
    """Load the network in the pool's child: loaded in the parent, it would deadlock the fork.

    A missing or damaged model is told of at the first photo, which waits for a good one. A worker that
    only makes exports needs none.
    """
    if current_app.conf.task_default_queue in current_app.amqp.queues.consume_from:
        inference.warm_up()
