from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from diagnosis.api.base import Api, own_photo
from diagnosis.models import Mismatch, Mole, Opinion
from diagnosis.services import report_mismatch

NAMES = [choice for choice in Opinion.Diagnosis.choices if choice[0] != Opinion.Diagnosis.UNKNOWN]


class MismatchSerializer(serializers.ModelSerializer):
    """The owner's word on a photo: that the prediction looks wrong, or what a laboratory found."""

    outcome = serializers.ChoiceField(
        choices=[choice for choice in Mole.Outcome.choices if choice[0] != Mole.Outcome.UNKNOWN],
        required=False,
        allow_blank=True,
        help_text="What the laboratory found; of `histology` alone, and needed there.",
    )
    diagnosis = serializers.ChoiceField(
        choices=NAMES, required=False, allow_blank=True, help_text="Where the laboratory's letter names it."
    )

    class Meta:
        model = Mismatch
        fields = ("id", "photo", "kind", "outcome", "diagnosis", "text", "created_at")
        read_only_fields = ("id", "photo", "created_at")
        extra_kwargs = {"text": {"help_text": "What looks wrong; of `histology` it may be empty."}}


class PhotoMismatches(Api):
    serializer_class = MismatchSerializer
    queryset = Mismatch.objects.none()

    @extend_schema(
        operation_id="photo_mismatches_list", tags=["photos"], responses=MismatchSerializer(many=True)
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """What I said of this photo, newest first."""
        page = self.paginate_queryset(own_photo(self.me, pk).mismatches.all())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(tags=["photos"], responses={201: MismatchSerializer}, filters=False)
    def post(self, request: Request, pk: UUID) -> Response:
        """Say that the prediction looks wrong, or what a laboratory found. At most 20 for a photo."""
        photo = own_photo(self.me, pk)
        said = self.get_serializer(data=request.data)
        said.is_valid(raise_exception=True)
        mismatch = report_mismatch(photo=photo, **said.validated_data)
        return Response(self.get_serializer(mismatch).data, status=201)
