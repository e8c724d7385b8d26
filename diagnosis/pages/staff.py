from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from diagnosis.pages.lookup import me, own_page
from diagnosis.services import gave_second_factor

# In the session: which page of the administration to come back to.
CAME_FOR = "staff_came_for"


@require_safe
@own_page
def staff_access(request: HttpRequest) -> HttpResponse:
    """Why the administration asks for a second factor, and where to set it up or use it; then back there."""
    user = me(request)
    if not user.is_staff:
        raise Http404
    if asked := get_next_redirect_url(request):
        request.session[CAME_FOR] = asked
    if gave_second_factor(request=request, user=user):
        return redirect(request.session.pop(CAME_FOR, reverse("admin:index")))
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return render(request, "accounts/staff.html", {"kinds": kinds})
