"""Everything an account holds, as one ZIP."""

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from diagnosis.api.base import Api
from diagnosis.api.photos import AlwaysFile
from diagnosis.models import Export
from diagnosis.services import start_export, zip_response


class ExportSerializer(serializers.ModelSerializer):
    """How far an export is. What is not known yet is null."""

    terminal = serializers.BooleanField(read_only=True, help_text="Whether it is made, or given up.")
    size = serializers.IntegerField(read_only=True, allow_null=True, help_text="Of the ZIP, in bytes.")
    expires_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until when the ZIP can be fetched."
    )
    download = serializers.SerializerMethodField(help_text="Where the ZIP is; null where there is none.")

    class Meta:
        model = Export
        fields = (
            "id",
            "status",
            "terminal",
            "photo_count",
            "photos_done",
            "size",
            "created_at",
            "finished_at",
            "expires_at",
            "download",
        )
        read_only_fields = fields

    def get_download(self, export: Export) -> str | None:
        if export.status != Export.Status.DONE:
            return None
        return reverse("api:export-download", [export.pk], request=self.context["request"])


class NewestExport(Api):
    serializer_class = ExportSerializer

    @extend_schema(
        operation_id="me_export_newest",
        tags=["me"],
        responses={200: ExportSerializer, 404: OpenApiResponse(description="There was never one.")},
    )
    def get(self, request: Request) -> Response:
        """How my newest export stands. This starts none."""
        return Response(self.get_serializer(get_object_or_404(Export.objects.of(self.me)[:1])).data)

    @extend_schema(
        tags=["me"],
        request=None,
        responses={202: OpenApiResponse(ExportSerializer, "Queued.")},
        parameters=[OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[202])],
    )
    def post(self, request: Request) -> Response:
        """Export everything. Where an export is being made already, it is the answer."""
        export = start_export(owner=self.me)
        location = reverse("api:export-detail", [export.pk], request=request)
        return Response(self.get_serializer(export).data, status=202, headers={"Location": location})


class ExportDetail(Api):
    serializer_class = ExportSerializer

    @extend_schema(tags=["me"], responses=ExportSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """One export. Ask again every few seconds until `terminal` is true."""
        return Response(self.get_serializer(get_object_or_404(Export.objects.of(self.me), pk=pk)).data)


class ExportDownload(Api):
    content_negotiation_class = AlwaysFile

    @extend_schema(tags=["me"], responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """The ZIP, for seven days or until a newer one is made."""
        return zip_response(get_object_or_404(Export.objects.of(self.me).downloadable(), pk=pk))
