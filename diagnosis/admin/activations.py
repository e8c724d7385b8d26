"""Which version took over when, and why."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from diagnosis.admin.base import NOTHING, ReadOnlyAdmin
from diagnosis.models import Activation


class ForOperators(ReadOnlyAdmin):
    """Seen by who may activate versions, and by nobody else."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("diagnosis.activate_modelversion")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(Activation)
class ActivationAdmin(ForOperators):
    list_display = ["at", "version", "short_reason"]
    list_select_related = ["version"]
    fields = ["at", "version", "reason"]

    @admin.display(description=_("reason"))
    def short_reason(self, activation: Activation) -> str:
        return activation.reason[:80] or NOTHING
