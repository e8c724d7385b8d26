from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle

from diagnosis.api.base import Api, own_mole, own_photo
from diagnosis.api.serializers import PhotoSerializer, PhotoUploadSerializer
from diagnosis.api.throttles import UploadThrottle
from diagnosis.api.uploads import receive
from diagnosis.models import Mole, Photo
from diagnosis.models.photo import PhotoQuerySet
from diagnosis.services import delete_photo, jpeg_response, update_photo

stores_a_photo = extend_schema(
    tags=["photos"],
    filters=False,
    request={"multipart/form-data": PhotoUploadSerializer},
    responses={201: PhotoSerializer, 200: OpenApiResponse(PhotoSerializer, "The same photo came before.")},
    parameters=[
        OpenApiParameter(
            "Idempotency-Key",
            str,
            OpenApiParameter.HEADER,
            description="The same key with the same photo stores it once. At most 255 characters.",
        ),
        OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201]),
        OpenApiParameter("Idempotency-Replayed", str, OpenApiParameter.HEADER, response=[200], enum=["true"]),
    ],
)


class PhotoUploads(Api):
    """What a list of photos and an upload to it share."""

    serializer_class = PhotoSerializer
    queryset = Photo.objects.none()
    parser_classes = (MultiPartParser,)
    # A program that lost an answer, or its memory, asks what it sent already.
    filterset_fields = ("idempotency_key",)

    def get_throttles(self) -> list[BaseThrottle]:
        return [*super().get_throttles(), UploadThrottle()]

    def page(self, photos: PhotoQuerySet) -> Response:
        page = self.paginate_queryset(self.filter_queryset(photos.with_predictions().with_reviews()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def store(self, request: Request, mole: Mole | None) -> Response:
        submitted = receive(request, self.me, mole)
        data = self.get_serializer(submitted.photo).data
        if not submitted.created:
            return Response(data, headers={"Idempotency-Replayed": "true"})
        location = reverse("api:photo-detail", [submitted.photo.pk], request=request)
        return Response(data, status=201, headers={"Location": location})


class PhotoList(PhotoUploads):
    @extend_schema(operation_id="photos_list", tags=["photos"], responses=PhotoSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All my photos, newest first."""
        return self.page(Photo.objects.of(self.me))

    @stores_a_photo
    def post(self, request: Request) -> Response:
        """A quick check: store a photo under no mole. It can be filed under one later."""
        return self.store(request, mole=None)


class MolePhotoList(PhotoUploads):
    @extend_schema(operation_id="mole_photos_list", tags=["photos"], responses=PhotoSerializer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """The photos of one mole, newest first."""
        answer = self.page(Photo.objects.of(self.me).filter(mole=pk))
        if not answer.data["results"]:
            own_mole(self.me, pk)  # without a photo only this tells whether it is theirs
        return answer

    @stores_a_photo
    def post(self, request: Request, pk: UUID) -> Response:
        """Store a photo of this mole; a prediction of it is queued."""
        return self.store(request, own_mole(self.me, pk))


class PhotoDetail(Api):
    serializer_class = PhotoSerializer

    @extend_schema(tags=["photos"], responses=PhotoSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """One photo."""
        return Response(self.get_serializer(own_photo(self.me, pk)).data)

    @extend_schema(tags=["photos"], responses=PhotoSerializer)
    def patch(self, request: Request, pk: UUID) -> Response:
        """File the photo under a mole (or, with null, under none), or correct what was said of it."""
        photo = own_photo(self.me, pk)
        serializer = self.get_serializer(photo, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changes: dict[str, Any] = dict(serializer.validated_data)
        if "mole_id" in changes:
            mole_id = changes.pop("mole_id")
            changes["mole"] = own_mole(self.me, mole_id) if mole_id else None
        update_photo(photo=photo, **changes)
        return Response(self.get_serializer(photo).data)

    @extend_schema(tags=["photos"], responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete the photo and its predictions. For seven days it can be restored."""
        delete_photo(photo=own_photo(self.me, pk))
        return Response(status=204)


class AlwaysFile(BaseContentNegotiation):
    """Whatever Accept says, a file is what it is, and an error JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class PhotoFile(Api):
    """The stored bytes, for their owner alone."""

    content_negotiation_class = AlwaysFile
    field = "image"

    @extend_schema(tags=["photos"], responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """The picture, a JPEG without metadata."""
        return jpeg_response(getattr(own_photo(self.me, pk), self.field))


class PhotoThumbnail(PhotoFile):
    field = "thumbnail"
