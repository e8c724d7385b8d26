"""What goes in and out; results.py holds what a prediction says."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from diagnosis.api.fields import CropSerializer, CropText, Fraction, OwnProfile, Symptoms, TakenAt
from diagnosis.api.results import PredictionSerializer
from diagnosis.models import Consent, Mole, Opinion, Photo, Profile, User
from diagnosis.models.photo import NOTE_LENGTH
from diagnosis.services import LONGEST_SNOOZE_DAYS, has_second_factor


class ReviewSerializer(serializers.Serializer):
    """What a clinician who looked at the photo recommends: no diagnosis, and `nothing` is no all-clear."""

    closed_at = serializers.DateTimeField(help_text="When the clinicians were done.")
    recommendation = serializers.ChoiceField(choices=Opinion.Recommendation.choices)


class PhotoSerializer(serializers.ModelSerializer):
    """One image of a mole at one time, with the newest prediction made of it."""

    mole = serializers.UUIDField(
        source="mole_id", allow_null=True, required=False, help_text="Null: filed under no mole."
    )
    taken_at = TakenAt(allow_null=True, required=False)
    symptoms = Symptoms(required=False)
    crop = serializers.SerializerMethodField(help_text="The square that the network sees.")
    image = serializers.SerializerMethodField(help_text="Where the JPEG is.")
    thumbnail = serializers.SerializerMethodField(help_text="Where a JPEG of at most 512 pixels is.")
    prediction = PredictionSerializer(source="latest_prediction", read_only=True)
    review = ReviewSerializer(
        read_only=True, allow_null=True, help_text="The last one; null where no clinician has looked."
    )

    class Meta:
        model = Photo
        fields = (
            "id",
            "mole",
            "photo_kind",
            "taken_at",
            "symptoms",
            "note",
            "created_at",
            "width",
            "height",
            "sha256",
            "crop",
            "image",
            "thumbnail",
            "prediction",
            "review",
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
    symptoms = Symptoms(required=False)
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=NOTE_LENGTH, help_text="Anything you want to remember."
    )
    crop = CropText(required=False, help_text="The square over the mole; by default the centre.")


class ProfileSerializer(serializers.ModelSerializer):
    """A person whose moles the account follows."""

    mole_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Profile
        fields = ("id", "name", "is_self", "birth_year", "sex", "fitzpatrick", "created_at", "mole_count")
        read_only_fields = ("id", "is_self", "created_at")
        extra_kwargs = {
            "name": {"help_text": "Of the account's owner it may be empty."},
            "is_self": {"help_text": "The account's owner; one of all."},
            "birth_year": {"help_text": "From 1900 to this year."},
            "fitzpatrick": {"help_text": "Skin type, 1 to 6 for I to VI (Fitzpatrick 1988)."},
        }


class ProfileDeletionSerializer(serializers.Serializer):
    """What becomes of the person's moles."""

    move_to = serializers.UUIDField(required=False, help_text="The person to whom the moles go.")
    moles = serializers.ChoiceField(
        choices=["delete"], required=False, help_text="They are deleted too, with their photos."
    )


class MoleSerializer(serializers.ModelSerializer):
    """What a person follows over time, and where on the body it is."""

    profile = OwnProfile(required=False, help_text="Whose it is; by default the account owner's.")
    body_x = Fraction(allow_null=True, required=False, help_text="Fraction of the body map's width.")
    body_y = Fraction(allow_null=True, required=False, help_text="Fraction of the body map's height.")
    archived = serializers.BooleanField(required=False, help_text="Put away; it keeps all it has.")
    photo_count = serializers.IntegerField(read_only=True)
    latest_prediction = PredictionSerializer(
        read_only=True, allow_null=True, help_text="The newest prediction of the newest photo."
    )

    class Meta:
        model = Mole
        fields = (
            "id",
            "profile",
            "name",
            "body_site",
            "body_view",
            "body_x",
            "body_y",
            "notes",
            "archived",
            "removed_on",
            "outcome",
            "reminder_months",
            "due_on",
            "created_at",
            "photo_count",
            "latest_prediction",
        )
        extra_kwargs = {
            "reminder_months": {
                "help_text": "Months from one photo to the next; 0 is never. "
                "Null: 3, or 1 where the newest result shows the raised band."
            },
            "due_on": {
                "read_only": True,
                "help_text": "The day of the next photo, by the account's calendar; null: none is asked for.",
            },
        }


class SnoozeSerializer(serializers.Serializer):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_SNOOZE_DAYS, help_text="From today.")


class ConsentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Consent
        fields = ("kind", "text_version", "given_at", "withdrawn_at")
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer):
    mfa_enabled = serializers.SerializerMethodField(help_text="Whether a log-in takes more than a password.")
    allows_training = serializers.BooleanField(
        read_only=True, help_text="Whether photos may be used for training; off unless given."
    )
    consents = ConsentSerializer(many=True, read_only=True)

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "date_joined",
            "time_zone",
            "language",
            "reminder_mails",
            "review_mails",
            "mfa_enabled",
            "allows_training",
            "consents",
        )
        read_only_fields = ("id", "email", "date_joined", "allows_training")
        extra_kwargs = {
            "time_zone": {"help_text": "A name of the IANA list, such as Europe/Berlin. Empty: the site's."},
            "language": {"help_text": "Of mails. Empty: the site's."},
            "reminder_mails": {"help_text": "Whether a mail says which moles are due."},
            "review_mails": {
                "help_text": "Whether a mail says that a clinician has looked at a photo, from now on."
            },
        }

    def get_mfa_enabled(self, user: User) -> bool:
        return has_second_factor(user)


class GivenSerializer(serializers.Serializer):
    given = serializers.BooleanField(help_text="False takes the consent back.")


class ConfirmationSerializer(serializers.Serializer):
    """That it is really the account's owner who asks."""

    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    code = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Of the authenticator app, or a recovery code, where the account is protected by one.",
    )


class CredentialsSerializer(ConfirmationSerializer):
    email = serializers.EmailField(max_length=254)


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
