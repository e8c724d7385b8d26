"""The network with all that belongs to it: what it sees in a photo, and when it must not judge."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, cast

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from ml import conformal, explain, metrics, outline, quality, views
from ml.calibrate import Calibration, Odds
from ml.images import Crop
from ml.known import KINDS, Known
from ml.labels import CLASSES, MALIGNANT
from ml.manifest import Manifest
from ml.measure import measure
from ml.model import in_all_turns
from ml.quality import NO_MOLE, NOT_SKIN, UNSTABLE, CannotJudge

# Of the square's side: an outline whose centre is farther out is not the mole in the middle.
OFF_CENTRE = 0.36


@dataclass(frozen=True)
class Seen:
    """All that one pass over the views of a photo tells.

    logits (7,), the views' mean; probabilities (7,), calibrated; malignancy of each view (16,);
    distance from the training photos; photo_kind; strangeness, above 0 for pictures of other
    things; outline_logits (h, w) and maps (g, g, channels), the means of the whole square's
    turns, upright.
    """

    logits: np.ndarray
    probabilities: np.ndarray
    malignancy: float
    view_malignancies: np.ndarray
    distance: float
    photo_kind: str
    strangeness: float
    outline_logits: np.ndarray
    maps: np.ndarray

    @property
    def stability(self) -> float:
        """Standard deviation of the malignancy probability over the views."""
        return float(self.view_malignancies.std())

    @cached_property
    def line(self) -> np.ndarray | None:
        """The lesion's outline, (n, 2) fractions of the square."""
        return outline.find_outline(self.outline_logits)


@dataclass(frozen=True)
class Result:
    """What one model version says of one photo.

    malignancy_probability: the sum of the malignant classes of class_probabilities, which are calibrated
    and add up to 1. photo_kind: `dermatoscopic` or `clinical`, as the network sees it.
    stability: standard deviation of the malignancy probability over the views. distance: from HAM10000's
    training photos, in the network's features (see `ml.reference`): about 1 is typical of them, plain phone
    photos lie farther out, and beyond the manifest's `farthest` of its kind a photo is declined.
    conformal_set: the classes among which the true one is 9 times in 10. measurements: see
    `ml.measure.Measurements`. outline: points (x, y), fractions of the square. explanation: rows of a
    square grid, 0..1.
    """

    malignancy_probability: float
    class_probabilities: dict[str, float]
    band: str
    model_version: str
    photo_kind: str
    stability: float
    distance: float
    conformal_set: tuple[str, ...]
    measurements: dict[str, Any]
    outline: tuple[tuple[float, float], ...]
    explanation: tuple[tuple[float, ...], ...]


def compiled(model: keras.Model) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """A function from uint8 pixels (n, side, side, 3), n as you like, to the outputs of `ml.model.build`."""
    # A function with one fixed signature is 4 to 44 times faster than `model.predict`.
    signature = tf.TensorSpec(model.input_shape, tf.float32)
    call = tf.function(lambda x: model(x, training=False), input_signature=[signature])
    return lambda pixels: {k: v.numpy() for k, v in call(tf.constant(pixels, tf.float32)).items()}


class Classifier:
    """One trained network, compiled once for batches of any length.

    Raises `KeyError`, `TypeError` or `ValueError` where the manifest lacks what it needs.
    """

    def __init__(self, manifest: Manifest, model: keras.Model, known: Known):
        calibration = manifest.data["calibration"]
        self.manifest = manifest
        self._calibration = Calibration(
            calibration["temperature"], tuple(calibration["biases"]), Odds(**calibration["odds"])
        )
        self._known = known
        self._farthest = {name: float(manifest.data["farthest"][name]) for name in KINDS}
        self._most_spread = float(manifest.data["stability"]["most"])
        self._nearer = float(manifest.data["nearer"])
        self.least_probable = float(manifest.data["conformal"]["least"])
        self._kernel = np.asarray(model.get_layer("logits").kernel)
        if (manifest.classes, manifest.malignant) != (CLASSES, MALIGNANT):
            raise ValueError("the classes are not those of ml/labels.py")
        manifest.band(0.0)  # without thresholds it fails here, not at the first photo
        self.run = compiled(in_all_turns(model))
        self.see(np.full((2, manifest.side, manifest.side, 3), 128, np.uint8))

    def look(self, image: Image.Image, crop: Crop | None = None) -> np.ndarray:
        """The crop (the centre square by default) of an RGB picture as `see` takes it, see `views.look`."""
        return views.look(image, crop or Crop(), self.manifest.side, self._nearer)

    def see(self, squares: np.ndarray) -> Seen:
        """What the network sees in the uint8 squares (2, side, side, 3) of `look`, without any refusal."""
        out = self.run(squares)
        logits = out["logits"].mean(axis=0)
        probabilities, each = self._calibration.apply(logits[None])[0], self._calibration.apply(out["logits"])
        # The statistics of training photos were taken of the untouched view too.
        distance, photo_kind, strangeness = self._known.read(out["statistics"][0])
        return Seen(
            logits=logits,
            probabilities=probabilities,
            malignancy=float(metrics.malignancy(probabilities)),
            view_malignancies=metrics.malignancy(each),
            distance=distance,
            photo_kind=photo_kind,
            strangeness=strangeness,
            outline_logits=views.upright(out["outline"][: views.TURNS]).mean(axis=0)[..., 0],
            maps=views.upright(out["maps"][: views.TURNS]).mean(axis=0),
        )

    def predict(self, image: Image.Image, crop: Crop | None = None) -> Result:
        """Judge the crop (the centre square by default) of an upright RGB picture.

        Raises `quality.CannotJudge` where nothing can be said of it.
        """
        crop, manifest = crop or Crop(), self.manifest
        shorter = min(image.size)
        quality.check_square(crop.size * shorter)
        squares = self.look(image, crop)
        quality.check(squares[0])
        seen = self.see(squares)
        if refusal := self.refusal(seen):
            raise refusal
        line = cast(np.ndarray, seen.line)
        return Result(
            malignancy_probability=seen.malignancy,
            class_probabilities=dict(zip(manifest.classes, map(float, seen.probabilities), strict=True)),
            band=manifest.band(seen.malignancy),
            model_version=manifest.version,
            photo_kind=seen.photo_kind,
            stability=seen.stability,
            distance=seen.distance,
            conformal_set=self.conformal_set(seen),
            measurements=_rounded(asdict(measure(line, squares[0], crop.size * shorter / image.width))),
            outline=tuple((round(float(x), 4), round(float(y), 4)) for x, y in outline.thinned(line)),
            explanation=tuple(tuple(round(float(v), 3) for v in row) for row in self.explanation(seen)),
        )

    def refusal(self, seen: Seen) -> CannotJudge | None:
        """Why the photo can't be judged, or None."""
        if seen.strangeness > 0 or seen.distance > self._farthest[seen.photo_kind]:
            return CannotJudge(*NOT_SKIN)
        if seen.line is None or np.abs(_centre(seen.line) - 0.5).max() > OFF_CENTRE:
            return CannotJudge(*NO_MOLE)
        return CannotJudge(*UNSTABLE) if seen.stability > self._most_spread else None

    def conformal_set(self, seen: Seen) -> tuple[str, ...]:
        """The classes among which the true one is 9 times in 10, most probable first."""
        inside = conformal.members(seen.probabilities, self.least_probable)
        return tuple(self.manifest.classes[k] for k in np.argsort(-seen.probabilities) if inside[k])

    def explanation(self, seen: Seen) -> np.ndarray:
        """Where the network looked for malignancy: (g, g), 0..1."""
        gradient = explain.malignancy_gradient(seen.probabilities)
        return explain.grad_cam(seen.maps, self._kernel, gradient)


def _centre(line: np.ndarray) -> np.ndarray:
    return (line.min(axis=0) + line.max(axis=0)) / 2


def _rounded(measurements: dict[str, Any]) -> dict[str, Any]:
    """Four places: the rest of the digits would only pretend."""
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in measurements.items()}
