from django.urls import path

from diagnosis.pages import account_pages

urlpatterns = [
    path("privacy/", account_pages.privacy, name="privacy"),
    path("account/", account_pages.account, name="account"),
    path("account/delete/", account_pages.delete_page, name="account-delete"),
    path("account/tokens/<str:token_key>/revoke/", account_pages.revoke_token, name="token-revoke"),
]
