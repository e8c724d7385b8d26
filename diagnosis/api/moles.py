from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import BooleanFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from diagnosis.api.base import Api, own_mole
from diagnosis.api.serializers import MoleSerializer, SnoozeSerializer
from diagnosis.models import Mole, Prediction
from diagnosis.services import create_mole, delete_mole, snooze_mole, update_mole


class MoleApi(Api):
    serializer_class = MoleSerializer
    queryset = Mole.objects.none()

    def shown(self, moles: Iterable[Any]) -> list[dict[str, Any]]:
        """The moles with their latest predictions, which take one query however many they are."""
        moles = list(moles)
        latest = Prediction.objects.with_reviews().latest_of(moles)
        for mole in moles:
            mole.latest_prediction = latest.get(mole.latest_prediction_id)
        return self.get_serializer(moles, many=True).data


class MoleFilter(FilterSet):
    profile = UUIDFilter(field_name="profile", help_text="Whose moles; a person who is not yours has none.")

    due = BooleanFilter(
        method="by_due", help_text="Whether `due_on` is today or past, in the account's time zone."
    )

    class Meta:
        model = Mole
        fields = ("body_site", "profile")

    def by_due(self, moles: QuerySet[Mole], name: str, wanted: bool) -> QuerySet[Mole]:
        owner = self.request.user
        due = Mole.objects.of(owner).due(owner.today()).values("pk")
        return moles.filter(pk__in=due) if wanted else moles.exclude(pk__in=due)


class MoleList(MoleApi):
    filterset_class = MoleFilter

    def get_queryset(self) -> QuerySet[Mole]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Mole.objects.of(self.me).with_overview()

    @extend_schema(operation_id="moles_list", tags=["moles"], responses=MoleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """My moles, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.shown(page or []))

    @extend_schema(tags=["moles"], responses={201: MoleSerializer}, filters=False)
    def post(self, request: Request) -> Response:
        """Add a mole."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        mole = create_mole(owner=self.me, **serializer.validated_data)
        data = self.shown([own_mole(self.me, mole.pk)])[0]
        location = reverse("api:mole-detail", [mole.pk], request=request)
        return Response(data, status=201, headers={"Location": location})


class MoleDetail(MoleApi):
    @extend_schema(tags=["moles"], responses=MoleSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """One mole."""
        return Response(self.shown([own_mole(self.me, pk)])[0])

    @extend_schema(tags=["moles"], responses=MoleSerializer)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change the given fields."""
        mole = own_mole(self.me, pk)
        serializer = self.get_serializer(mole, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_mole(mole=mole, **serializer.validated_data)
        return Response(self.shown([mole])[0])

    @extend_schema(tags=["moles"], responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete the mole with its photos and their predictions. For seven days it can be restored."""
        delete_mole(mole=own_mole(self.me, pk))
        return Response(status=204)


class MoleSnooze(MoleApi):
    @extend_schema(tags=["moles"], request=SnoozeSerializer, responses=MoleSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Be reminded later. The mole is due in so many days from today, until a newer photo comes."""
        mole = own_mole(self.me, pk)
        chosen = SnoozeSerializer(data=request.data)
        chosen.is_valid(raise_exception=True)
        snooze_mole(mole=mole, days=chosen.validated_data["days"])
        return Response(self.shown([mole])[0])
