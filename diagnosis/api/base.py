"""What all views share."""

import uuid
from typing import Any, cast

from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from diagnosis.models import Mole, Photo, Prediction, Profile, User


class Api(GenericAPIView):
    """A view whose answers no cache keeps, shared or the browser's."""

    http_method_names = ["get", "head", "post", "patch", "delete"]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @property
    def me(self) -> User:
        return cast(User, self.request.user)


def own_mole(user: User, pk: uuid.UUID) -> Mole:
    """Raises `Http404` where there is none or it is not theirs."""
    return get_object_or_404(Mole.objects.of(user).with_overview(), pk=pk)


def own_profile(user: User, pk: uuid.UUID) -> Profile:
    """Raises `Http404` where there is none or it is not theirs."""
    return get_object_or_404(Profile.objects.of(user).with_mole_count(), pk=pk)


def own_photo(user: User, pk: uuid.UUID) -> Photo:
    """Raises `Http404` where there is none or it is not theirs."""
    return get_object_or_404(Photo.objects.of(user).with_predictions().with_reviews(), pk=pk)


def own_prediction(user: User, pk: uuid.UUID) -> Prediction:
    """Raises `Http404` where there is none or it is not theirs."""
    return get_object_or_404(Prediction.objects.of(user).select_related("photo"), pk=pk)
