"""The admin's doors: both lead to the site's own log-in, with its limits and second factors."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


def to_index(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Who is logged in needs no form. Django's own would log in as anybody, without a second factor."""
    return redirect(get_next_redirect_url(request) or "admin:index")


def to_password_change(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.login = secure_admin_login(to_index)  # type: ignore[method-assign]
admin.site.password_change = to_password_change  # type: ignore[method-assign,assignment]
admin.site.site_header = _("Skin Cancer Detection: administration")
admin.site.site_title = "Skin Cancer Detection"
admin.site.index_title = _("What is kept")
