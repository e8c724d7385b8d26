"""A photo arrives: read the form strictly, hand it to the one service."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from diagnosis.api.errors import ApiError
from diagnosis.api.serializers import PhotoUploadSerializer
from diagnosis.models import Mole, User
from diagnosis.services import Submitted, submit_photo

MAX_KEY = 255


def receive(request: Request, owner: User, mole: Mole | None) -> Submitted:
    """Store the photo of the form. Raises what `submit_photo` raises, `ValidationError`, `ApiError`."""
    _check_one_file(request)
    form = PhotoUploadSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = dict(form.validated_data)
    return submit_photo(
        owner=owner, mole=mole, file=fields.pop("image"), idempotency_key=_idempotency_key(request), **fields
    )


def _check_one_file(request: Request) -> None:
    names = [name for name in request.FILES for _ in request.FILES.getlist(name)]
    if len(names) > 1:
        raise ApiError(400, "two_files", _("Send one photo at a time."))
    if names != ["image"]:
        raise ApiError(400, "no_file", _("Send the photo as the file `image` of a multipart form."))


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        problem = _("Use at most %(count)s printable ASCII characters.") % {"count": MAX_KEY}
        raise ValidationError({"Idempotency-Key": [problem]})
    return key
