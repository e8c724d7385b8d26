"""The admin's doors: both lead to the site's own log-in, with its limits and second factors. And its pages
that are no table's."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.functional import Promise
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


def add_pages(
    *,
    title: str | Promise,
    slug: str,
    route: str,
    permission: str,
    urls: Callable[[], list[URLPattern]],
) -> None:
    """Pages of our own under /admin/, which check the permission themselves. Index and side bar link to
    `route`, named by `title`, for who has it."""
    get_urls, get_app_list = admin.site.get_urls, admin.site.get_app_list

    def with_pages() -> list[Any]:
        return [*urls(), *get_urls()]

    def with_link(request: HttpRequest, app_label: str | None = None) -> list[Any]:
        listed = list(get_app_list(request, app_label))
        if app_label is None and request.user.has_perm(permission):
            address = reverse(route)
            link = {"name": title, "object_name": slug, "admin_url": address, "view_only": True}
            listed.append({"name": title, "app_label": slug, "app_url": address, "models": [link]})
        return listed

    admin.site.get_urls = with_pages  # type: ignore[method-assign]
    admin.site.get_app_list = with_link  # type: ignore[method-assign]
