from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from diagnosis.api.base import Api, own_photo, own_prediction
from diagnosis.api.results import PredictionSerializer
from diagnosis.models import Photo, Prediction
from diagnosis.services import rerun_prediction


class PhotoPredictions(Api):
    serializer_class = PredictionSerializer
    queryset = Prediction.objects.none()

    @extend_schema(
        operation_id="photo_predictions_list",
        tags=["predictions"],
        responses=PredictionSerializer(many=True),
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """All predictions made of this photo, newest first; none is ever overwritten."""
        photo = get_object_or_404(Photo.objects.of(self.me).with_reviews(), pk=pk)
        page = self.paginate_queryset(photo.predictions.all())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        tags=["predictions"],
        request=None,
        responses={202: OpenApiResponse(PredictionSerializer, "Queued.")},
        parameters=[OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[202])],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Run the current model again. Where a prediction still waits, it is the answer."""
        prediction = rerun_prediction(photo=own_photo(self.me, pk))
        location = reverse("api:prediction-detail", [prediction.pk], request=request)
        return Response(self.get_serializer(prediction).data, status=202, headers={"Location": location})


class PredictionDetail(Api):
    @extend_schema(tags=["predictions"], responses=PredictionSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """One prediction. Ask again every second until `terminal` is true."""
        return Response(PredictionSerializer(own_prediction(self.me, pk)).data)
