"""Who asks: a program with a token, or the site's own pages with their session."""

from typing import Any

import knox.auth
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions

from diagnosis.models import AuthToken, User


class TokenAuthentication(knox.auth.TokenAuthentication):
    """`Authorization: Token ...`"""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        """Raises `AuthenticationFailed`, for bytes that no token has too."""
        if not token.isalnum():
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        return super().authenticate_credentials(token)


class SessionAuthentication(authentication.SessionAuthentication):
    """The site's session cookie; what changes something needs the CSRF token too."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(str(error.detail), code="csrf_failed") from error
