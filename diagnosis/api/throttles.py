from typing import Any

from rest_framework.throttling import UserRateThrottle


class UploadThrottle(UserRateThrottle):
    """A limit of its own for what stores a photo."""

    scope = "upload"

    def allow_request(self, request: Any, view: Any) -> bool:
        return request.method != "POST" or super().allow_request(request, view)
