from django.urls import include, path

from diagnosis.pages import compare, home, moles, new_model, photos, predictions, shares, uploads

urlpatterns = [
    path("", home.home, name="home"),
    path("help/", home.help_page, name="help"),
    path("model/", home.about_model, name="about-model"),
    path("moles/", moles.mole_list, name="mole-list"),
    path("moles/new-model/", new_model.new_model_page, name="new-model"),
    path("moles/add/", moles.mole_add, name="mole-add"),
    path("moles/<uuid:mole_id>/", moles.mole_page, name="mole"),
    path("moles/<uuid:mole_id>/edit/", moles.mole_edit, name="mole-edit"),
    path("moles/<uuid:mole_id>/delete/", moles.mole_delete, name="mole-delete"),
    path("moles/<uuid:mole_id>/archive/", moles.mole_archive, name="mole-archive"),
    path("moles/<uuid:mole_id>/removal/", moles.mole_removal, name="mole-removal"),
    path("moles/<uuid:mole_id>/compare/", compare.compare_page, name="mole-compare"),
    path("moles/<uuid:mole_id>/photos/add/", uploads.photo_add, name="photo-add"),
    path("moles/<uuid:mole_id>/report/", shares.mole_report, name="mole-report"),
    path("shares/", shares.share_list, name="share-list"),
    path("shares/add/", shares.share_add, name="share-add"),
    path("shares/<uuid:share_id>/revoke/", shares.share_revoke, name="share-revoke"),
    path("s/<str:token>/", shares.shared_page, name="shared"),
    path("s/<str:token>/photos/<uuid:photo_id>/", shares.shared_image, name="shared-image"),
    path("check/", uploads.quick_check, name="quick-check"),
    path("photos/", photos.photo_list, name="photo-list"),
    path("photos/<uuid:photo_id>/", photos.photo_page, name="photo"),
    path("photos/<uuid:photo_id>/delete/", photos.photo_delete, name="photo-delete"),
    path("photos/<uuid:photo_id>/image/", photos.photo_image, name="photo-image"),
    path("photos/<uuid:photo_id>/thumbnail/", photos.photo_thumbnail, name="photo-thumbnail"),
    path("photos/<uuid:photo_id>/rerun/", photos.photo_rerun, name="photo-rerun"),
    path("predictions/<uuid:prediction_id>/", predictions.prediction_page, name="prediction"),
    path("", include("diagnosis.pages.accounts_urls")),
]
