"""Tokens, and the account they stand for."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from diagnosis.api.base import Api
from diagnosis.api.errors import ApiError
from diagnosis.api.serializers import (
    ConfirmationSerializer,
    CredentialsSerializer,
    GivenSerializer,
    MeSerializer,
    TokenSerializer,
)
from diagnosis.models import AuthToken
from diagnosis.services import (
    confirm_identity,
    delete_account,
    end_all_tokens,
    end_token,
    issue_token,
    set_training_consent,
    update_settings,
)


class TokenView(Api):
    """Exchange address and password for a token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = CredentialsSerializer

    @extend_schema(
        tags=["auth"],
        responses={
            200: TokenSerializer,
            401: OpenApiResponse(description="`invalid_credentials`, `mfa_required` or `mfa_invalid`."),
            403: OpenApiResponse(description="`account_inactive` or `email_not_confirmed`."),
        },
    )
    def post(self, request: Request) -> Response:
        """A new token, given only where a log-in would be."""
        credentials = self.get_serializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        issued = issue_token(request=request._request, **credentials.validated_data)
        return Response(TokenSerializer(issued).data)


class LogoutView(Api):
    @extend_schema(tags=["auth"], request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this token."""
        if not isinstance(request.auth, AuthToken):
            raise ApiError(400, "no_token", _("This came with the site's session. Log out on the site."))
        end_token(token=request.auth)
        return Response(status=204)


class LogoutAllView(Api):
    @extend_schema(tags=["auth"], request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End every token of this account."""
        end_all_tokens(user=self.me)
        return Response(status=204)


class MeView(Api):
    @extend_schema(tags=["me"], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The account."""
        return Response(MeSerializer(self.me).data)

    @extend_schema(tags=["me"], request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change the time zone, the language of mails, or which mails are sent."""
        serializer = MeSerializer(self.me, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_settings(user=self.me, **serializer.validated_data)
        return Response(MeSerializer(self.me).data)

    @extend_schema(
        tags=["me"],
        responses={
            204: None,
            401: OpenApiResponse(description="`invalid_credentials`, `mfa_required` or `mfa_invalid`."),
        },
    )
    def delete(self, request: Request) -> Response:
        """Delete the account with everything in it, for good. The JSON body confirms who asks: `password`,
        and `code` where the account has a second factor. A receipt goes to the account's address.
        """
        confirmation = ConfirmationSerializer(data=request.data)
        confirmation.is_valid(raise_exception=True)
        confirm_identity(request=request._request, user=self.me, **confirmation.validated_data)
        delete_account(user=self.me)
        return Response(status=204)


class TrainingConsentView(Api):
    http_method_names = ["put"]
    serializer_class = GivenSerializer

    @extend_schema(tags=["me"], responses=MeSerializer)
    def put(self, request: Request) -> Response:
        """Allow the use of my photos for training, or take that back. The answer is the account."""
        said = self.get_serializer(data=request.data)
        said.is_valid(raise_exception=True)
        set_training_consent(user=self.me, given=said.validated_data["given"])
        return Response(MeSerializer(self.me).data)
