"""One shape for every error: {"error": {"code", "message", "details"}}."""

import logging
import math
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import IntegrityError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from diagnosis.services import BadImage, IdempotencyConflict, LoginRefused, said

logger = logging.getLogger(__name__)

NON_FIELD = "non_field_errors"
LOGIN_STATUS = {"account_inactive": 403, "email_not_confirmed": 403, "too_many_attempts": 429}


class ApiError(exceptions.APIException):
    """An error with its own status and code."""

    def __init__(self, status: int, code: str, message: str, *, wait: int | None = None):
        super().__init__(message, code)
        self.status_code = status
        self.wait = wait
        self.auth_header = "Token" if status == 401 else None


def one_shape(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to any error that a view raised; None (a 500) for what nobody foresaw."""
    error = _translated(error)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return None
    response.data = _body(error)
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(math.ceil(wait))
    return response


def error_body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": details or {}}}


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        details = error.detail if isinstance(error.detail, dict) else {NON_FIELD: error.detail}
        return error_body("invalid", _summary(details), details)
    return error_body(str(error.get_codes()), str(error.detail))


def _translated(error: Exception) -> Exception:
    """What services and Django raise, as an error with a status."""
    match error:
        case BadImage():
            return ApiError(415 if error.code == "unsupported_type" else 422, error.code, said(error.message))
        case IdempotencyConflict():
            return ApiError(
                422, "idempotency_conflict", _("This Idempotency-Key was used before, for another photo.")
            )
        case LoginRefused():
            status = LOGIN_STATUS.get(error.code, 401)
            return ApiError(status, error.code, error.message, wait=error.wait)
        case ValidationError():
            return exceptions.ValidationError(_field_messages(error))
        case Http404():
            return exceptions.NotFound(_("There is nothing here, or it is not yours."))
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return ApiError(413, "too_large", _("The body is too large."))
        case MultiPartParserError() | BadRequest() | SuspiciousOperation() | UnreadablePostError():
            return ApiError(400, "bad_request", _("The request could not be read. Send it again."))
        case IntegrityError():
            # What a row points at was removed in the same moment: no fault of anybody's, but told.
            logger.exception("The database refused a row.")
            return ApiError(409, "conflict", _("Something changed at the same moment. Try again."))
    return error


def _field_messages(error: ValidationError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {NON_FIELD: error.messages}
    return {
        NON_FIELD if name == NON_FIELD_ERRORS else name: messages
        for name, messages in error.message_dict.items()
    }


def _summary(details: dict[str, Any]) -> str:
    """The first thing that is wrong, as a sentence that names the field."""
    name, problem = next(iter(details.items()), ("", _("The request is not valid.")))
    while isinstance(problem, dict | list) and problem:
        problem = next(iter(problem.values())) if isinstance(problem, dict) else problem[0]
    return str(problem) if name in ("", NON_FIELD) else f"{name}: {problem}"
