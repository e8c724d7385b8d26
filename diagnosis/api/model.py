import logging

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from diagnosis.api.base import Api
from diagnosis.api.errors import ApiError
from diagnosis.api.serializers import ModelCardSerializer
from diagnosis.models.version import current_version
from ml.manifest import ArtifactError, Manifest, read_manifest

logger = logging.getLogger(__name__)


class ModelView(Api):
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["model"],
        responses={200: ModelCardSerializer, 503: OpenApiResponse(description="`model_unavailable`.")},
    )
    def get(self, request: Request) -> Response:
        """The model card as data: what the current model is, and how good."""
        manifest = _current()
        data = {
            "version": manifest.version,
            "classes": manifest.classes,
            "malignant": manifest.malignant,
            "thresholds": manifest.thresholds,
            "metrics": manifest.metrics,
            "licence": manifest.data.get("licence", ""),
            "data": manifest.data.get("data", {}),
            "card": _card(manifest),
        }
        return Response(data)


def _current() -> Manifest:
    try:
        return read_manifest(current_version(), settings.MODEL_FOLDER)
    except ArtifactError as error:
        logger.error("The model's description can't be read: %s", error)
        raise ApiError(
            503,
            "model_unavailable",
            _("The model can't be read at the moment. Photos are stored and will be judged later."),
            wait=60,
        ) from error


def _card(manifest: Manifest) -> str:
    """Empty where the artifact has no card yet: the evaluation writes it."""
    try:
        return manifest.card
    except FileNotFoundError:
        return ""
