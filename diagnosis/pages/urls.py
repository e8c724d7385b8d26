from django.urls import include, path

urlpatterns = [path("", include("diagnosis.pages.accounts_urls"))]
