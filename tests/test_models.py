"""The database refuses impossible rows, whoever writes them."""

import uuid
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import JSONField, Value

from diagnosis.models import (
    Case,
    Consent,
    Event,
    Export,
    Mismatch,
    ModelVersion,
    Mole,
    Photo,
    Prediction,
    Profile,
    ReminderMail,
    ShadowPrediction,
    Share,
    ShareNote,
    User,
)
from diagnosis.models.append_only import Unchanging
from diagnosis.services import create_profile, create_share, leave_note, open_case, record_event
from tests import reading_rows, reminder_rows, review_rows, version_rows
from tests.seen import SEEN

NOW = datetime(2026, 1, 2, tzinfo=UTC)
RESULT = {
    "status": "succeeded",
    "malignancy_probability": 0.4,
    "class_probabilities": {"mel": 0.4, "nv": 0.6},
    "band": "raised",
    "threshold_low": 0.02,
    "threshold_raised": 0.1,
    "model_version": "m-1",
    "finished_at": NOW,
}
JSON_NULL = Value(None, JSONField())
REFUSAL = {"status": "rejected", "reason_code": "too_dark", "reason": "Too dark.", "finished_at": NOW}
CLAIM = {"status": "running", "claim_token": uuid.uuid4(), "lease_until": NOW}
POINT = {"body_view": "front", "body_x": 0.5, "body_y": 0.5}

# A constraint's name, and what it refuses of an otherwise good row.
PREDICTIONS = [
    ("prediction_finished_iff_terminal", {"status": "done", "finished_at": NOW}),
    ("prediction_finished_iff_terminal", {"status": ""}),
    *[("prediction_result_whole", RESULT | {"malignancy_probability": p}) for p in (None, -0.01, 1.01)],
    *[("prediction_result_whole", RESULT | {"band": band}) for band in ("", "high")],
    ("prediction_result_whole", RESULT | {"class_probabilities": None}),
    ("prediction_result_whole", RESULT | {"class_probabilities": JSON_NULL}),
    ("prediction_result_whole", RESULT | {"threshold_low": None}),
    ("prediction_result_whole", RESULT | {"threshold_raised": None}),
    ("prediction_result_whole", RESULT | {"model_version": ""}),
    ("prediction_number_only_on_success", {"malignancy_probability": 0.5}),
    ("prediction_number_only_on_success", {"class_probabilities": {"mel": 1.0}}),
    ("prediction_number_only_on_success", {"band": "low"}),
    ("prediction_number_only_on_success", REFUSAL | {"malignancy_probability": 0.5}),
    ("prediction_number_only_on_success", CLAIM | {"malignancy_probability": 0.5}),
    *[("prediction_seen_only_on_success", {name: value}) for name, value in SEEN.items()],
    *[("prediction_seen_only_on_success", REFUSAL | {name: value}) for name, value in SEEN.items()],
    *[
        ("prediction_seen_is_no_json_null", RESULT | {name: JSON_NULL})
        for name in ("conformal_set", "measurements", "outline", "explanation")
    ],
    ("prediction_seen_in_range", RESULT | {"photo_kind_seen": "drawing"}),
    *[("prediction_seen_in_range", RESULT | {"stability": value}) for value in (-0.01, 1.01)],
    ("prediction_seen_in_range", RESULT | {"distance": -0.01}),
    ("prediction_refusal_has_reason", REFUSAL | {"reason": ""}),
    ("prediction_refusal_has_reason", REFUSAL | {"reason_code": ""}),
    ("prediction_refusal_has_reason", REFUSAL | {"status": "failed", "reason": ""}),
    ("prediction_running_is_claimed", CLAIM | {"claim_token": None}),
    ("prediction_running_is_claimed", CLAIM | {"lease_until": None}),
    ("prediction_finished_iff_terminal", {"finished_at": NOW}),
    ("prediction_finished_iff_terminal", CLAIM | {"finished_at": NOW}),
    ("prediction_finished_iff_terminal", RESULT | {"finished_at": None}),
    ("prediction_finished_iff_terminal", REFUSAL | {"finished_at": None}),
    ("prediction_attempts_capped", {"attempts": 4}),
    ("attempts", {"attempts": -1}),
]
PHOTOS = [
    ("photo_kind_known", {"photo_kind": "drawing"}),
    ("photo_kind_known", {"photo_kind": ""}),
    ("photo_symptoms_listed", {"symptoms": JSON_NULL}),
    ("photo_has_files_and_size", {"image": ""}),
    ("photo_has_files_and_size", {"thumbnail": ""}),
    ("photo_has_files_and_size", {"width": 0}),
    ("photo_has_files_and_size", {"height": 0}),
    *[("photo_crop_on_photo", {name: value}) for name in ("crop_x", "crop_y") for value in (-0.1, 1.1)],
    *[("photo_crop_on_photo", {"crop_size": value}) for value in (0.0, -0.5, 1.1)],
]
MOLES = [
    ("mole_has_name", {"name": ""}),
    *[
        ("mole_body_point_whole", POINT | {name: value})
        for name in ("body_x", "body_y")
        for value in (None, -0.1, 1.1)
    ],
    ("mole_body_point_whole", POINT | {"body_view": ""}),
    ("mole_body_point_whole", POINT | {"body_view": "side"}),
    ("mole_body_point_whole", {"body_view": "front"}),
    ("mole_body_point_whole", {"body_x": 0.5}),
    ("mole_outcome_iff_removed", {"outcome": "benign"}),
    ("mole_outcome_iff_removed", {"removed_on": NOW.date(), "due_on": None}),
    ("mole_outcome_iff_removed", {"removed_on": NOW.date(), "due_on": None, "outcome": "cured"}),
]
PROFILES = [
    ("profile_has_name", {"name": ""}),
    ("profile_birth_year_from_1900", {"birth_year": 1899}),
    ("profile_sex_known", {"sex": "x"}),
    *[("profile_fitzpatrick_known", {"fitzpatrick": value}) for value in (0, 7)],
]
CONSENTS = [
    ("consent_kind_known", {"kind": "fun"}),
    ("consent_kind_known", {"kind": ""}),
    ("consent_has_text_version", {"text_version": ""}),
    ("consent_withdrawn_after_given", {"withdrawn_at": datetime(2999, 1, 1, tzinfo=UTC)}),
    ("consent_withdrawn_after_given", {"kind": "training", "withdrawn_at": NOW}),
]
DONE = {"status": "done", "finished_at": NOW, "file": "exports/a.zip", "size": 9}
EXPORTS = [
    ("export_finished_iff_terminal", {"status": "lost"}),
    ("export_finished_iff_terminal", {"finished_at": NOW}),
    ("export_finished_iff_terminal", DONE | {"finished_at": None}),
    ("export_file_iff_done", DONE | {"file": ""}),
    ("export_file_iff_done", DONE | {"size": None}),
    ("export_file_iff_done", {"file": "exports/a.zip"}),
    ("export_file_iff_done", DONE | {"status": "expired"}),
    ("export_running_is_claimed", CLAIM | {"claim_token": None}),
    ("export_running_is_claimed", CLAIM | {"lease_until": None}),
    ("export_progress_in_range", {"photos_done": 1}),
    ("export_progress_in_range", {"photo_count": 2, "photos_done": 3}),
    ("export_attempts_capped", {"attempts": 4}),
]
SHARES = [
    ("share_expires_after_it_was_made", {"expires_at": NOW}),
    ("share_has_token_hash", {"token_hash": ""}),
]
NOTES = [
    ("share_note_action_known", {"action": ""}),
    ("share_note_action_known", {"action": "pray"}),
    ("share_note_is_signed", {"author": ""}),
    ("share_note_is_signed", {"text": ""}),
]
EVENTS = [
    *[("event_says_what", {name: ""}) for name in ("action", "object_type", "object_id")],
    ("event_details_are_no_json_null", {"details": JSON_NULL}),
]
USERS = [("user_has_email", {"email": ""})]
CASES = {Prediction: PREDICTIONS, Photo: PHOTOS, Mole: MOLES, Consent: CONSENTS, User: USERS}
CASES |= {Share: SHARES, ShareNote: NOTES, Profile: PROFILES, Export: EXPORTS, Event: EVENTS}
# Unique constraints have tests of their own below.
UNIQUE = {"user_email_unique", "photo_idempotency_key_unique", "photo_file_unique"}
UNIQUE |= {"profile_one_self", "profile_name_unique"}  # tests/test_profiles.py
UNIQUE |= {"consent_training_once", "export_one_at_a_time"}
UNIQUE |= version_rows.UNIQUE  # tests/test_models_unique.py
UNIQUE |= set(reading_rows.CONSTRAINTS)  # tests/test_reading_rows.py
REFUSED = [(model, name, change) for model, cases in CASES.items() for name, change in cases]
REFUSED += reminder_rows.REFUSED + review_rows.REFUSED + version_rows.REFUSED


@pytest.fixture
def row(photo, mole, owner):
    """A good row of each model."""
    consent = Consent.objects.create(user=owner, kind="storage", text_version="1")
    share = create_share(owner=owner, moles=[mole]).share
    note = leave_note(share=share, mole=mole, author="Dr A", text="Fine.", action="nothing")
    rows = {Prediction: photo.predictions.get(), Photo: photo, Mole: mole, Consent: consent, User: owner}
    rows |= {Share: share, ShareNote: note, Profile: create_profile(owner=owner, name="Anna")}
    rows[Export] = Export.objects.create(owner=owner)
    rows[Event] = record_event("mole.looked_at", mole)
    rows[ModelVersion] = version = ModelVersion.objects.create(version="m-2", sha256="0" * 64)
    rows[ShadowPrediction] = ShadowPrediction.objects.create(prediction=rows[Prediction], version=version)
    rows[ReminderMail] = ReminderMail.objects.create(user=owner, day=NOW.date())
    rows[Mismatch] = Mismatch.objects.create(photo=photo, kind="looks_wrong", text="It missed the mole.")
    rows[Case] = open_case(photo=photo, prediction=rows[Prediction], why="random")
    return rows.get


def write(instance: models.Model, change: dict) -> None:
    """Past all of Python's checks, as another program or a mistake of ours would. Of what is only ever added,
    another row is written."""
    model = type(instance)
    with transaction.atomic():
        if isinstance(instance, Unchanging):
            columns = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
            values = {name: getattr(instance, name) for name in columns}
            values |= {model._meta.get_field(name).attname: value for name, value in change.items()}
            model._base_manager.bulk_create([model(**values)])
        else:
            model._base_manager.filter(pk=instance.pk).update(**change)


@pytest.mark.parametrize(("model", "name", "change"), REFUSED)
def test_the_database_refuses(model, name, change, row):
    with pytest.raises(IntegrityError, match=name):
        write(row(model), change)


@pytest.mark.parametrize(
    "change",
    [RESULT, RESULT | SEEN, REFUSAL, REFUSAL | {"status": "failed"}, CLAIM, {"attempts": 3}],
)
def test_the_database_takes_each_state_of_a_prediction(change, row):
    write(row(Prediction), change)


@pytest.mark.parametrize("probability", [0, 1])
def test_a_probability_may_be_nought_or_one(probability, row):
    write(row(Prediction), RESULT | {"malignancy_probability": probability})


@pytest.mark.parametrize("change", [POINT, {"body_view": "back", "body_x": 0, "body_y": 1}])
def test_the_database_takes_a_whole_point_on_the_body_map(change, row):
    write(row(Mole), change)


NULL = {
    Prediction: [
        "status",
        "model_version",
        "band",
        "reason",
        "reason_code",
        "advice",
        "photo_kind_seen",
        "attempts",
        "photo",
        "created_at",
    ],
    Photo: [
        "owner",
        "image",
        "thumbnail",
        "width",
        "height",
        "sha256",
        "photo_kind",
        "symptoms",
        "note",
        "crop_x",
        "crop_y",
        "crop_size",
    ],
    Profile: ["owner", "is_self", "name", "sex", "created_at"],
    Mole: ["owner", "profile", "name", "body_view", "body_site", "notes", "outcome", "created_at"],
    Consent: ["user", "kind", "text_version", "given_at"],
    User: ["email", "password"],
    Share: ["owner", "token_hash", "label", "expires_at", "created_at"],
    Event: ["action", "object_type", "object_id", "reason", "request_id", "details"],
    Export: ["owner", "status", "language", "photos_done", "file", "attempts", "created_at"],
    ShareNote: ["share", "mole", "author", "text", "action", "created_at"],
}


NEVER_NULL = reminder_rows.NEVER_NULL + review_rows.NEVER_NULL + version_rows.NEVER_NULL


@pytest.mark.parametrize(
    ("model", "field"),
    [(model, field) for model, fields in NULL.items() for field in fields] + NEVER_NULL,
)
def test_what_must_be_there_is_never_null(model, field, row):
    column = model._meta.get_field(field).column
    with pytest.raises(IntegrityError, match=column):
        write(row(model), {field: None})


def test_every_constraint_has_a_test():
    tested = {name for _, name, _ in REFUSED} | UNIQUE
    there = {
        c.name for model in apps.get_app_config("diagnosis").get_models() for c in model._meta.constraints
    }
    assert there <= tested


# One of a kind ------------------------------------------------------------------------------
