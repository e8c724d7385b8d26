from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("diagnosis.pages.urls")),
    path("api/v1/", include("diagnosis.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

# allauth asks for it where a limit is reached.
handler429 = "diagnosis.pages.accounts.too_many_requests"
handler400 = "skinsite.errors.bad_request"
handler403 = "skinsite.errors.permission_denied"
handler404 = "skinsite.errors.page_not_found"
handler500 = "skinsite.errors.server_error"
