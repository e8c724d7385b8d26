"""The verbs: keyword-only, each one checks, then one transaction, then work handed over on commit."""

from diagnosis.images import BadImage, Crop
from diagnosis.services.accounts import CONSENT_TEXT_VERSION, record_consent
from diagnosis.services.files import sweep_files
from diagnosis.services.moles import create_mole, delete_mole, update_mole
from diagnosis.services.photos import (
    IdempotencyConflict,
    Submitted,
    delete_photo,
    submit_photo,
    update_photo,
)
from diagnosis.services.predictions import rerun_prediction, sweep

__all__ = [
    "CONSENT_TEXT_VERSION",
    "BadImage",
    "Crop",
    "IdempotencyConflict",
    "Submitted",
    "create_mole",
    "delete_mole",
    "delete_photo",
    "record_consent",
    "rerun_prediction",
    "submit_photo",
    "sweep",
    "sweep_files",
    "update_mole",
    "update_photo",
]
