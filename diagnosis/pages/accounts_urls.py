from django.urls import path

from diagnosis.pages import account_pages, account_settings, exports, staff

urlpatterns = [
    path("privacy/", account_pages.privacy, name="privacy"),
    path("account/", account_pages.account, name="account"),
    path("account/settings/", account_settings.settings_page, name="account-settings"),
    path("account/delete/", account_pages.delete_page, name="account-delete"),
    path("account/export/", exports.export_page, name="export"),
    path("account/export/<uuid:export_id>/download/", exports.export_download, name="export-download"),
    path("account/consents/training/", account_pages.training_consent, name="consent-training"),
    path("account/staff/", staff.staff_access, name="staff-access"),
    path("account/tokens/<str:token_key>/revoke/", account_pages.revoke_token, name="token-revoke"),
]
