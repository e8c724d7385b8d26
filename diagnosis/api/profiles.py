from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from diagnosis.api.base import Api, own_profile
from diagnosis.api.serializers import ProfileDeletionSerializer, ProfileSerializer
from diagnosis.models import Profile
from diagnosis.services import create_profile, delete_profile, update_profile


class ProfileList(Api):
    serializer_class = ProfileSerializer
    queryset = Profile.objects.none()

    def get_queryset(self) -> QuerySet[Profile]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Profile.objects.of(self.me).with_mole_count()

    @extend_schema(operation_id="profiles_list", tags=["profiles"], responses=ProfileSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The people of the account, newest first; `is_self` is the account's owner."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        tags=["profiles"],
        responses={201: ProfileSerializer},
        parameters=[OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201])],
        filters=False,
    )
    def post(self, request: Request) -> Response:
        """Add a person."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        profile = create_profile(owner=self.me, **serializer.validated_data)
        data = self.get_serializer(own_profile(self.me, profile.pk)).data
        location = reverse("api:profile-detail", [profile.pk], request=request)
        return Response(data, status=201, headers={"Location": location})


class ProfileDetail(Api):
    serializer_class = ProfileSerializer

    @extend_schema(tags=["profiles"], responses=ProfileSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """One person."""
        return Response(self.get_serializer(own_profile(self.me, pk)).data)

    @extend_schema(tags=["profiles"], responses=ProfileSerializer)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change the given fields."""
        profile = own_profile(self.me, pk)
        serializer = self.get_serializer(profile, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_profile(profile=profile, **serializer.validated_data)
        return Response(self.get_serializer(profile).data)

    @extend_schema(tags=["profiles"], responses={204: None}, parameters=[ProfileDeletionSerializer])
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete the person, never the account's owner. Where there are moles, say what becomes of them."""
        profile = own_profile(self.me, pk)
        wanted = ProfileDeletionSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        delete_profile(profile=profile, **self._moles(wanted.validated_data))
        return Response(status=204)

    def _moles(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Raises `ValidationError` for both at once, `Http404` for a person who is not there."""
        if len(wanted) > 1:
            raise ValidationError({"moles": [_("Move the moles, or delete them; not both.")]})
        if "move_to" in wanted:
            return {"move_to": own_profile(self.me, wanted["move_to"])}
        return {"with_moles": "moles" in wanted}
