"""The network that ships, on pictures made here: what it says hangs together, and hangs on its weights."""

import keras
import numpy as np
import pytest
from django.conf import settings
from PIL import Image, ImageDraw

from ml import views
from ml.classifier import Classifier
from ml.known import Known
from ml.manifest import KNOWN, NETWORK, read_manifest
from ml.outline import dice, mask
from ml.predict import load_classifier
from ml.quality import CannotJudge
from tests.pictures import mole_image


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier(settings.MODEL_VERSION, settings.MODEL_FOLDER)


def test_it_draws_the_outline_of_a_drawn_mole_where_it_is(classifier):
    for x, y in ((0.5, 0.5), (0.4, 0.6)):
        image = mole_image(300, 300, centre=(x, y))
        seen = classifier.see(classifier.look(image))
        dark = np.asarray(image.resize((128, 128)).convert("L")) < 140
        assert seen.line is not None
        assert dice(mask(seen.line), dark) > 0.8


def test_the_eight_turns_are_one_photo(classifier):
    whole, nearer = map(views.turns, classifier.look(mole_image(300, 300)))
    answers = [classifier.see(np.stack(turned)).malignancy for turned in zip(whole, nearer, strict=True)]
    assert answers == pytest.approx([answers[0]] * 8, abs=1e-4)


def test_explanation_outline_and_answer_hang_on_the_weights(classifier):
    """Adebayo et al. 2018: an explanation that stays when the weights are drawn anew explains nothing."""
    manifest = read_manifest(settings.MODEL_VERSION, settings.MODEL_FOLDER)
    model = keras.models.load_model(manifest.file(NETWORK), compile=False)
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        if len(weight.shape) >= 3:  # kernels
            weight.assign(rng.permutation(weight.numpy().ravel()).reshape(weight.shape))
    scrambled = Classifier(manifest, model, Known.load(manifest.file(KNOWN)))
    squares = classifier.look(mole_image(300, 300))
    ours, theirs = classifier.see(squares), scrambled.see(squares)
    shown, other = classifier.explanation(ours), scrambled.explanation(theirs)
    assert np.abs(shown - other).max() > 0.3
    alike = np.corrcoef(shown.ravel(), other.ravel())[0, 1] if other.std() and shown.std() else 0.0
    assert alike < 0.7
    assert np.abs(ours.probabilities - theirs.probabilities).max() > 0.05


def test_a_page_a_wall_and_noise_get_no_number(classifier):
    rng = np.random.default_rng(1)
    page = Image.new("RGB", (300, 300), "white")
    for line in range(12):
        ImageDraw.Draw(page).text((10, 10 + 24 * line), "A page of text is not a mole. " * 2, fill="black")
    wall = rng.normal((205, 190, 165), 4, (300, 300, 3)).clip(0, 255).astype(np.uint8)
    noise = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    for picture in (page, Image.fromarray(wall), Image.fromarray(noise)):
        with pytest.raises(CannotJudge) as refusal:
            classifier.predict(picture)
        assert refusal.value.code in ("not_skin", "no_mole", "no_detail", "too_bright")


def test_a_refusal_holds_nothing_of_the_photos_refused_before(classifier):
    """One exception raised twice keeps the frames of both, and with them both photos."""
    green = Image.fromarray(
        np.random.default_rng(1).integers((0, 90, 0), (60, 255, 60), (300, 300, 3), np.uint8)
    )
    refusals = []
    for _ in range(2):
        with pytest.raises(CannotJudge) as refusal:
            classifier.predict(green)
        refusals.append(refusal.value)
    one, other = refusals
    assert one.code == other.code == "not_skin"
    assert one is not other
