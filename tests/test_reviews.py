"""What readers say of a case, and how far that brings it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from diagnosis.models import Case, Opinion
from diagnosis.services import (
    CaseGone,
    NotYours,
    claim_case,
    claim_next_case,
    delete_account,
    delete_mole,
    delete_photo,
    finish_case,
    release_expired,
)
from diagnosis.services.reviews.reading import standing
from tests.readers import actions, read, say

# Where opinions leave a case ------------------------------------------------------------------

A, B, S = "a", "b", "s"


def said(reader: str, diagnosis: str, recommendation: str = "nothing", stage: str = "blind") -> Opinion:
    return Opinion(
        reader_id=reader, diagnosis=diagnosis, recommendation=recommendation, stage=stage, confidence=2
    )


@pytest.mark.parametrize(
    ("opinions", "model_malignant", "expected"),
    [
        # Nobody has said anything.
        ([], True, ("waiting", "", "")),
        # One reader agrees with the model, or the model gave no clear word.
        ([said(A, "mel", "urgent")], True, ("closed", "mel", "urgent")),
        ([said(A, "akiec", "see_doctor")], True, ("closed", "akiec", "see_doctor")),
        ([said(A, "nv")], False, ("closed", "nv", "nothing")),
        ([said(A, "bcc", "see_doctor")], None, ("closed", "bcc", "see_doctor")),
        ([said(A, "unknown", "rephotograph")], None, ("closed", "", "rephotograph")),
        # One reader disagrees, or can't tell where the model could.
        ([said(A, "nv")], True, ("second", "", "")),
        ([said(A, "mel")], False, ("second", "", "")),
        ([said(A, "unknown")], True, ("second", "", "")),
        ([said(A, "unknown")], False, ("second", "", "")),
        # One reader comes round to the model, or leaves it, at the sight of the prediction.
        ([said(A, "nv"), said(A, "mel", "urgent", "revealed")], True, ("second", "", "")),
        ([said(A, "mel"), said(A, "nv", "nothing", "revealed")], True, ("second", "", "")),
        ([said(A, "mel"), said(A, "bcc", "urgent", "revealed")], True, ("closed", "bcc", "urgent")),
        ([said(A, "nv"), said(A, "mel", "urgent", "revealed")], None, ("closed", "mel", "urgent")),
        # The last word of a reader counts.
        (
            [said(A, "nv"), said(A, "mel", "urgent", "revealed"), said(B, "mel")],
            True,
            ("closed", "mel", "urgent"),
        ),
        (
            [said(A, "nv"), said(A, "mel", "urgent", "revealed"), said(B, "nv")],
            True,
            ("disputed", "", ""),
        ),
        # Two name the same class: the more careful recommendation holds.
        ([said(A, "nv"), said(B, "nv", "rephotograph")], True, ("closed", "nv", "rephotograph")),
        ([said(A, "nv", "urgent"), said(B, "nv", "see_doctor")], True, ("closed", "nv", "urgent")),
        ([said(A, "unknown"), said(B, "unknown", "see_doctor")], True, ("closed", "", "see_doctor")),
        # Two name different classes, be both harmless.
        ([said(A, "nv"), said(B, "mel")], True, ("disputed", "", "")),
        ([said(A, "nv"), said(B, "bkl")], True, ("disputed", "", "")),
        # A senior reader has the last word, whatever the others said.
        (
            [said(A, "nv", "urgent"), said(B, "mel"), said(S, "bkl", "nothing", "settling")],
            True,
            ("closed", "bkl", "nothing"),
        ),
        (
            [said(A, "nv"), said(B, "mel"), said(S, "unknown", "urgent", "settling")],
            True,
            ("closed", "", "urgent"),
        ),
    ],
)
def test_where_opinions_leave_a_case(opinions, model_malignant, expected):
    now = standing(opinions, model_malignant)
    assert (now.status, now.diagnosis, now.recommendation) == expected


# What is said of it ---------------------------------------------------------------------------


def test_an_opinion_knows_its_seconds(case, reader):
    claim_case(case=case, reader=reader)
    Case.objects.update(claimed_at=timezone.now() - timedelta(seconds=40))
    first = say(case, reader)
    assert first.seconds == pytest.approx(40, abs=5)
    assert say(case, reader, "revealed").seconds == pytest.approx(0, abs=5)


@pytest.mark.parametrize("stage", ["revealed", "settling", "later", ""])
def test_the_first_opinion_is_a_blind_one(case, reader, stage):
    claim_case(case=case, reader=reader)
    with pytest.raises(ValidationError):
        say(case, reader, stage)
    assert not Opinion.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"diagnosis": "wart"}, {"confidence": 4}, {"quality": ""}, {"recommendation": "pray"}],
)
def test_what_is_not_offered_is_refused(case, reader, wrong):
    claim_case(case=case, reader=reader)
    with pytest.raises(ValidationError):
        say(case, reader, **wrong)
    assert not Opinion.objects.exists()


def test_nothing_is_said_twice_and_nothing_is_overwritten(case, reader):
    claim_case(case=case, reader=reader)
    first = say(case, reader)
    with pytest.raises(ValidationError):
        say(case, reader, diagnosis="mel")
    say(case, reader, "revealed", diagnosis="mel", recommendation="urgent")
    assert [one.diagnosis for one in case.opinions.all()] == ["nv", "mel"]
    with pytest.raises(TypeError):
        first.save()


def test_who_has_not_claimed_it_says_nothing(case, reader, second):
    with pytest.raises(NotYours):
        say(case, reader)
    claim_case(case=case, reader=second)
    with pytest.raises(NotYours):
        say(case, reader)
    assert not Opinion.objects.exists()


def test_two_readers_disagree_and_a_senior_settles(case, reader, second, senior):
    assert read(case, reader).status == "second"
    assert read(case, second, diagnosis="mel", recommendation="urgent").status == "disputed"
    assert claim_next_case(reader=senior) is None
    for one in (reader, second):
        with pytest.raises(NotYours):
            claim_case(case=case, reader=one)
    claim_case(case=case, reader=senior)
    with pytest.raises(ValidationError):
        say(case, senior, "blind")
    say(case, senior, "settling", diagnosis="bkl", recommendation="see_doctor")
    case.refresh_from_db()
    assert (case.status, case.diagnosis, case.recommendation) == ("closed", "bkl", "see_doctor")
    assert Counter(actions()) == Counter(
        {"case.opened": 1, "case.claimed": 3, "opinion.added": 3}
        | {"case.second": 1, "case.disputed": 1, "case.closed": 1}
    )


# What happens meanwhile -----------------------------------------------------------------------


@pytest.mark.parametrize("what", ["photo", "mole", "account"])
@pytest.mark.parametrize("verb", ["claim", "say", "finish"])
def test_what_is_deleted_meanwhile_is_no_case_any_more(case, reader, owner, mole, what, verb):
    if verb != "claim":
        claim_case(case=case, reader=reader)
    before = actions()
    if what == "photo":
        delete_photo(photo=case.photo)
    elif what == "mole":
        delete_mole(mole=mole)
    else:
        delete_account(user=owner)
    verbs = {"claim": claim_case, "say": say, "finish": finish_case}
    with pytest.raises(CaseGone):
        verbs[verb](case=case, reader=reader)
    assert release_expired() == 0
    assert claim_next_case(reader=reader) is None
    assert not Opinion.objects.exists()
    assert actions() == before


def test_an_opinion_outlives_its_readers_account(case, reader, second):
    read(case, reader)
    pk = reader.pk
    delete_account(user=reader)
    assert Opinion.objects.get().reader_id == pk
    assert read(case, second).status == "closed"
