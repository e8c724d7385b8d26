"""What staff must have done before the administration opens: logged in today, with a second factor."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from diagnosis.services import gave_second_factor, has_outlived

# Whoever can't enter yet may still log in and out.
OPEN = ("login", "logout")


class StaffMiddleware:
    """Ends sessions of staff after `STAFF_SESSION_HOURS`, and asks them for a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_staff and has_outlived(request=request):
            logout(request)
            messages.info(request, _("As staff you log in anew for each day’s work. Please log in again."))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Stands before every view of the administration, whoever adds it and whatever its method."""
        match, user = request.resolver_match, request.user
        if match is None or match.app_name != "admin" or match.url_name in OPEN:
            return None
        if not (user.is_authenticated and user.is_staff) or gave_second_factor(request=request, user=user):
            return None
        came_for = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("admin:index")
        return redirect(f"{reverse('staff-access')}?{urlencode({'next': came_for})}")
