"""Which rows the statistics are made of: each once, and none that would bend them."""

from datetime import timedelta

import pytest

from diagnosis.models import Case, Mole, Photo, Prediction, User
from diagnosis.services import delete_photo
from diagnosis.statistics.accuracy import Called, Judged
from diagnosis.statistics.collection import (
    Period,
    calibrated,
    judged_moles,
    opened_and_closed,
    predictions,
    read_moles,
    readings,
    seconds,
    strata,
    waiting,
)
from diagnosis.statistics.drift import Stratum
from tests.statistics_rows import (
    PERIOD,
    START,
    close,
    judge,
    laboratory,
    make_mole,
    make_photo,
    moment,
    open_case,
    reject,
    removed,
    say,
)

TESTED, OTHER = ("one-1", True), ("one-1", False)


@pytest.fixture
def readers(db) -> list[User]:
    return [User.objects.create_user(f"reader{number}@example.org") for number in range(3)]


@pytest.fixture
def case(owner) -> Case:
    return open_case(judge(make_photo(owner)))


# Readings ------------------------------------------------------------------------------------


def test_a_reading_is_the_blind_opinion_and_the_last_one(case, readers):
    one, two, senior = readers
    say(case, one, "nv")
    say(case, two, "mel")
    say(case, one, "unknown", "revealed")
    say(case, senior, "bkl", "settling")
    first, second = readings(PERIOD)
    assert (first.blind.diagnosis, first.blind.malignant) == ("nv", False)
    assert (first.last.diagnosis, first.last.malignant) == ("unknown", None)
    assert second.blind == second.last
    assert second.blind.malignant is True
    assert first.model is True


@pytest.mark.parametrize(("band", "word"), [("raised", True), ("low", False), ("unclear", None)])
def test_an_unclear_band_is_no_word_of_the_model(owner, readers, band, word):
    say(open_case(judge(make_photo(owner), band)), readers[0], "nv")
    assert readings(PERIOD)[0].model is word


def test_nor_is_a_rejected_photo(owner, readers):
    say(open_case(reject(make_photo(owner)), "rejected"), readers[0], "nv")
    assert readings(PERIOD)[0].model is None


def test_a_period_holds_its_last_day_and_nothing_after_it(owner, readers):
    for day in (-1, 0, 27, 28):
        case = open_case(judge(make_photo(owner, day), day=day), day=day)
        say(case, readers[0], "nv")
        close(case, "nv", day=day)
    assert len(readings(PERIOD)) == 2
    assert opened_and_closed(PERIOD) == ([START, PERIOD.last], [START, PERIOD.last])
    assert [row.day for row in predictions(PERIOD)] == [START, PERIOD.last]


def test_days_are_those_of_the_sites_time_zone(owner, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    case = open_case(judge(make_photo(owner)))
    Case.objects.filter(pk=case.pk).update(created_at=moment(0).replace(hour=23))
    assert opened_and_closed(PERIOD)[0] == [START + timedelta(days=1)]
    assert opened_and_closed(Period(START, START))[0] == []


def test_what_is_deleted_is_in_no_figure(owner, readers, case):
    say(case, readers[0], "mel", seconds=12)
    laboratory(case.photo, "malignant")
    close(case, "mel")
    Photo.objects.filter(pk=case.photo_id).update(deleted_at=moment(1))
    assert readings(PERIOD) == []
    assert predictions(PERIOD) == []
    assert calibrated(PERIOD) == []
    assert judged_moles(PERIOD) == {}
    assert read_moles(PERIOD) == []
    assert opened_and_closed(PERIOD) == ([], [])
    assert seconds(PERIOD)["blind"] == []


def test_seconds_are_of_each_stage(case, readers):
    say(case, readers[0], "nv", seconds=30)
    say(case, readers[0], "nv", "revealed", seconds=5)
    assert seconds(PERIOD) == {"blind": [30], "revealed": [5], "settling": []}


def test_what_waits_is_what_is_open(owner, case):
    close(open_case(judge(make_photo(owner))), "nv")
    (one,) = waiting()
    assert one.status == "waiting"
    assert one.age > timedelta(0)


# Accuracy ------------------------------------------------------------------------------------


def test_a_mole_counts_once_by_its_last_photo_before_the_removal(owner):
    mole = make_mole(owner)
    for day, band in ((1, "low"), (3, "raised"), (9, "unclear")):
        judge(make_photo(owner, day, mole=mole), band, day=day)
    removed(mole, "malignant", 5)
    assert judged_moles(PERIOD) == {TESTED: [Judged(True, "raised")]}


def test_a_photo_counts_by_what_was_said_of_it_first(owner):
    photo = make_photo(owner)
    laboratory(photo, "benign")
    reject(photo, day=0, code="model_failed", status="failed")
    judge(photo, "low", day=1)
    judge(photo, "raised", day=2)
    assert judged_moles(PERIOD) == {TESTED: [Judged(False, "low")]}


def test_a_rejected_photo_is_one_that_was_not_judged(owner):
    photo = make_photo(owner)
    laboratory(photo, "malignant")
    reject(photo)
    assert judged_moles(PERIOD) == {TESTED: [Judged(True, "")]}


def test_photos_that_are_not_of_the_tested_kind_stand_by_themselves(owner):
    for kind, seen in (("clinical", "clinical"), ("dermatoscopic", "clinical"), ("dermatoscopic", "")):
        photo = make_photo(owner, photo_kind=kind)
        judge(photo, photo_kind_seen=seen)
        laboratory(photo, "benign")
    assert {of: len(moles) for of, moles in judged_moles(PERIOD).items()} == {TESTED: 1, OTHER: 2}


def test_no_outcome_is_no_truth(owner):
    for outcome in ("unknown", ""):
        mole = make_mole(owner)
        judge(make_photo(owner, mole=mole))
        if outcome:
            removed(mole, outcome, 5)
    assert judged_moles(PERIOD) == {}


def test_the_laboratorys_last_word_on_a_photo_holds(owner):
    photo = make_photo(owner)
    judge(photo)
    laboratory(photo, "benign")
    laboratory(photo, "malignant")
    assert judged_moles(PERIOD) == {TESTED: [Judged(True, "raised")]}


def test_readers_are_measured_by_the_case_closed_last(owner):
    mole = make_mole(owner)
    for day, diagnosis, recommendation in ((1, "nv", "nothing"), (2, "", "see_doctor")):
        photo = make_photo(owner, mole=mole)
        close(open_case(judge(photo)), diagnosis, recommendation, day)
    removed(mole, "malignant", 5)
    (found,) = read_moles(PERIOD)
    assert found.diagnosis == Called(True, None)
    assert found.sent_on == Called(True, True)


def test_readers_who_know_the_laboratorys_word_are_not_measured(owner):
    photo = make_photo(owner)
    laboratory(photo, "malignant")
    close(open_case(judge(photo), "histology"), "mel")
    assert read_moles(PERIOD) == []


# Calibration ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "known"),
    [
        ("raised", True),
        ("unclear", True),
        ("random", True),
        ("mismatch", None),
        ("histology", None),
    ],
)
def test_only_what_was_read_for_its_band_is_in_the_sample(owner, why, known):
    close(open_case(judge(make_photo(owner)), why), "mel")
    assert [photo.malignant for photo in calibrated(PERIOD)] == [known]


def test_an_open_case_and_one_closed_without_a_class_are_not_known(owner):
    open_case(judge(make_photo(owner)))
    close(open_case(judge(make_photo(owner))), "")
    assert [photo.malignant for photo in calibrated(PERIOD)] == [None, None]


def test_an_outcome_overrules_the_readers_and_settles_what_they_could_not(owner):
    for diagnosis in ("nv", ""):
        photo = make_photo(owner)
        close(open_case(judge(photo)), diagnosis)
        laboratory(photo, "malignant")
    assert [photo.malignant for photo in calibrated(PERIOD)] == [True, True]


def test_an_outcome_without_a_case_is_not_in_the_sample(owner):
    photo = make_photo(owner)
    judge(photo)
    laboratory(photo, "malignant")
    assert [photo.malignant for photo in calibrated(PERIOD)] == [None]


def test_photos_of_other_kinds_and_predictions_made_again_are_left_out(owner):
    judge(make_photo(owner, photo_kind="clinical"))
    photo = make_photo(owner)
    judge(photo, day=-1)
    judge(photo, day=1, model_version="two-2")
    assert calibrated(PERIOD) == []


def test_the_strata_count_each_mole_once_and_take_the_mean_of_the_known(owner):
    mole: Mole = make_mole(owner)
    for day in range(3):
        judge(make_photo(owner, day, mole=mole), "low", 0.01, day)
    for probability, diagnosis in ((0.4, "mel"), (0.6, "nv")):
        close(open_case(judge(make_photo(owner), "raised", probability)), diagnosis)
    judge(make_photo(owner), "raised", 0.9)
    low, unclear, raised = strata(calibrated(PERIOD))
    assert low == Stratum(1, 0, 0, 0)
    assert unclear == Stratum(0, 0, 0, 0)
    assert raised == Stratum(3, 2, 1, pytest.approx(0.5))


def test_a_deleted_photo_takes_its_case_along(owner, case):
    close(case, "mel")
    delete_photo(photo=case.photo)
    assert calibrated(PERIOD) == []
    assert Prediction.objects.filter(pk=case.prediction_id).exists()
