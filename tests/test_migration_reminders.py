"""What the migration writes into the rows of a site from before there were reminders."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.utils.module_loading import import_string

from diagnosis import migrations
from diagnosis.models import Mole, Photo, User
from tests.test_due import judge

(MODULE,) = Path(migrations.__path__[0]).glob("*_reminders.py")
fill = import_string(f"diagnosis.migrations.{MODULE.stem}.fill")


@pytest.mark.parametrize(
    ("band", "said", "expected"),
    [
        ("low", "dermatoscopic", date(2026, 4, 30)),
        ("raised", "dermatoscopic", date(2026, 2, 28)),
        ("raised", "clinical", date(2026, 4, 30)),
    ],
)
def test_every_mole_gets_the_day_that_the_rules_give(mole, photo, band, said, expected):
    judge(photo.latest_prediction, band)
    Photo.objects.update(taken_at=datetime(2026, 1, 31, 12, tzinfo=UTC), photo_kind=said)
    Mole.objects.update(due_on=None)
    fill(apps, None)
    mole.refresh_from_db()
    assert mole.due_on == expected
    assert Mole.objects.all().refresh_due() == 0


def test_who_agreed_to_an_earlier_text_gets_no_mail_unasked_and_archived_moles_no_day(owner, mole):
    Mole.objects.update(archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    fill(apps, None)
    assert User.objects.get().reminder_mails is False
    assert Mole.objects.get().due_on is None
