"""A case is one reader's at a time: the claim, its end, and which cases there are."""

import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from diagnosis.models import Case, Mole, Opinion, Prediction
from diagnosis.services import (
    NotYours,
    claim_case,
    claim_next_case,
    consider,
    finish_case,
    release_expired,
)
from diagnosis.services.reviews.opening import _lot
from diagnosis.tasks import release_expired_task
from tests.readers import actions, make_reader, read, run_out, say

# Whose it is ----------------------------------------------------------------------------------


def test_a_claim_lasts_a_quarter_of_an_hour_and_keeps_others_away(case, reader, second):
    claimed = claim_case(case=case, reader=reader)
    assert claimed.claimed_until - claimed.claimed_at == timedelta(minutes=15)
    with pytest.raises(NotYours):
        claim_case(case=case, reader=second)
    assert claim_next_case(reader=second) is None
    assert actions()[-1] == "case.claimed"


def test_claimed_again_the_time_begins_anew_but_not_the_clock(case, reader):
    first = claim_case(case=case, reader=reader)
    Case.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    again = claim_case(case=case, reader=reader)
    assert again.claimed_at == first.claimed_at
    assert again.claimed_until > timezone.now() + timedelta(minutes=14)
    assert actions().count("case.claimed") == 1


def test_the_next_case_is_the_readers_own_or_the_first_that_is_free(make_case, reader, second):
    cases = [make_case() for _ in range(3)]
    assert claim_next_case(reader=reader) == cases[0]
    assert claim_next_case(reader=second) == cases[1]
    assert claim_next_case(reader=reader) == cases[0]
    say(cases[0], reader)
    assert claim_next_case(reader=reader) == cases[2]


def test_nobody_reads_their_own_photo_or_the_same_case_twice(case, owner, reader, make_case):
    assert claim_next_case(reader=owner) is None
    with pytest.raises(NotYours):
        claim_case(case=case, reader=owner)
    read(case, reader)
    assert case.status == "second"
    assert claim_next_case(reader=reader) is None


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_claim_that_ran_out_is_anybodys(case, reader, second, when):
    claim_case(case=case, reader=reader)
    run_out(case)
    if when == "before":
        assert (release_expired(), release_expired()) == (1, 0)
    assert claim_case(case=case, reader=second).claimed_by == second
    assert actions()[-3:] == ["case.claimed", "case.released", "case.claimed"]
    with pytest.raises(NotYours):
        say(case, reader)


def test_a_claim_that_ran_out_holds_as_long_as_nobody_wants_the_case(case, reader):
    claim_case(case=case, reader=reader)
    run_out(case)
    assert say(case, reader).seconds >= 16 * 60


def test_what_somebody_said_before_they_went_away_counts(case, reader, second):
    """It may close the case, so that nobody can claim it any more."""
    claim_case(case=case, reader=reader)
    say(case, reader, diagnosis="mel", recommendation="urgent")
    run_out(case)
    with pytest.raises(NotYours):
        claim_case(case=case, reader=second)
    case.refresh_from_db()
    assert (case.status, case.diagnosis, case.claimed_by) == ("closed", "mel", None)
    assert actions()[-1] == "case.closed"


def test_the_first_opinion_gives_time_for_the_second(case, reader):
    claim_case(case=case, reader=reader)
    Case.objects.update(claimed_until=timezone.now() + timedelta(seconds=30))
    say(case, reader)
    case.refresh_from_db()
    assert case.claimed_until > timezone.now() + timedelta(minutes=14)


def test_a_claim_that_runs_is_not_released(case, reader):
    claim_case(case=case, reader=reader)
    assert release_expired() == 0
    case.refresh_from_db()
    assert case.claimed_by == reader


def test_who_finishes_somebody_elses_case_ends_nothing(case, reader, second):
    claim_case(case=case, reader=reader)
    finish_case(case=case, reader=second)
    case.refresh_from_db()
    assert case.claimed_by == reader


def test_beat_has_claims_released_every_minute():
    entry = current_app.conf.beat_schedule["release-expired"]
    assert (entry["task"], entry["schedule"]) == ("diagnosis.release_expired_task", 60)
    assert entry["task"] == release_expired_task.name


@pytest.mark.django_db(transaction=True)
def test_of_eight_readers_at_once_each_gets_another_case_or_none(make_case):
    for _ in range(3):
        make_case()
    readers = [make_reader(f"reader{number}@example.org", "read_case") for number in range(8)]
    start = threading.Barrier(8)

    def claim(reader):
        try:
            start.wait()
            return claim_next_case(reader=reader)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        claimed = [case.pk for case in threads.map(claim, readers) if case]
    assert len(claimed) == len(set(claimed)) == 3
    assert actions().count("case.claimed") == 3


@pytest.mark.django_db(transaction=True)
def test_of_eight_opinions_at_once_one_is_stored(case, reader):
    claim_case(case=case, reader=reader)
    start = threading.Barrier(8)

    def give(number):
        try:
            start.wait()
            say(case, reader, note=str(number))
        except ValidationError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(give, range(8)))
    assert stored.count(True) == Opinion.objects.count() == 1
    assert actions().count("opinion.added") == 1


# Which photos come to be read -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("band", "share", "why"),
    [("raised", "raised", "raised"), ("unclear", "unclear", "unclear"), ("low", "low", "random")],
)
def test_a_share_of_each_band_comes_to_be_read(settings, photo, succeeded, band, share, why):
    succeeded(photo.predictions.get(), 0.5, band)
    settings.REVIEW_SHARES = dict.fromkeys(("raised", "unclear", "rejected", "low"), 1.0) | {share: 0.0}
    assert consider(prediction=photo.predictions.get()) is None
    settings.REVIEW_SHARES = dict.fromkeys(("raised", "unclear", "rejected", "low"), 0.0) | {share: 1.0}
    case = consider(prediction=photo.predictions.get())
    assert (case.why, case.status) == (why, "waiting")
    # Asked again, it is open already.
    assert consider(prediction=photo.predictions.get()) is None
    assert actions() == ["case.opened"]


def test_of_many_low_ones_about_the_share_is_drawn():
    """2,000 ids, of which 100 are expected and 60 to 140 are within four standard deviations."""
    ids = random.Random(1)
    rows = [Prediction(id=uuid.UUID(int=ids.getrandbits(128), version=4)) for _ in range(2000)]
    assert 60 <= sum(_lot(row) < 0.05 for row in rows) <= 140


def test_the_queue_keeps_cases_of_one_mole_together_at_the_first_ones_place(make_case, owner, reader):
    other = Mole.objects.create(owner=owner, name="another")
    first, early, late, alone = (
        make_case(),
        make_case(mole=other),
        make_case(),
        make_case(mole=None),
    )
    ordered = list(Case.objects.seen_by(reader, senior=False).in_turn_by_mole())
    assert ordered == [first, late, early, alone]
    assert [one.of_mole for one in ordered] == [2, 2, 1, 1]
