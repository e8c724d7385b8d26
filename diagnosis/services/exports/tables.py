"""What an export holds: of every model that belongs to a person each column, or why it is left out.

A test fails when a model gets a column, or a person a model, that is named here neither way.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from diagnosis.models import (
    AuthToken,
    Case,
    Consent,
    Export,
    Mismatch,
    Mole,
    Opinion,
    Photo,
    Prediction,
    Profile,
    ReminderMail,
    Share,
    ShareNote,
    ShareOpening,
    User,
)
from diagnosis.services.exports.rows import Table, photo_entry

YOURS = "it is you"
SECRET = "a secret, or what is made of one"  # noqa: S105 - the reason, not the secret
RIGHTS = "what the site lets its staff do"
OF_THE_QUEUE = "how the work was shared out among the site's processes"
WHO_READ = "who read it, and how: it is of the reader, not of you"
ID = {"id": "a number that nothing else here refers to"}

TABLES = (
    Table(
        "account",
        User,
        "pk",
        (
            "id",
            "email",
            "first_name",
            "last_name",
            "date_joined",
            "last_login",
            "is_active",
            "is_staff",
            "time_zone",
            "language",
            "reminder_mails",
            "review_mails",
            "review_mails_since",
        ),
        {
            "password": SECRET,
            "is_superuser": RIGHTS,
            "groups": RIGHTS,
            "user_permissions": RIGHTS,
        },
    ),
    Table("email_addresses", EmailAddress, "user", ("email", "verified", "primary"), ID | {"user": YOURS}),
    Table(
        "consents",
        Consent,
        "user",
        ("id", "kind", "text_version", "given_at", "withdrawn_at"),
        {"user": YOURS},
    ),
    Table(
        "profiles",
        Profile,
        "owner",
        ("id", "is_self", "name", "birth_year", "sex", "fitzpatrick", "created_at", "deleted_at"),
        {"owner": YOURS},
    ),
    Table(
        "moles",
        Mole,
        "owner",
        (
            "id",
            "profile",
            "name",
            "body_site",
            "body_view",
            "body_x",
            "body_y",
            "notes",
            "archived_at",
            "removed_on",
            "outcome",
            "reminder_months",
            "snoozed_until",
            "due_on",
            "reminded_on",
            "created_at",
            "deleted_at",
        ),
        {"owner": YOURS},
        {"recently_deleted": lambda mole: mole.deleted_at is not None},
    ),
    Table(
        "last_reminder_mail",
        ReminderMail,
        "user",
        ("day", "status", "attempts", "sent_at"),
        {"user": YOURS},
    ),
    Table(
        "photos",
        Photo,
        "owner",
        (
            "id",
            "mole",
            "photo_kind",
            "symptoms",
            "note",
            "taken_at",
            "created_at",
            "width",
            "height",
            "sha256",
            "original_format",
            "crop_x",
            "crop_y",
            "crop_size",
            "deleted_at",
        ),
        {
            "owner": YOURS,
            "image": "the column `file` names it in the ZIP",
            "thumbnail": "the same photo, smaller",
            "idempotency_key": "by it the site knew the same upload again",
        },
        {
            "recently_deleted": lambda photo: bool(
                photo.deleted_at or (photo.mole and photo.mole.deleted_at)
            ),
            "file": photo_entry,
        },
        related=("mole",),
        photo="id",
    ),
    Table(
        "predictions",
        Prediction,
        "photo__owner",
        (
            "id",
            "photo",
            "status",
            "model_version",
            "malignancy_probability",
            "class_probabilities",
            "band",
            "threshold_low",
            "threshold_raised",
            "photo_kind_seen",
            "stability",
            "distance",
            "conformal_set",
            "measurements",
            "outline",
            "explanation",
            "reason_code",
            "reason",
            "advice",
            "created_at",
            "started_at",
            "finished_at",
        ),
        dict.fromkeys(("attempts", "claim_token", "lease_until", "rung_at"), OF_THE_QUEUE),
        {"band_shown": lambda prediction: prediction.shown_band},
        related=("photo",),
        photo="photo",
    ),
    Table(
        "mismatches",
        Mismatch,
        "photo__owner",
        ("id", "photo", "kind", "outcome", "diagnosis", "text", "created_at"),
        photo="photo",
    ),
    Table(
        "reviews",
        Case,
        "photo__owner",
        (
            "id",
            "photo",
            "prediction",
            "why",
            "status",
            "created_at",
            "diagnosis",
            "recommendation",
            "closed_at",
            "told_at",
        ),
        dict.fromkeys(("claimed_by", "claimed_at", "claimed_until"), WHO_READ)
        | {"due_at": "its place in the readers' queue", "tell_attempts": OF_THE_QUEUE},
        photo="photo",
    ),
    Table(
        "opinions",
        Opinion,
        "case__photo__owner",
        ("id", "case", "stage", "diagnosis", "confidence", "quality", "recommendation", "note", "created_at"),
        {"reader": WHO_READ, "seconds": WHO_READ},
        {"photo": lambda opinion: opinion.case.photo_id},
        related=("case",),
        photo="photo",
    ),
    Table(
        "shares",
        Share,
        "owner",
        ("id", "label", "created_at", "expires_at", "revoked_at"),
        {"owner": YOURS, "token_hash": SECRET, "moles": "the table share_moles has them"},
    ),
    Table("share_moles", Share.moles.through, "share__owner", ("share", "mole"), ID),
    Table("share_openings", ShareOpening, "share__owner", ("share", "opened_at"), ID),
    Table(
        "share_notes",
        ShareNote,
        "share__owner",
        ("id", "share", "mole", "author", "text", "action", "created_at"),
    ),
    Table(
        "sessions",
        UserSession,
        "user",
        ("ip", "user_agent", "created_at", "last_seen_at"),
        ID | {"user": YOURS, "session_key": SECRET, "data": "what the log-in keeps for itself"},
    ),
    Table(
        "second_factors",
        Authenticator,
        "user",
        ("type", "created_at", "last_used_at"),
        ID | {"user": YOURS, "data": SECRET},
    ),
    Table(
        "api_tokens",
        AuthToken,
        "user",
        ("created", "expiry"),
        {"user": YOURS, "digest": SECRET, "token_key": SECRET},
    ),
    Table(
        "exports",
        Export,
        "owner",
        ("id", "status", "created_at", "finished_at", "photo_count", "size"),
        dict.fromkeys(("photos_done", "attempts", "claim_token", "lease_until", "rung_at"), OF_THE_QUEUE)
        | {"owner": YOURS, "started_at": OF_THE_QUEUE, "language": "of its README"}
        | {"file": "the ZIP itself"},
    ),
)

# Rows that hang on a person too, but say nothing of them.
LEFT_OUT_MODELS = {
    "account.EmailConfirmation": SECRET,
    "admin.LogEntry": "what staff did in the administration; it belongs to the site",
    "diagnosis.ShadowPrediction": "of a model version on trial, which nobody is shown",
    "diagnosis.User_groups": RIGHTS,
    "diagnosis.User_user_permissions": RIGHTS,
}
