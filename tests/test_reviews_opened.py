"""A prediction that ends opens its case in the same transaction."""

from io import BytesIO

import pytest

from benchmarks import reading
from diagnosis import inference
from diagnosis.classifiers import CURRENT
from diagnosis.models import Case, Event
from diagnosis.services import rerun_prediction
from tests.artifacts import VERSION
from tests.pictures import noise
from tests.readers import read

ALL = dict.fromkeys(("raised", "unclear", "rejected", "low"), 1.0)


@pytest.fixture(autouse=True)
def model(settings, tiny_artifact):
    settings.MODEL_FOLDER, settings.MODEL_VERSION, settings.REVIEW_SHARES = tiny_artifact, VERSION, ALL
    CURRENT.drop()
    yield
    CURRENT.drop()


def test_a_result_opens_a_case(photo):
    prediction = photo.predictions.get()
    inference.run_prediction(prediction.pk)
    prediction.refresh_from_db()
    case = Case.objects.get()
    assert (case.photo, case.prediction, case.status) == (photo, prediction, "waiting")
    assert case.why == {"low": "random"}.get(prediction.band, prediction.band)
    assert Event.objects.filter(action="case.opened", object_id=str(case.pk)).count() == 1
    inference.run_prediction(prediction.pk)
    assert Case.objects.count() == 1


def test_a_photo_that_can_not_be_judged_opens_a_case(make_photo):
    photo = make_photo(file=BytesIO(noise(8, 4)))
    inference.run_prediction(photo.predictions.get().pk)
    assert photo.predictions.get().status == "rejected"
    assert Case.objects.get().why == "rejected"


def test_where_nobody_reads_no_case_is_opened(photo, settings):
    settings.REVIEW_SHARES = dict.fromkeys(ALL, 0.0)
    inference.run_prediction(photo.predictions.get().pk)
    assert photo.predictions.get().status == "succeeded"
    assert not Case.objects.exists()


def test_what_was_read_is_not_read_again_for_a_new_prediction(photo, reader):
    inference.run_prediction(photo.predictions.get().pk)
    read(Case.objects.get(), reader)
    again = rerun_prediction(photo=photo)
    inference.run_prediction(again.pk)
    again.refresh_from_db()
    assert again.status == "succeeded"
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_case_that_can_not_be_opened_leaves_no_result_without_it(photo, monkeypatch):
    """The prediction is tried again, and both come."""

    def fail(**arguments):
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(inference, "consider", fail)
        inference.run_prediction(photo.predictions.get().pk)
    assert photo.predictions.get().status == "queued"
    inference.run_prediction(photo.predictions.get().pk)
    assert photo.predictions.get().status == "succeeded"
    assert Case.objects.count() == 1


@pytest.mark.parametrize("wrong", [["--read", "0"], ["--cases", "5", "--read", "6"]])
def test_a_benchmark_of_nothing_is_refused(wrong, capsys):
    assert reading.main(wrong) == 2
    assert "at least one case" in capsys.readouterr().err
