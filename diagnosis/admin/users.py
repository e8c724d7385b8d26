from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import NOTHING, DeletableAdmin, ReadOnlyAdmin, ReadOnlyInline, Recorded, link
from diagnosis.admin.moles import PhotoInline
from diagnosis.models import AuthToken, Consent, Mole, Prediction, ReminderMail, User
from diagnosis.services import delete_account, end_token

SETTINGS = ("time_zone", "language", "reminder_mails", "review_mails")
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class ConsentInline(ReadOnlyInline):
    model = Consent
    fields = ("kind", "text_version", "given_at", "withdrawn_at")
    readonly_fields = fields


class MoleInline(ReadOnlyInline):
    model = Mole
    fields = ("name", "body_site", "created_at")
    readonly_fields = fields


@admin.register(User)
class UserAdmin(Recorded, DeletableAdmin):
    """Accounts are made by signing up, with consents; here they are closed, opened and given rights.

    Who is no superuser may close and open those of people who are not staff, and no more.
    """

    list_display = ["email", "is_active", "is_staff", "mole_count", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "date_joined"]
    date_hierarchy = "date_joined"
    ordering = ["email"]
    search_fields = ["id__exact", "email"]
    search_help_text = _("Address or id")
    fieldsets = [
        (None, {"fields": ["email", "id", "date_joined", "last_login", "predictions", "is_active"]}),
        (_("Settings"), {"fields": [*SETTINGS, "last_reminder_mail"]}),
        (_("Rights"), {"fields": RIGHTS, "classes": ["collapse"]}),
    ]
    readonly_fields = [
        "email",
        "id",
        "date_joined",
        "last_login",
        "predictions",
        *SETTINGS,
        "last_reminder_mail",
    ]
    inlines = [ConsentInline, MoleInline, PhotoInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = admin.ModelAdmin.has_change_permission(self, request, obj)
        return may and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, obj: User | None) -> bool:
        """Staff are closed and deleted by superusers alone."""
        return request.user.is_superuser or not (obj and (obj.is_staff or obj.is_superuser))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Rights are given by superusers alone, or staff could make themselves one."""
        if request.user.is_superuser:
            return list(self.readonly_fields)
        return [*self.readonly_fields, *RIGHTS]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return (
            super()
            .get_queryset(request)
            .annotate(mole_count=Count("moles", filter=Q(moles__deleted_at=None)))
        )

    @admin.display(description=_("moles"), ordering="mole_count")
    def mole_count(self, user: User) -> int:
        return user.mole_count  # type: ignore[attr-defined]

    @admin.display(description=_("predictions"))
    def predictions(self, user: User) -> SafeString:
        url = reverse("admin:diagnosis_prediction_changelist")
        count = Prediction.objects.of(user).count()
        return format_html(
            '<a href="{}?photo__owner__id__exact={}">{}</a>',
            url,
            user.pk,
            gettext("all %(count)s") % {"count": count},
        )

    @admin.display(description=_("last reminder mail"))
    def last_reminder_mail(self, user: User) -> str:
        """Where somebody got none: when one was sent last, or what became of it."""
        mail = ReminderMail.objects.filter(user=user).first()
        if not mail:
            return NOTHING
        what = {"day": f"{mail.day:%Y-%m-%d}", "status": mail.get_status_display()}
        return gettext("for %(day)s: %(status)s") % what

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(user=obj)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "text_version", "given_at", "withdrawn_at"]
    list_display_links = ["kind"]
    list_filter = ["kind", "text_version", "given_at", "withdrawn_at"]
    list_select_related = ["user"]
    date_hierarchy = "given_at"
    search_fields = ["user__email"]
    search_help_text = _("Address")


@admin.register(AuthToken)
class AuthTokenAdmin(DeletableAdmin):
    """Revoked here by deleting; made by logging in at the API alone."""

    list_display = ["begins_with", "user", "created", "expiry"]
    list_display_links = None
    list_filter = ["created", "expiry"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    search_help_text = _("Address")
    fields = ["begins_with", "user_link", "created", "expiry"]
    readonly_fields = ["begins_with", "user_link", "created"]

    @admin.display(description=_("begins with"))
    def begins_with(self, token: AuthToken) -> str:
        return f"{token.token_key[:8]}…"

    @admin.display(description=_("user"))
    def user_link(self, token: AuthToken) -> SafeString | str:
        return link(token.user)

    def delete_model(self, request: HttpRequest, obj: AuthToken) -> None:
        end_token(token=obj)
