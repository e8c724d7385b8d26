"""What the database refuses of cases and opinions; test_reading_rows tries each."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CLOSED: dict[str, Any] = {
    "status": "closed",
    "closed_at": NOW,
    "recommendation": "nothing",
    "diagnosis": "nv",
}
CLAIM: dict[str, Any] = {"claimed_at": NOW, "claimed_until": NOW.replace(minute=15)}
# A constraint's name, and what it refuses of an otherwise good row. Of a claim, who made it is added.
CASES: list[tuple[str, dict[str, Any]]] = [
    *[("case_why_known", {"why": why}) for why in ("", "because")],
    *[("case_closed_is_whole", {"status": status}) for status in ("", "lost", "closed")],
    *[
        ("case_closed_is_whole", {"status": "second"} | {name: CLOSED[name]})
        for name in CLOSED
        if name != "status"
    ],
    ("case_closed_is_whole", {"told_at": NOW}),
    ("case_closed_is_whole", CLOSED | {"closed_at": None}),
    *[("case_closed_is_whole", CLOSED | {"recommendation": what}) for what in ("", "pray")],
    *[("case_closed_is_whole", CLOSED | {"diagnosis": what}) for what in ("unknown", "wart")],
]
CLAIMS: list[dict[str, Any]] = [
    {"claimed_at": None, "claimed_until": None},
    CLAIM | {"claimed_at": None},
    CLAIM | {"claimed_until": None},
    CLAIM | {"claimed_until": NOW},
]
OPINIONS: list[tuple[str, dict[str, Any]]] = [
    *[("opinion_words_known", {"stage": stage}) for stage in ("", "later")],
    *[("opinion_words_known", {"diagnosis": what}) for what in ("", "wart")],
    *[("opinion_words_known", {"confidence": number}) for number in (0, 4)],
    *[("opinion_words_known", {"quality": what}) for what in ("", "fine")],
    *[("opinion_words_known", {"recommendation": what}) for what in ("", "pray")],
    ("opinion_takes_time", {"seconds": -0.1}),
]
CONSTRAINTS = {
    "case_why_known",
    "case_closed_is_whole",
    "case_claim_has_times",
    "case_open_once_for_a_photo",
    "opinion_words_known",
    "opinion_takes_time",
    "opinion_once_a_stage",
    "opinion_settles_once",
}
