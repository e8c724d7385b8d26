"""What a prediction says. It only ever goes out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from diagnosis.api.fields import Fraction
from diagnosis.models import Photo, Prediction
from diagnosis.services import advice_for, at_prevalence, said


class ThresholdSerializer(serializers.Serializer):
    low = serializers.FloatField(source="threshold_low", help_text="Below it the band is low.")
    raised = serializers.FloatField(source="threshold_raised", help_text="From it on the band is raised.")


class MeasurementsSerializer(serializers.Serializer):
    """What was measured inside the outline that the network drew. The probability does not come from it."""

    area_share = Fraction(help_text="Share of the square that is mole.")
    diameter = serializers.FloatField(help_text="The largest, in widths of the whole photo.")
    asymmetry_major = Fraction(help_text="Share of the area without a counterpart across the long axis.")
    asymmetry_minor = Fraction(help_text="The same across the short axis.")
    irregularity = serializers.FloatField(help_text="Perimeter squared by 4 pi times area: 1 is a circle.")
    colour_variation = serializers.FloatField(
        help_text="Root mean square CIELAB distance (Delta E 1976) from the mean colour inside."
    )
    contrast = serializers.FloatField(
        allow_null=True,
        help_text="The same distance between inside and the skin around; null where there is no skin.",
    )
    mean_colour = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=255),
        min_length=3,
        max_length=3,
        help_text="Inside, sRGB.",
    )
    cut_off = serializers.BooleanField(
        help_text="The outline touches the square's edge: area and diameter are at least this."
    )


class PredictionSerializer(serializers.ModelSerializer):
    """One model version's output for one photo. It is not a diagnosis. What is not known yet is null."""

    terminal = serializers.BooleanField(read_only=True, help_text="Whether the status is final.")
    malignancy_probability = serializers.FloatField(
        read_only=True, allow_null=True, help_text="The sum of the malignant classes, calibrated."
    )
    class_probabilities = serializers.DictField(
        child=serializers.FloatField(), read_only=True, allow_null=True
    )
    band = serializers.SerializerMethodField(
        help_text="Null too for photos of a kind on which it was not tested; `advice` says why."
    )
    threshold = serializers.SerializerMethodField()
    photo_kind_seen = serializers.SerializerMethodField(
        help_text="What the network sees. The band shows only where the photo's own `photo_kind` and this "
        "are dermatoscopic."
    )
    stability = serializers.FloatField(
        read_only=True,
        allow_null=True,
        help_text="Standard deviation of the malignancy probability over turned, mirrored and nearer views.",
    )
    distance = serializers.FloatField(
        read_only=True,
        allow_null=True,
        help_text="How far the photo lies from those of the training: about 1 for one like them.",
    )
    conformal_set = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        allow_null=True,
        help_text="The classes, most probable first, that together held the true one in 90% of the "
        "validation photos.",
    )
    measurements = MeasurementsSerializer(read_only=True, allow_null=True)
    outline = serializers.ListField(
        child=serializers.ListField(child=Fraction(), min_length=2, max_length=2),
        read_only=True,
        allow_null=True,
        help_text="Of the mole: a closed polygon of [x, y], fractions of the square.",
    )
    explanation = serializers.ListField(
        child=serializers.ListField(child=Fraction()),
        read_only=True,
        allow_null=True,
        help_text="Where the network looked, not why: rows of a grid over the square, from its top; 1 where "
        "most spoke for malignancy.",
    )
    at_prevalence = serializers.SerializerMethodField(
        help_text="Not validated: the probability at the share of malignant moles that this site's operators "
        "set; null where they set none. No band depends on it."
    )
    model_version = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(
        help_text="Why there is no probability, or why it takes longer."
    )
    advice = serializers.SerializerMethodField(help_text="What to do next.")

    class Meta:
        model = Prediction
        fields = (
            "id",
            "photo",
            "status",
            "terminal",
            "malignancy_probability",
            "band",
            "class_probabilities",
            "threshold",
            "photo_kind_seen",
            "stability",
            "distance",
            "conformal_set",
            "measurements",
            "outline",
            "explanation",
            "at_prevalence",
            "model_version",
            "reason",
            "advice",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Prediction.Band.choices, allow_null=True))
    def get_band(self, prediction: Prediction) -> str | None:
        return prediction.shown_band or None

    @extend_schema_field(ThresholdSerializer(allow_null=True))
    def get_threshold(self, prediction: Prediction) -> dict[str, Any] | None:
        return None if prediction.threshold_low is None else ThresholdSerializer(prediction).data

    @extend_schema_field(serializers.ChoiceField(choices=Photo.Kind.choices, allow_null=True))
    def get_photo_kind_seen(self, prediction: Prediction) -> str | None:
        return prediction.photo_kind_seen or None

    def get_at_prevalence(self, prediction: Prediction) -> float | None:
        return at_prevalence(prediction)

    def get_model_version(self, prediction: Prediction) -> str | None:
        return prediction.model_version or None

    def get_reason(self, prediction: Prediction) -> str | None:
        return said(prediction.reason) or None

    def get_advice(self, prediction: Prediction) -> str | None:
        return advice_for(prediction) or None
