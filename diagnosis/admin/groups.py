"""Groups give rights, so they are for superusers alone, whatever permissions somebody has."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangosGroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from diagnosis.admin.base import ForSuperusers, Recorded
from diagnosis.services import record_event

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(Recorded, ForSuperusers, DjangosGroupAdmin):
    """Those of the roles are made anew by each release: diagnosis/roles.py says what they may do."""

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        with transaction.atomic():
            record_event("group.removed", obj)
            obj.delete()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for group in queryset:
            self.delete_model(request, group)
