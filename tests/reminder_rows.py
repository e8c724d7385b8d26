"""What the database refuses of reminders and settings; test_models tries each."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from diagnosis.models import Mole, ReminderMail, User

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DUE = {"due_on": NOW.date()}
# A constraint's name, and what it refuses of an otherwise good row.
REFUSED: list[tuple[type[Model], str, dict[str, Any]]] = [
    *[(Mole, "mole_reminder_months_known", {"reminder_months": months}) for months in (4, 24)],
    (Mole, "mole_due_only_where_reminded", DUE | {"archived_at": NOW}),
    (Mole, "mole_due_only_where_reminded", DUE | {"removed_on": NOW.date(), "outcome": "unknown"}),
    (Mole, "mole_due_only_where_reminded", DUE | {"reminder_months": 0}),
    (User, "user_language_known", {"language": "fr"}),
    (ReminderMail, "reminder_mail_sent_iff_timed", {"status": "sent"}),
    (ReminderMail, "reminder_mail_sent_iff_timed", {"status": "lost"}),
    (ReminderMail, "reminder_mail_sent_iff_timed", {"status": "sending", "sent_at": NOW}),
    (ReminderMail, "reminder_mail_sent_iff_timed", {"status": "refused", "sent_at": NOW}),
    *[(ReminderMail, "reminder_mail_attempts_capped", {"attempts": attempts}) for attempts in (0, 6)],
]
NEVER_NULL: list[tuple[type[Model], str]] = [
    *[(User, field) for field in ("time_zone", "language", "reminder_mails")],
    *[(ReminderMail, field) for field in ("day", "status", "attempts")],
]
