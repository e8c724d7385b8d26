"""Groups give rights, so they are for superusers alone, whatever permissions somebody has."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangosGroupAdmin
from django.contrib.auth.models import Group

from diagnosis.admin.base import ForSuperusers

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ForSuperusers, DjangosGroupAdmin):
    """Those of the roles are made anew by each release: diagnosis/roles.py says what they may do."""
