"""The OpenAPI schema: how to authenticate, and the errors that every call can answer."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

METHODS = ("get", "post", "put", "patch", "delete")
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string", "description": "For programs.", "example": "invalid"},
                "message": {"type": "string", "description": "What is wrong and what to do, for people."},
                "details": {"type": "object", "additionalProperties": {}, "description": "By field."},
            },
        }
    },
}
DESCRIPTIONS = {
    "400": "A value is not allowed, or the body can't be read.",
    "401": "No valid token or session.",
    "403": "The CSRF token is missing (with a session cookie).",
    "404": "There is nothing here, or it is not yours.",
    "409": "Something changed at the same moment.",
    "411": "The body has no Content-Length.",
    "413": "The body is too large.",
    "415": "The body, or the file in it, is of a type that is not read.",
    "422": "The photo can't be used, or the Idempotency-Key belongs to another photo.",
    "429": "Too many requests.",
    "503": "Not available at the moment.",
}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "diagnosis.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and what `POST /api/v1/auth/token/` gave.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "diagnosis.api.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def add_errors(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Adds to every operation a summary and the errors it can answer, all in the one shape."""
    result["components"]["schemas"]["Error"] = ERROR
    for path, item in result["paths"].items():
        for method in METHODS:
            if operation := item.get(method):
                operation["summary"] = operation["description"].split(".")[0]
                _add_errors(path, operation)
    return result


def _add_errors(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in _statuses(path, operation):
        told = responses.get(status, {}).get("description")
        responses[status] = _error(status, told or DESCRIPTIONS[status])
    operation["responses"] = dict(sorted(responses.items()))


def _statuses(path: str, operation: dict[str, Any]) -> set[str]:
    body = operation.get("requestBody", {}).get("content", {})
    parameters = {parameter["in"] for parameter in operation.get("parameters", [])}
    known = {"429", *(operation["responses"].keys() & DESCRIPTIONS.keys())}
    if operation.get("security") and {} not in operation["security"]:
        known |= {"401"} | ({"403"} if body or "204" in operation["responses"] else set())
    if "path" in parameters:
        known |= {"404"}
    if body:
        known |= {"400", "411", "413", "415"}
    if "query" in parameters:
        known |= {"400"}
    if "multipart/form-data" in body:
        known |= {"409", "422"}
    return known


def _error(status: str, description: str) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if status == "429":
        seconds = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
        response["headers"] = {"Retry-After": seconds}
    return response
