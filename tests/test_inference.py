"""One photo from claim to record, and everything that can happen in between."""

import io
import json
import os
import shutil
import threading
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now
from PIL import Image

from diagnosis import inference
from diagnosis.classifiers import CURRENT
from diagnosis.models import Prediction
from diagnosis.services import Crop, sweep
from ml.images import decode
from tests.artifacts import VERSION, write_tiny
from tests.pictures import encoded, mole_image, mole_jpeg, noise
from tests.processes import wait_for

LATE = timedelta(seconds=1)
# What a result held before the network said what it saw.
RECORDED = {"malignancy_probability", "class_probabilities", "band", "model_version"}


@pytest.fixture(autouse=True)
def model(settings, tiny_artifact):
    """The tiny network, loaded anew; returns what loads it anew again."""
    settings.MODEL_FOLDER, settings.MODEL_VERSION = tiny_artifact, VERSION
    CURRENT.drop()
    yield inference.classifier
    CURRENT.drop()


@pytest.fixture
def waiting(photo) -> Prediction:
    return photo.predictions.get()


def run(prediction: Prediction) -> Prediction:
    inference.run_prediction(prediction.pk)
    prediction.refresh_from_db()
    return prediction


def expire(prediction: Prediction) -> None:
    Prediction.objects.filter(pk=prediction.pk).update(lease_until=Now() - LATE)


# The result ---------------------------------------------------------------------------------


def test_a_queued_prediction_ends_with_a_whole_result(waiting, model):
    done = run(waiting)
    manifest = model().manifest
    assert (done.status, done.model_version, done.attempts) == ("succeeded", VERSION, 1)
    assert set(done.class_probabilities) == set(manifest.classes)
    assert sum(done.class_probabilities.values()) == pytest.approx(1, abs=1e-9)
    malignant = sum(done.class_probabilities[name] for name in ("akiec", "bcc", "mel"))
    assert done.malignancy_probability == pytest.approx(malignant, abs=1e-12)
    assert done.band == manifest.band(done.malignancy_probability)
    assert (done.threshold_low, done.threshold_raised) == tuple(
        manifest.thresholds[n] for n in ("low", "raised")
    )
    assert done.created_at <= done.started_at <= done.finished_at
    assert (done.lease_until, done.reason_code, done.reason) == (None, "", "")


def test_what_the_network_saw_is_recorded_as_it_said_it(waiting, model):
    image = decode(Path(waiting.photo.image.path).read_bytes()).image
    said = asdict(model().predict(image))
    done = run(waiting)
    recorded = {
        "photo_kind": done.photo_kind_seen,
        "stability": done.stability,
        "distance": done.distance,
        "conformal_set": done.conformal_set,
        "measurements": done.measurements,
        "outline": done.outline,
        "explanation": done.explanation,
    }
    # JSON knows lists alone, no tuples.
    assert recorded == json.loads(json.dumps({name: said[name] for name in recorded}))
    assert recorded.keys() | RECORDED == said.keys()


def test_its_probability_is_the_commands_on_the_stored_file(waiting, model):
    from ml.predict import predict_file

    row = predict_file(model(), Path(waiting.photo.image.path))
    assert run(waiting).malignancy_probability == pytest.approx(row["malignancy_probability"], abs=1e-6)


def test_the_network_sees_the_square_that_was_chosen(make_photo):
    left, right = mole_image(300, 300, seed=1), Image.new("RGB", (300, 300), "tan")
    both = Image.new("RGB", (600, 300))
    both.paste(left, (0, 0))
    both.paste(right, (300, 0))
    jpeg = encoded(both, "PNG")
    alone = run(make_photo(file=io.BytesIO(encoded(left, "PNG"))).predictions.get())
    chosen = run(make_photo(file=io.BytesIO(jpeg), crop=Crop(0.25, 0.5, 1)).predictions.get())
    centre = run(make_photo(file=io.BytesIO(jpeg)).predictions.get())
    assert chosen.malignancy_probability == pytest.approx(alone.malignancy_probability, abs=0.005)
    empty = run(make_photo(file=io.BytesIO(jpeg), crop=Crop(0.75, 0.5, 1)).predictions.get())
    assert centre.malignancy_probability != pytest.approx(alone.malignancy_probability, abs=1e-4)
    assert empty.reason_code == "no_detail"


def test_running_it_twice_changes_nothing(waiting):
    first = Prediction.objects.filter(pk=run(waiting).pk).values().get()
    run(waiting)
    assert Prediction.objects.filter(pk=waiting.pk).values().get() == first


def test_a_prediction_that_was_deleted_is_no_failure(waiting):
    gone = waiting.pk
    waiting.delete()
    inference.run_prediction(gone)


def test_a_plain_photo_keeps_its_band_but_shows_none(make_photo):
    plain = run(make_photo(photo_kind="clinical").predictions.get())
    assert plain.band in ("low", "unclear", "raised")
    assert plain.shown_band == ""
    said = run(make_photo(photo_kind="dermatoscopic").predictions.get())
    assert said.band == plain.band
    assert said.shown_band == (said.band if said.photo_kind_seen == "dermatoscopic" else "")


# What can't be judged -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jpeg", "crop", "code"),
    [
        (noise(8, 4), Crop(), "too_dark"),
        (noise(253, 2), Crop(), "too_bright"),
        (encoded(Image.new("RGB", (300, 300), "tan")), Crop(), "no_detail"),
        (mole_jpeg(), Crop(0.5, 0.5, 0.2), "crop_too_small"),  # 0.2 * 300 = 60 pixels
        (mole_jpeg(), Crop(0.5, 0.5, 1e-12), "crop_too_small"),
    ],
)
def test_a_photo_that_cannot_be_judged_is_rejected_with_a_reason_and_advice(jpeg, crop, code, make_photo):
    done = run(make_photo(file=io.BytesIO(jpeg), crop=crop).predictions.get())
    assert (done.status, done.reason_code, done.model_version) == ("rejected", code, VERSION)
    assert done.reason.endswith(".")
    assert done.advice.endswith(".")
    assert (done.malignancy_probability, done.class_probabilities, done.band) == (None, None, "")
    assert (done.photo_kind_seen, done.stability, done.outline) == ("", None, None)
    assert done.finished_at is not None


def test_a_square_of_exactly_the_least_size_is_judged(make_photo):
    done = run(make_photo(crop=Crop(0.5, 0.5, 64 / 300)).predictions.get())
    assert done.reason_code != "crop_too_small"


# A claim that was lost ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_result_that_comes_after_a_take_over_is_dropped(waiting, model, caplog):
    model()
    path = Path(waiting.photo.image.path)
    jpeg = path.read_bytes()
    path.unlink()
    os.mkfifo(path)  # whoever reads it waits for what is written
    slow = threading.Thread(target=lambda: (inference.run_prediction(waiting.pk), connection.close()))
    with open(path, "r+b", buffering=0) as pipe:
        slow.start()
        wait_for("the claim", lambda: Prediction.objects.get().status == "running", 10, pause=0.01)
        late_token = Prediction.objects.get().claim_token
        expire(waiting)
        path.unlink()
        path.write_bytes(jpeg)
        quick = Prediction.objects.filter(pk=run(waiting).pk).values().get()
        pipe.write(mole_jpeg(seed=9))  # another picture: its result would be another
    slow.join(30)
    assert quick["status"] == "succeeded"
    assert quick["claim_token"] != late_token
    assert Prediction.objects.filter(pk=waiting.pk).values().get() == quick
    assert "it was dropped" in caplog.text


# Our faults ---------------------------------------------------------------------------------


def test_after_a_failure_the_row_is_given_back_with_a_reason(waiting):
    path = Path(waiting.photo.image.path)
    jpeg = path.read_bytes()
    path.unlink()
    row = run(waiting)
    assert (row.status, row.reason_code, row.attempts) == ("queued", "trying_again", 1)
    assert (row.claim_token, row.lease_until, row.finished_at) == (None, None, None)
    path.write_bytes(jpeg)
    assert (run(waiting).status, waiting.reason, waiting.attempts) == ("succeeded", "", 2)


def test_after_three_failures_it_is_not_tried_again_and_the_sweep_says_so(waiting):
    path = Path(waiting.photo.image.path)
    path.write_bytes(b"not a photo any more")
    for attempt in (1, 2, 3):
        assert run(waiting).attempts == attempt
    assert run(waiting).attempts == 3
    assert waiting.status == "queued"
    sweep()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason_code) == ("failed", "gave_up")
    assert "ours" in waiting.reason
    assert waiting.advice
    assert waiting.finished_at is not None
    assert run(waiting).attempts == 3


def test_a_worker_that_died_three_times_leaves_a_row_that_the_sweep_fails(waiting):
    for _ in range(3):
        assert Prediction.objects.claim(waiting.pk)
        sweep()
        waiting.refresh_from_db()
        assert waiting.status == "running"  # as long as the lease lasts
        expire(waiting)
    sweep()
    waiting.refresh_from_db()
    assert waiting.status == "failed"


# No usable model ----------------------------------------------------------------------------


def change_manifest(folder: Path, **changes) -> None:
    path = folder / VERSION / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def cut_short(folder: Path) -> None:
    path = folder / VERSION / "model.keras"
    path.write_bytes(path.read_bytes()[:1000])


def another_network(folder: Path) -> None:
    """Another input than its manifest says, and the right SHA-256."""
    write_tiny(folder, side=48)
    change_manifest(folder, side=32)


BROKEN = {
    "no folder": lambda folder: shutil.rmtree(folder / VERSION),
    "no manifest": lambda folder: (folder / VERSION / "manifest.json").unlink(),
    "torn manifest": lambda folder: (folder / VERSION / "manifest.json").write_text('{"version": '),
    "no network": lambda folder: (folder / VERSION / "model.keras").unlink(),
    "network cut short": cut_short,
    "another network": another_network,
    "another version": lambda folder: change_manifest(folder, version="tiny-2"),
    "no thresholds": lambda folder: change_manifest(folder, thresholds={}),
    "no calibration": lambda folder: change_manifest(folder, calibration={}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_without_a_usable_model_photos_wait_and_are_judged_once_it_is_back(
    name, waiting, model, settings, tmp_path, tiny_artifact, caplog
):
    settings.MODEL_FOLDER = tmp_path / "models"
    shutil.copytree(tiny_artifact, settings.MODEL_FOLDER)
    BROKEN[name](settings.MODEL_FOLDER)
    row = run(waiting)
    assert (row.status, row.reason_code, row.attempts) == ("queued", "model_unavailable", 0)
    assert "stored" in row.reason
    assert f"Photos wait: Model {VERSION}" in caplog.text
    shutil.rmtree(settings.MODEL_FOLDER)
    shutil.copytree(tiny_artifact, settings.MODEL_FOLDER)
    row = run(waiting)  # the same process: nothing of the failure was kept
    assert (row.status, row.reason_code, row.reason, row.attempts) == ("succeeded", "", "", 1)


def test_a_missing_model_does_not_keep_the_worker_from_starting(db, settings, tmp_path, caplog):
    settings.MODEL_FOLDER = tmp_path
    inference.warm_up()
    assert "Photos wait" in caplog.text
