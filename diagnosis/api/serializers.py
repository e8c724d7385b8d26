"""What goes in and out. Predictions only ever go out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from diagnosis.api.fields import CropSerializer, CropText, Fraction, TakenAt
from diagnosis.models import Consent, Mole, Photo, Prediction, User
from diagnosis.services import advice_for, has_second_factor


class ThresholdSerializer(serializers.Serializer):
    low = serializers.FloatField(source="threshold_low", help_text="Below it the band is low.")
    raised = serializers.FloatField(source="threshold_raised", help_text="From it on the band is raised.")


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
        help_text="Null for clinical photos too, on which the network was not tested."
    )
    threshold = serializers.SerializerMethodField()
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

    def get_model_version(self, prediction: Prediction) -> str | None:
        return prediction.model_version or None

    def get_reason(self, prediction: Prediction) -> str | None:
        return prediction.reason or None

    def get_advice(self, prediction: Prediction) -> str | None:
        return advice_for(prediction) or None


class PhotoSerializer(serializers.ModelSerializer):
    """One image of a mole at one time, with the newest prediction made of it."""

    mole = serializers.UUIDField(
        source="mole_id", allow_null=True, required=False, help_text="Null: filed under no mole."
    )
    taken_at = TakenAt(allow_null=True, required=False)
    crop = serializers.SerializerMethodField(help_text="The square that the network sees.")
    image = serializers.SerializerMethodField(help_text="Where the JPEG is.")
    thumbnail = serializers.SerializerMethodField(help_text="Where a JPEG of at most 512 pixels is.")
    prediction = PredictionSerializer(source="latest_prediction", read_only=True)

    class Meta:
        model = Photo
        fields = (
            "id",
            "mole",
            "photo_kind",
            "taken_at",
            "created_at",
            "width",
            "height",
            "sha256",
            "crop",
            "image",
            "thumbnail",
            "prediction",
        )
        read_only_fields = ("id", "created_at", "width", "height", "sha256")

    @extend_schema_field(CropSerializer)
    def get_crop(self, photo: Photo) -> dict[str, float]:
        return {"x": photo.crop_x, "y": photo.crop_y, "size": photo.crop_size}

    @extend_schema_field(serializers.URLField())
    def get_image(self, photo: Photo) -> str:
        return reverse("api:photo-image", [photo.pk], request=self.context["request"])

    @extend_schema_field(serializers.URLField())
    def get_thumbnail(self, photo: Photo) -> str:
        return reverse("api:photo-thumbnail", [photo.pk], request=self.context["request"])


class PhotoUploadSerializer(serializers.Serializer):
    # An empty file is the decoder's to refuse, as every other that is no photo.
    image = serializers.FileField(allow_empty_file=True, help_text="JPEG, PNG or WebP, at most 15 MB.")
    taken_at = TakenAt(required=False, help_text="By default what the camera wrote into the file.")
    photo_kind = serializers.ChoiceField(
        choices=Photo.Kind.choices,
        default=Photo.Kind.CLINICAL,
        help_text="Say dermatoscopic only of photos taken through a dermatoscope.",
    )
    crop = CropText(required=False, help_text="The square over the mole; by default the centre.")


class MoleSerializer(serializers.ModelSerializer):
    """What a person follows over time, and where on the body it is."""

    body_x = Fraction(allow_null=True, required=False, help_text="Fraction of the body map's width.")
    body_y = Fraction(allow_null=True, required=False, help_text="Fraction of the body map's height.")
    photo_count = serializers.IntegerField(read_only=True)
    latest_prediction = PredictionSerializer(
        read_only=True, allow_null=True, help_text="The newest prediction of the newest photo."
    )

    class Meta:
        model = Mole
        fields = (
            "id",
            "name",
            "body_site",
            "body_view",
            "body_x",
            "body_y",
            "notes",
            "created_at",
            "photo_count",
            "latest_prediction",
        )


class ConsentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Consent
        fields = ("kind", "text_version", "given_at")
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer):
    mfa_enabled = serializers.SerializerMethodField(help_text="Whether a log-in takes more than a password.")
    consents = ConsentSerializer(many=True, read_only=True)

    class Meta:
        model = User
        fields = ("id", "email", "date_joined", "mfa_enabled", "consents")
        read_only_fields = fields

    def get_mfa_enabled(self, user: User) -> bool:
        return has_second_factor(user)


class CredentialsSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    code = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Of the authenticator app, or a recovery code, where the account is protected by one.",
    )


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class ModelCardSerializer(serializers.Serializer):
    """The model card as data."""

    version = serializers.CharField()
    classes = serializers.ListField(child=serializers.CharField())
    malignant = serializers.ListField(child=serializers.CharField())
    thresholds = serializers.DictField(child=serializers.FloatField())
    metrics = serializers.DictField(help_text="What the evaluation measured, by part; may be empty.")
    licence = serializers.CharField(help_text="Of the weights.")
    data = serializers.DictField(help_text="What it was trained on.")  # type: ignore[assignment]
    card = serializers.CharField(help_text="The model card, Markdown.")
