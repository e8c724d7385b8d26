"""What the database refuses of model versions and of what one on trial says; test_models tries each."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from diagnosis.models import ModelVersion, ShadowPrediction

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SAID = {"status": "succeeded", "malignancy_probability": 0.4, "band": "low", "finished_at": NOW}
# A constraint's name, and what it refuses of an otherwise good row.
REFUSED: list[tuple[type[Model], str, dict[str, Any]]] = [
    *[(ModelVersion, "model_version_has_name_and_sha256", {name: ""}) for name in ("version", "sha256")],
    (ModelVersion, "model_version_retired_is_no_shadow", {"shadow": True, "retired_at": NOW}),
    *[
        (ShadowPrediction, "shadow_number_iff_success", SAID | {"malignancy_probability": value})
        for value in (None, -0.01, 1.01)
    ],
    *[(ShadowPrediction, "shadow_number_iff_success", SAID | {"band": band}) for band in ("", "high")],
    (ShadowPrediction, "shadow_number_iff_success", {"malignancy_probability": 0.4}),
    (ShadowPrediction, "shadow_number_iff_success", {"band": "low"}),
    (ShadowPrediction, "shadow_finished_iff_terminal", {"finished_at": NOW}),
    (ShadowPrediction, "shadow_finished_iff_terminal", SAID | {"finished_at": None}),
    (ShadowPrediction, "shadow_finished_iff_terminal", {"status": "rejected"}),
    (ShadowPrediction, "shadow_attempts_capped", {"attempts": 4}),
]
NEVER_NULL: list[tuple[type[Model], str]] = [
    *[(ModelVersion, field) for field in ("version", "sha256", "added_at", "shadow")],
    *[(ShadowPrediction, field) for field in ("prediction", "version", "status", "band", "reason_code")],
    *[(ShadowPrediction, field) for field in ("attempts", "created_at")],
]
UNIQUE = {"model_version_one_shadow", "shadow_once_a_version"}
