"""The verbs: keyword-only, each one checks, then one transaction, then work handed over on commit."""

from diagnosis.images import BadImage, Crop
from diagnosis.services.accounts import CONSENT_TEXT_VERSION, record_consent
from diagnosis.services.advice import NEXT_STEP, advice_for
from diagnosis.services.files import jpeg_response, sweep_files
from diagnosis.services.moles import create_mole, delete_mole, update_mole
from diagnosis.services.photos import (
    IdempotencyConflict,
    PhotoChanges,
    Submitted,
    delete_photo,
    submit_photo,
    update_photo,
)
from diagnosis.services.predictions import rerun_prediction, sweep
from diagnosis.services.tokens import (
    IssuedToken,
    LoginRefused,
    end_all_tokens,
    end_token,
    has_second_factor,
    issue_token,
)

__all__ = [
    "CONSENT_TEXT_VERSION",
    "NEXT_STEP",
    "BadImage",
    "Crop",
    "IdempotencyConflict",
    "IssuedToken",
    "LoginRefused",
    "PhotoChanges",
    "Submitted",
    "advice_for",
    "create_mole",
    "delete_mole",
    "delete_photo",
    "end_all_tokens",
    "end_token",
    "has_second_factor",
    "issue_token",
    "jpeg_response",
    "record_consent",
    "rerun_prediction",
    "submit_photo",
    "sweep",
    "sweep_files",
    "update_mole",
    "update_photo",
]
