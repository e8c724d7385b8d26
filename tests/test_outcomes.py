"""A mole's outcome after removal sends its newest judged photo to be read, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Case, Mole, Photo
from diagnosis.services import update_mole
from tests.readings import looked


@pytest.fixture
def judged(make_photo: Any, mole: Mole, succeeded: Any) -> Photo:
    """The newest photo that says something; a newer one still waits, an older one was judged too."""
    older, newer, waiting = (
        make_photo(mole=mole, taken_at=timezone.now() - timedelta(days=days)) for days in (30, 20, 10)
    )
    succeeded(older.latest_prediction, 0.3, "raised")
    succeeded(newer.latest_prediction, 0.01, "low")
    assert not waiting.latest_prediction.terminal
    return newer


def removed(mole: Mole, outcome: str) -> None:
    day = timezone.localdate() - timedelta(days=1) if outcome else None
    update_mole(mole=Mole.objects.get(pk=mole.pk), removed_on=day, outcome=outcome)


@pytest.mark.parametrize("outcome", ["benign", "malignant"])
def test_an_outcome_sends_the_newest_judged_photo_to_be_read_once(mole, judged, outcome):
    removed(mole, outcome)
    case = Case.objects.get()
    assert (case.photo, case.why) == (judged, "histology")
    looked(judged, "nothing")
    removed(mole, outcome)  # said again
    update_mole(mole=Mole.objects.get(pk=mole.pk), notes="Something else.")
    assert Case.objects.count() == 1


def test_another_outcome_is_another_reason_to_look(mole, judged):
    removed(mole, "benign")
    looked(judged, "nothing")
    removed(mole, "malignant")
    assert Case.objects.count() == 2


@pytest.mark.parametrize("outcome", ["unknown", ""])
def test_what_says_nothing_sends_nothing(mole, judged, outcome):
    removed(mole, outcome)
    assert not Case.objects.exists()


def test_a_mole_without_any_judged_photo_sends_nothing(mole, photo):
    removed(mole, "benign")
    assert not Case.objects.exists()
    assert Mole.objects.get().outcome == "benign"


def test_the_removal_page_and_the_api_record_it_alike(owner_client, mole, judged):
    day = timezone.localdate() - timedelta(days=1)
    owner_client.post(reverse("mole-removal", args=[mole.pk]), {"removed_on": day, "outcome": "benign"})
    looked(judged, "nothing")
    answer = owner_client.patch(
        f"/api/v1/moles/{mole.pk}/", {"outcome": "malignant"}, content_type="application/json"
    )
    assert answer.status_code == 200
    assert list(Case.objects.values_list("why", flat=True)) == ["histology"] * 2
