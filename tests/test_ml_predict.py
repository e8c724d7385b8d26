"""The command: one line a file, whatever the files are."""

import csv
import io
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from ml import overlay, predict
from ml.images import decode
from ml.known import Known
from ml.labels import CLASSES
from ml.manifest import read_manifest
from ml.predict import load_classifier, predict_file
from tests.artifacts import VERSION
from tests.pictures import encoded, mole_image, mole_jpeg

KEYS = {
    "file",
    "malignancy_probability",
    "class_probabilities",
    "band",
    "model_version",
    "photo_kind",
    "declined",
    "stability",
    "distance",
    "conformal_set",
    "measurements",
    "outline",
    "explanation",
}
EMPTY = KEYS - {"file", "model_version", "declined"}


@pytest.fixture
def command(tiny_artifact, monkeypatch, capsys):
    """Runs the command in this process: its exit status, lines and what it says of errors."""
    monkeypatch.delenv("MODEL_VERSION", raising=False)
    monkeypatch.delenv("MODEL_FOLDER", raising=False)

    def run(*arguments, artifacts=tiny_artifact):
        argv = ["ml.predict", "--artifacts", str(artifacts), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", argv)
        status = predict.main()
        out, err = capsys.readouterr()
        return status, out.splitlines(), err

    return run


@pytest.fixture
def mole(tmp_path):
    path = tmp_path / "mole.jpg"
    path.write_bytes(mole_jpeg())
    return path


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("no photo")
    return path


def distance_of(square: np.ndarray, root) -> float:
    """By the network's own statistics and the reference that lies beside it."""
    model = keras.models.load_model(root / VERSION / "model.keras", compile=False)
    statistics = np.asarray(model(square[None].astype(np.float32))["statistics"])
    return float(Known.load(root / VERSION / "known.npz").reference.distances(statistics)[0])


def test_a_photo_gives_one_line_of_json_with_the_stated_keys(command, mole, tiny_artifact):
    status, (line,), err = command(mole)
    row = json.loads(line)
    assert (status, err, set(row)) == (0, "", KEYS)
    assert (row["file"], row["model_version"]) == (str(mole), VERSION)
    assert list(row["class_probabilities"]) == list(CLASSES)
    malignant = sum(row["class_probabilities"][name] for name in ("akiec", "bcc", "mel"))
    assert row["malignancy_probability"] == pytest.approx(malignant, abs=1e-12)
    assert row["band"] in ("low", "unclear", "raised")
    assert row["photo_kind"] in ("dermatoscopic", "clinical")
    assert row["declined"] is None
    assert row["stability"] >= 0
    squares = load_classifier(VERSION, tiny_artifact).look(decode(mole.read_bytes()).image)
    assert row["distance"] == pytest.approx(distance_of(squares[0], tiny_artifact), rel=1e-4)
    assert set(row["conformal_set"]) <= set(CLASSES)
    assert max(row["class_probabilities"], key=row["class_probabilities"].get) == row["conformal_set"][0]
    assert row["measurements"]["cut_off"] is True  # the tiny network takes the whole square for a mole
    assert len(row["explanation"]) == len(row["explanation"][0]) == 2  # 32 pixels, halved four times


def test_a_file_that_fails_says_why_and_the_others_are_judged(command, mole, text, tmp_path):
    missing = tmp_path / "missing.jpg"
    status, lines, _ = command(text, missing, mole)
    rows = [json.loads(line) for line in lines]
    assert status == 1
    assert [set(row) for row in rows] == [KEYS | {"error"}] * 2 + [KEYS]
    assert [row["file"] for row in rows] == [str(path) for path in (text, missing, mole)]
    assert "not a JPEG, PNG or WebP" in rows[0]["error"]
    assert "No such file" in rows[1]["error"]
    for row in rows[:2]:
        assert row["declined"] == row["error"]
        assert {row[key] for key in EMPTY} == {None}


def test_a_photo_that_cant_be_judged_gets_a_reason_and_no_number(command, tmp_path):
    pictures = {
        "too_dark": Image.new("RGB", (200, 200)),
        "not_skin": Image.effect_noise((200, 200), 60).convert("RGB"),  # grey
    }
    for code, picture in pictures.items():
        path = tmp_path / f"{code}.png"
        path.write_bytes(encoded(picture, "PNG"))
        status, (line,), _ = command(path)
        row = json.loads(line)
        assert (status, row["declined_code"]) == (0, code)  # declining is an answer
        assert set(row) == KEYS | {"declined_code", "advice"}
        assert row["declined"].endswith(".")
        assert {row[key] for key in EMPTY} == {None}


@pytest.mark.parametrize(("side", "judged"), [(64, True), (63, False)])
def test_a_photo_is_judged_from_64_pixels_on(side, judged, command, tmp_path):
    path = tmp_path / "small.png"
    path.write_bytes(encoded(mole_image(side + 20, side), "PNG"))
    _, (line,), _ = command(path)
    row = json.loads(line)
    assert (row["malignancy_probability"] is not None) is judged
    assert judged or "at least 64" in row["declined"]


def test_a_prevalence_shifts_the_probability_and_says_nobody_validated_it(command, mole, tiny_artifact):
    _, (line,), _ = command("--prevalence", "0.02", mole)
    row = json.loads(line)
    manifest = read_manifest(VERSION, tiny_artifact)
    assert row["at_prevalence"] == {
        "prevalence": 0.02,
        "malignancy_probability": manifest.at_prevalence(row["malignancy_probability"], 0.02),
        "validated": False,
    }
    _, (plain,), _ = command(mole)
    assert json.loads(plain)["band"] == row["band"]


@pytest.mark.parametrize("prevalence", ["0", "1", "-3", "much"])
def test_a_prevalence_that_is_none_is_refused(prevalence, command, mole, capsys):
    with pytest.raises(SystemExit):
        command("--prevalence", prevalence, mole)
    assert "--prevalence" in capsys.readouterr().err


def test_with_an_age_a_line_tells_what_both_say_and_the_band_stays_the_pictures(command, mole, tiny_artifact):
    _, (line,), _ = command("--age", "70", mole)
    row, manifest = json.loads(line), read_manifest(VERSION, tiny_artifact)
    expected = manifest.with_age(row["malignancy_probability"], 70)
    assert row["with_age"] == {"age": 70, "malignancy_probability": expected}
    _, (plain,), _ = command(mole)
    assert json.loads(plain) | {"with_age": row["with_age"]} == row


@pytest.mark.parametrize("years", ["-1", "121", "old"])
def test_an_age_nobody_has_is_refused(years, command, mole, capsys):
    with pytest.raises(SystemExit):
        command("--age", years, mole)
    assert "--age" in capsys.readouterr().err


def test_the_overlays_are_pictures_of_the_square(command, mole, tmp_path):
    status, _, _ = command("--overlay", tmp_path / "over", mole)
    assert status == 0
    found = sorted(path.name for path in (tmp_path / "over").iterdir())
    assert found == ["mole-explanation.png", "mole-outline.png"]
    for name in found:
        with Image.open(tmp_path / "over" / name) as picture:
            assert picture.size == (512, 512)


def test_a_folder_is_walked_in_order_and_what_is_no_photo_left_alone(command, tmp_path):
    names = ["a.jpg", "b/c.PNG", "b/d.webp", "e.jpeg"]
    for name in names:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            encoded(mole_image(), {"PNG": "PNG", "webp": "WEBP"}.get(name.split(".")[1], "JPEG"))
        )
    (tmp_path / "in" / "notes.txt").write_text("not a photo")
    (tmp_path / "in" / "folder.jpg").mkdir()
    status, lines, _ = command(tmp_path / "in")
    assert status == 0
    assert [json.loads(line)["file"] for line in lines] == [str(tmp_path / "in" / name) for name in names]


def test_an_empty_folder_is_a_failure_that_says_so(command, tmp_path):
    (tmp_path / "empty").mkdir()
    status, lines, err = command(tmp_path / "empty")
    assert (status, lines) == (1, [])
    assert "no photo" in err


def test_csv_is_a_table_with_a_column_for_each_class(command, mole, text):
    status, lines, _ = command("--csv", mole, text)
    good, bad = csv.DictReader(io.StringIO("\n".join(lines)))
    assert status == 1
    assert list(good) == [*predict.COLUMNS, *CLASSES]
    assert sum(float(good[name]) for name in CLASSES) == pytest.approx(1)
    assert (good["file"], good["error"]) == (str(mole), "")
    assert (bad["file"], bad["mel"], bad["malignancy_probability"]) == (str(text), "", "")
    assert bad["declined"] == bad["error"]
    assert "not a JPEG" in bad["error"]


ODD = ["a b.jpg", 'quote".jpg', "new\nline.jpg", "Müße‮gpj.jpg", "=1+1,2.jpg", "-v.jpg", "no-text-\udcff.jpg"]


@pytest.mark.parametrize("name", ODD)
def test_no_file_name_is_too_odd(command, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(mole_jpeg())
    status, (line,), _ = command(path)
    assert (status, json.loads(line)["file"]) == (0, str(path))


def test_the_real_command_walks_odd_names_and_takes_the_sites_settings(tiny_artifact, tmp_path):
    for name in ODD:
        (tmp_path / name).write_bytes(mole_jpeg())
    environment = os.environ | {"MODEL_FOLDER": str(tiny_artifact), "MODEL_VERSION": VERSION}
    done = subprocess.run(
        [sys.executable, "-m", "ml.predict", "--csv", str(tmp_path)], env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    table = io.StringIO(done.stdout.decode(errors="surrogateescape"), newline="")
    rows = list(csv.DictReader(table))
    assert sorted(row["file"] for row in rows) == sorted(str(tmp_path / name) for name in ODD)
    assert {row["model_version"] for row in rows} == {VERSION}


def test_a_model_that_is_missing_or_damaged_is_named(command, mole, tiny_artifact, tmp_path):
    status, lines, err = command("--version", "t-9", mole)
    assert (status, lines) == (2, [])
    assert "Model t-9" in err
    broken = tmp_path / "artifacts" / VERSION
    broken.mkdir(parents=True)
    manifest = (tiny_artifact / VERSION / "manifest.json").read_text()
    (broken / "manifest.json").write_text(manifest)
    (broken / "model.keras").write_bytes(b"cut short")
    status, _, err = command(mole, artifacts=tmp_path / "artifacts")
    assert status == 2
    assert f"Model {VERSION}: model.keras is damaged (its SHA-256 is another)." in err


def test_a_folder_without_models_is_no_traceback(command, mole, tmp_path):
    status, lines, err = command(mole, artifacts=tmp_path)
    assert (status, lines) == (2, [])
    assert "no name of a model version" in err


def test_the_same_photo_in_another_format_or_turned_gets_the_same_probability(tiny_artifact, tmp_path):
    classifier, answers = load_classifier(VERSION, tiny_artifact), []
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = mole_image().transpose(Image.Transpose.ROTATE_90)
    for data in (
        encoded(mole_image(), "PNG"),
        encoded(mole_image(), "WEBP", lossless=True),
        encoded(turned, "PNG", exif=exif),
    ):
        path = tmp_path / "photo"
        path.write_bytes(data)
        answers.append(predict_file(classifier, path)["malignancy_probability"])
    assert answers == pytest.approx([answers[0]] * 3, abs=1e-6)


def test_a_drawn_outline_and_veil_lie_where_they_belong():
    seen = Image.new("RGB", (100, 100), (200, 150, 130))
    square = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
    drawn = overlay.outlined(seen, square)
    assert drawn.getpixel((20, 50)) == overlay.LINE
    assert drawn.getpixel((50, 50)) == (200, 150, 130)
    grid = np.zeros((4, 4))
    grid[0, 0] = 1
    veiled = overlay.explained(seen, grid)
    assert veiled.getpixel((90, 90)) == (200, 150, 130)
    assert veiled.getpixel((5, 5)) != (200, 150, 130)
