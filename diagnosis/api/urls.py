from django.urls import path

from diagnosis.api import (
    accounts,
    deleted,
    docs,
    exports,
    mismatches,
    model,
    moles,
    photos,
    predictions,
    profiles,
)

app_name = "api"

urlpatterns = [
    path("auth/token/", accounts.TokenView.as_view(), name="auth-token"),
    path("auth/logout/", accounts.LogoutView.as_view(), name="auth-logout"),
    path("auth/logoutall/", accounts.LogoutAllView.as_view(), name="auth-logoutall"),
    path("me/", accounts.MeView.as_view(), name="me"),
    path("me/consents/training/", accounts.TrainingConsentView.as_view(), name="consent-training"),
    path("me/export/", exports.NewestExport.as_view(), name="export"),
    path("me/export/<uuid:pk>/", exports.ExportDetail.as_view(), name="export-detail"),
    path("me/export/<uuid:pk>/download/", exports.ExportDownload.as_view(), name="export-download"),
    path("deleted/", deleted.DeletedList.as_view(), name="deleted"),
    path("moles/<uuid:pk>/restore/", deleted.MoleRestore.as_view(), name="mole-restore"),
    path("photos/<uuid:pk>/restore/", deleted.PhotoRestore.as_view(), name="photo-restore"),
    path("moles/", moles.MoleList.as_view(), name="mole-list"),
    path("moles/<uuid:pk>/", moles.MoleDetail.as_view(), name="mole-detail"),
    path("moles/<uuid:pk>/snooze/", moles.MoleSnooze.as_view(), name="mole-snooze"),
    path("moles/<uuid:pk>/photos/", photos.MolePhotoList.as_view(), name="mole-photos"),
    path("profiles/", profiles.ProfileList.as_view(), name="profile-list"),
    path("profiles/<uuid:pk>/", profiles.ProfileDetail.as_view(), name="profile-detail"),
    path("photos/", photos.PhotoList.as_view(), name="photo-list"),
    path("photos/<uuid:pk>/", photos.PhotoDetail.as_view(), name="photo-detail"),
    path("photos/<uuid:pk>/image/", photos.PhotoFile.as_view(), name="photo-image"),
    path("photos/<uuid:pk>/thumbnail/", photos.PhotoThumbnail.as_view(), name="photo-thumbnail"),
    path("photos/<uuid:pk>/predictions/", predictions.PhotoPredictions.as_view(), name="photo-predictions"),
    path("photos/<uuid:pk>/mismatches/", mismatches.PhotoMismatches.as_view(), name="photo-mismatches"),
    path("predictions/<uuid:pk>/", predictions.PredictionDetail.as_view(), name="prediction-detail"),
    path("model/", model.ModelView.as_view(), name="model"),
    path("schema/", docs.schema_view, name="schema"),
    path("docs/", docs.docs_view, name="docs"),
]
