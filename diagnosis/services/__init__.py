"""The verbs: keyword-only, each one checks, then one transaction, then work handed over on commit."""

from diagnosis.images import BOUNDS, BadImage, Bounds, Crop
from diagnosis.services.account_events import end_session
from diagnosis.services.accounts import (
    CONSENT_TEXT_VERSION,
    Holdings,
    Receipt,
    Settings,
    delete_account,
    holdings_of,
    record_consent,
    set_training_consent,
    update_settings,
)
from diagnosis.services.advice import (
    NEXT_STEP,
    REVIEW_STEP,
    WITHOUT_BAND,
    advice_for,
    alarm,
    review_leads,
    why_no_band,
)
from diagnosis.services.audit import event_lines, record_event, record_events
from diagnosis.services.case_opening import consider, open_case
from diagnosis.services.deleted import (
    delete_mole,
    delete_photo,
    remove_mole,
    remove_outlived,
    remove_photo,
    restore_mole,
    restore_photo,
)
from diagnosis.services.exports import run_export, start_export, sweep_exports
from diagnosis.services.files import jpeg_response, sweep_files, view_photo, zip_response
from diagnosis.services.mails import REVIEWS, stop_token, user_of_token
from diagnosis.services.manifests import at_prevalence, manifest_of, with_age
from diagnosis.services.mismatches import MOST_REPORTS, report_mismatch
from diagnosis.services.moles import create_mole, update_mole
from diagnosis.services.photos import (
    IdempotencyConflict,
    PhotoChanges,
    Submitted,
    submit_photo,
    update_photo,
)
from diagnosis.services.predictions import rerun_all, rerun_prediction, sweep
from diagnosis.services.profiles import (
    PersonDetails,
    create_profile,
    delete_profile,
    person_details,
    update_profile,
)
from diagnosis.services.reminder_mails import send_reminders
from diagnosis.services.reminders import LONGEST_SNOOZE_DAYS, repair_due, snooze_mole
from diagnosis.services.review_mails import send_review_mails
from diagnosis.services.reviews import (
    CaseGone,
    NotYours,
    Reading,
    claim_case,
    claim_next_case,
    finish_case,
    record_opinion,
    release_expired,
)
from diagnosis.services.said import said
from diagnosis.services.shares import (
    LONGEST_SHARE_DAYS,
    SHARE_DAYS,
    IssuedShare,
    create_share,
    leave_note,
    open_share,
    revoke_share,
)
from diagnosis.services.staff import gave_second_factor, has_outlived
from diagnosis.services.tokens import (
    IssuedToken,
    LoginRefused,
    confirm_identity,
    end_all_tokens,
    end_token,
    has_second_factor,
    issue_token,
)
from diagnosis.services.training_folder import TrainingSetError
from diagnosis.services.training_set import (
    NothingToExport,
    TrainingSet,
    export_training_set,
    refresh_training_set,
)
from diagnosis.services.versions import ChangedMeanwhile, version_of

__all__ = [
    "BOUNDS",
    "CONSENT_TEXT_VERSION",
    "LONGEST_SHARE_DAYS",
    "LONGEST_SNOOZE_DAYS",
    "MOST_REPORTS",
    "NEXT_STEP",
    "REVIEWS",
    "REVIEW_STEP",
    "SHARE_DAYS",
    "WITHOUT_BAND",
    "BadImage",
    "Bounds",
    "CaseGone",
    "ChangedMeanwhile",
    "Crop",
    "Holdings",
    "IdempotencyConflict",
    "IssuedShare",
    "IssuedToken",
    "LoginRefused",
    "NotYours",
    "NothingToExport",
    "PersonDetails",
    "PhotoChanges",
    "Reading",
    "Receipt",
    "Settings",
    "Submitted",
    "TrainingSet",
    "TrainingSetError",
    "advice_for",
    "alarm",
    "at_prevalence",
    "claim_case",
    "claim_next_case",
    "confirm_identity",
    "consider",
    "create_mole",
    "create_profile",
    "create_share",
    "delete_account",
    "delete_mole",
    "delete_photo",
    "delete_profile",
    "end_all_tokens",
    "end_session",
    "end_token",
    "event_lines",
    "export_training_set",
    "finish_case",
    "gave_second_factor",
    "has_outlived",
    "has_second_factor",
    "holdings_of",
    "issue_token",
    "jpeg_response",
    "leave_note",
    "manifest_of",
    "open_case",
    "open_share",
    "person_details",
    "record_consent",
    "record_event",
    "record_events",
    "record_opinion",
    "refresh_training_set",
    "release_expired",
    "remove_mole",
    "remove_outlived",
    "remove_photo",
    "repair_due",
    "report_mismatch",
    "rerun_all",
    "rerun_prediction",
    "restore_mole",
    "restore_photo",
    "review_leads",
    "revoke_share",
    "run_export",
    "said",
    "send_reminders",
    "send_review_mails",
    "set_training_consent",
    "snooze_mole",
    "start_export",
    "stop_token",
    "submit_photo",
    "sweep",
    "sweep_exports",
    "sweep_files",
    "update_mole",
    "update_photo",
    "update_profile",
    "update_settings",
    "user_of_token",
    "version_of",
    "view_photo",
    "why_no_band",
    "with_age",
    "zip_response",
]
