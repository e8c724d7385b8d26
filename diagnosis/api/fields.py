"""Values of strangers that need more care than REST framework's own fields take."""

import json
import math
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from diagnosis.models import Photo, Profile
from diagnosis.services import Crop

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class Fraction(serializers.FloatField):
    """A number from 0 to 1; no infinity, which JSON's 1e999 is, and no NaN."""

    def __init__(self, **kwargs: Any):
        super().__init__(min_value=0, max_value=1, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class TakenAt(serializers.DateTimeField):
    """A moment since photos are taken of moles: year 1 overflows in another time zone."""

    default_error_messages = {"too_early": _("The photo can't have been taken before 1900.")}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if moment < EARLIEST:
            self.fail("too_early")
        return moment


class OwnProfile(serializers.PrimaryKeyRelatedField):
    """A person of the account that asks, by its id; anybody else's do not exist."""

    default_error_messages = {"does_not_exist": _("There is no such person.")}

    def __init__(self, **kwargs: Any):
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", Profile.objects.all())
        super().__init__(pk_field=serializers.UUIDField(), **kwargs)

    def get_queryset(self) -> Any:
        return Profile.objects.of(self.context["request"].user)


class Symptoms(serializers.ListField):
    """What the person notices of the mole; in a multipart form the field is sent once for each."""

    def __init__(self, **kwargs: Any):
        child = serializers.ChoiceField(choices=Photo.Symptom.choices)
        help_text = "What you notice. With any of them the advice is to see a doctor, whatever the number."
        super().__init__(child=child, help_text=help_text, max_length=len(Photo.Symptom), **kwargs)


class CropSerializer(serializers.Serializer):
    x = Fraction(help_text="Centre, as a fraction of the photo's width.")
    y = Fraction(help_text="Centre, as a fraction of the photo's height.")
    size = Fraction(help_text="Side, as a fraction of the photo's shorter side.")


@extend_schema_field({"type": "string", "example": '{"x": 0.5, "y": 0.5, "size": 1.0}'})
class CropText(serializers.Field):
    """The square over the mole, as JSON text in a multipart form."""

    default_error_messages = {
        "invalid": _('Send the square as JSON, such as {{"x": 0.5, "y": 0.5, "size": 1.0}}.'),
    }

    def to_internal_value(self, data: Any) -> Crop:
        try:
            crop = CropSerializer(data=json.loads(data))
        except (TypeError, ValueError, RecursionError):
            self.fail("invalid")
        crop.is_valid(raise_exception=True)
        return Crop(**crop.validated_data)
