"""The schema, and Swagger's page over it: served from here, nothing inline, nothing from another host."""

from typing import Any

from django.utils import translation
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from diagnosis.api import schema as schema  # registers the ways to authenticate


class SchemaView(SpectacularAPIView):
    """In English for everybody: names of choices would be the only part of it that is translated."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with translation.override("en"):
            return super().get(request, *args, **kwargs)


schema_view = SchemaView.as_view()
docs_view = SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html")
