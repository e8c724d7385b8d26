from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from knox.settings import knox_settings

from diagnosis.models import AuthToken
from diagnosis.models.deleted import GRACE
from diagnosis.models.export import KEPT_FOR
from diagnosis.pages.account_forms import DeleteAccountForm
from diagnosis.pages.lookup import me, own_page
from diagnosis.services import (
    CONSENT_TEXT_VERSION,
    SHARE_DAYS,
    delete_account,
    end_token,
    has_second_factor,
    holdings_of,
    set_training_consent,
)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, where and for how long: the text that people consent to at sign-up."""
    context = {
        "text_version": CONSENT_TEXT_VERSION,
        "session_days": settings.SESSION_COOKIE_AGE // (24 * 3600),
        "token_days": knox_settings.TOKEN_TTL.days,
        "share_days": SHARE_DAYS,
        "deleted_days": GRACE.days,
        "export_days": KEPT_FOR.days,
    }
    return render(request, "accounts/privacy.html", context)


@require_safe
@own_page
def account(request: HttpRequest) -> HttpResponse:
    user = me(request)
    tokens = AuthToken.objects.filter(user=user, expiry__gt=timezone.now())
    consents = list(user.consents.all())
    context = {
        "consents": consents,
        "training": next((one for one in consents if one.allows_training), None),
        "tokens": tokens,
        "second_factor": has_second_factor(user),
        "token_days": knox_settings.TOKEN_TTL.days,
    }
    return render(request, "accounts/account.html", context)


@require_POST
@own_page
def training_consent(request: HttpRequest) -> HttpResponse:
    """Allows use for training, or ends it. Anything but a clear yes is a no."""
    given = request.POST.get("given") == "yes"
    set_training_consent(user=me(request), given=given)
    said = (
        _("Your photos may be used for training from now on. You can take this back here at any time.")
        if given
        else _("Your photos are not used for training from now on.")
    )
    messages.success(request, said)
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
@reauthentication_required
def delete_page(request: HttpRequest) -> HttpResponse:
    """Says what would go; then, to who logged in just now and means it, what went."""
    form = DeleteAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        receipt = delete_account(user=me(request))
        logout(request)
        return render(request, "accounts/deleted.html", {"receipt": receipt})
    context = {"form": form, "holdings": holdings_of(user=me(request))}
    return render(request, "accounts/delete.html", context, status=422 if form.errors else 200)


@require_POST
@own_page
def revoke_token(request: HttpRequest, token_key: str) -> HttpResponse:
    end_token(token=get_object_or_404(AuthToken, user=me(request), token_key=token_key))
    messages.success(request, _("The token was revoked. Programs that use it can't get in any more."))
    return redirect("account")
