"""What the database refuses of mismatches and of mails on reviews; test_models tries each."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from diagnosis.models import Case, Mismatch, User

LABORATORY = {"kind": "histology", "outcome": "benign"}
# A constraint's name, and what it refuses of an otherwise good row.
REFUSED: list[tuple[type[Model], str, dict[str, Any]]] = [
    *[
        (Mismatch, "mismatch_says_what", change)
        for change in (
            {"kind": "fun"},
            {"text": ""},
            {"outcome": "benign"},
            {"diagnosis": "nv"},
            {"kind": "histology"},
            LABORATORY | {"outcome": "unknown"},
            LABORATORY | {"diagnosis": "unknown"},
            LABORATORY | {"diagnosis": "wart"},
        )
    ],
    (Case, "case_tell_attempts_capped", {"tell_attempts": 6}),
    (User, "user_review_mails_since", {"review_mails": True}),
    (User, "user_review_mails_since", {"review_mails_since": datetime(2026, 1, 2, tzinfo=UTC)}),
]
NEVER_NULL: list[tuple[type[Model], str]] = [
    *[(Mismatch, field) for field in ("photo", "kind", "outcome", "diagnosis", "text", "created_at")],
    (Case, "tell_attempts"),
    (User, "review_mails"),
]
