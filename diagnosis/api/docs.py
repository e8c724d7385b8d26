"""The schema, and Swagger's page over it: served from here, nothing inline, nothing from another host."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from diagnosis.api import schema as schema  # registers the ways to authenticate

schema_view = SpectacularAPIView.as_view()
docs_view = SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html")
