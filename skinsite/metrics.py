"""What /metrics shows. All of it is read from the database, so every web process says the same."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from diagnosis.models import Photo, Prediction, ShadowPrediction, User
from diagnosis.models.version import current_version

CONTENT_TYPE = CONTENT_TYPE_LATEST
WAITING = (Prediction.Status.QUEUED, Prediction.Status.RUNNING)


def page(broker_up: bool) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Site(broker_up))
    return generate_latest(registry)


class _Site(Collector):
    def __init__(self, broker_up: bool):
        self.broker_up = broker_up

    def describe(self) -> list[Metric]:
        """Named nowhere else, so registering needs no look at the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield _predictions()
        yield GaugeMetricFamily(
            "skin_oldest_waiting_seconds", "Age of the oldest prediction that is not done", _oldest_waiting()
        )
        yield _version()
        waiting = ShadowPrediction.objects.filter(finished_at=None, version__shadow=True).count()
        yield GaugeMetricFamily("skin_trial_waiting", "Photos that wait for the version on trial", waiting)
        yield GaugeMetricFamily("skin_photos", "Photos stored", Photo.everything.count())
        yield GaugeMetricFamily("skin_users", "Accounts", User.objects.count())
        yield GaugeMetricFamily("skin_broker_up", "Whether the broker answers", float(self.broker_up))


def _predictions() -> Metric:
    family = GaugeMetricFamily("skin_predictions", "Predictions by status", labels=["status"])
    counts = dict(Prediction.objects.order_by().values_list("status").annotate(Count("pk")))
    for status in Prediction.Status.values:
        family.add_metric([status], counts.get(status, 0))
    return family


def _version() -> Metric:
    family = GaugeMetricFamily("skin_model", "1 for the model version that judges photos", labels=["version"])
    family.add_metric([current_version()], 1.0)
    return family


def _oldest_waiting() -> float:
    oldest = Prediction.objects.filter(status__in=WAITING).aggregate(Min("created_at"))["created_at__min"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0
