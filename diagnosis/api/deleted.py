"""Recently deleted: what goes when, and how it comes back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from diagnosis.api.base import Api, own_mole, own_photo
from diagnosis.api.moles import MoleApi
from diagnosis.api.serializers import MoleSerializer, PhotoSerializer
from diagnosis.models import Mole, Photo
from diagnosis.models.bin import recently_deleted
from diagnosis.models.deleted import goes_at
from diagnosis.services import restore_mole, restore_photo


class DeletedSerializer(serializers.Serializer):
    """A deleted mole with its photos, or a photo that was deleted by itself."""

    kind = serializers.ChoiceField(choices=["mole", "photo"])
    id = serializers.UUIDField()
    mole = serializers.UUIDField(
        source="mole_pk", allow_null=True, help_text="Of a photo: the mole under which it is filed."
    )
    mole_name = serializers.CharField()
    mole_deleted = serializers.BooleanField(
        source="with_mole", help_text="Of a photo: its mole is deleted too, and has to be restored first."
    )
    photo_count = serializers.IntegerField(help_text="How many photos come back with it.")
    deleted_at = serializers.DateTimeField()
    goes_at = serializers.SerializerMethodField(help_text="When it is removed for good.")

    def get_goes_at(self, row: dict[str, Any]) -> datetime:
        return goes_at(row["deleted_at"])


class Pages(PageNumberPagination):
    """Moles and photos together have no common cursor."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class DeletedList(Api):
    serializer_class = DeletedSerializer
    pagination_class = Pages
    filter_backends = ()
    queryset = Photo.objects.none()

    @extend_schema(operation_id="deleted_list", tags=["deleted"], responses=DeletedSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What I deleted in the last seven days, the last deleted first."""
        page = self.paginate_queryset(recently_deleted(self.me))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class MoleRestore(MoleApi):
    @extend_schema(tags=["deleted"], request=None, responses=MoleSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted mole back as it was, with the photos it had."""
        restore_mole(mole=get_object_or_404(Mole.everything.of(self.me), pk=pk))
        return Response(self.shown([own_mole(self.me, pk)])[0])


class PhotoRestore(Api):
    serializer_class = PhotoSerializer

    @extend_schema(tags=["deleted"], request=None, responses=PhotoSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Bring a deleted photo back as it was. Refused (400) while its mole is deleted too."""
        restore_photo(photo=get_object_or_404(Photo.everything.of(self.me), pk=pk))
        return Response(self.get_serializer(own_photo(self.me, pk)).data)
