from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("diagnosis.pages.urls")),
    path("api/v1/", include("diagnosis.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
