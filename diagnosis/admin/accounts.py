"""allauth's rows, without their secrets."""

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import DeletableAdmin, ReadOnly
from diagnosis.services import end_session

admin.site.unregister([EmailAddress, Authenticator, UserSession])


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnly, AllauthEmailAddressAdmin):
    """An address is confirmed by hand where the mail can't arrive."""

    list_display = ["email", "user", "primary", "verified"]
    list_display_links = None
    list_select_related = ["user"]
    search_help_text = _("Address")

    def has_verify_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.action(description=_("Mark as confirmed"), permissions=["verify"])
    def make_verified(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> None:
        super().make_verified(request, queryset)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return ["email", "user__email"]


@admin.register(Authenticator)
class AuthenticatorAdmin(DeletableAdmin):
    """Deleted here for somebody who has lost a phone or key. The secrets are not shown."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_display_links = ["type"]
    list_filter = ["type", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    search_help_text = _("Address")
    fields = ["user", "type", "created_at", "last_used_at"]

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        obj.delete()


@admin.register(UserSession)
class UserSessionAdmin(DeletableAdmin):
    """Deleting one logs that browser out."""

    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_display_links = ["ip"]
    list_filter = ["created_at", "last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    search_help_text = _("Address or IP")
    fields = ["user", "ip", "user_agent", "created_at", "last_seen_at"]

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        end_session(session=obj)
