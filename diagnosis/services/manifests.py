"""What the artifact of a prediction's own model version says of it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from diagnosis.models import Prediction
from diagnosis.services.profiles import person_details
from ml.manifest import OLDEST, ArtifactError, Manifest, read_manifest


def manifest_of(version: str) -> Manifest | None:
    """None where that version's artifact is not here (any more)."""
    try:
        written = (settings.MODEL_FOLDER / version / "manifest.json").stat().st_mtime_ns
        return _read(version, settings.MODEL_FOLDER, written)
    except (ArtifactError, OSError):
        return None


@lru_cache(maxsize=8)
def _read(version: str, folder: Path, written: int) -> Manifest:
    """A list of predictions asks once a row; a file written anew is read again."""
    return read_manifest(version, folder)


def at_prevalence(prediction: Prediction) -> float | None:
    """The malignancy probability where the share `settings.PREVALENCE` of photographed moles is malignant.

    Nobody has validated it: it is for reading, never for bands. None where the setting is unset,
    there is no number, the photo is not of the kind the network was calibrated on, or the
    version's artifact is not here.
    """
    number = prediction.malignancy_probability
    if settings.PREVALENCE is None or number is None or not prediction.in_tested_input:
        return None
    manifest = manifest_of(prediction.model_version)
    return manifest.at_prevalence(number, settings.PREVALENCE) if manifest else None


@dataclass(frozen=True)
class WithAge:
    """The malignancy probability of picture and age together, and both ways' measured AUC."""

    age: int
    probability: float
    auc: float
    auc_of_the_picture: float


def with_age(prediction: Prediction) -> WithAge | None:
    """What the age of the mole's person, when the photo was taken, adds to the picture; bands never use it.

    None where `at_prevalence` has none, the age is not known, or the version was not measured with ages.
    """
    number, photo = prediction.malignancy_probability, prediction.photo
    age = person_details(mole=photo.mole, at=photo.moment).age
    if number is None or age is None or not prediction.in_tested_input:
        return None
    manifest = manifest_of(prediction.model_version)
    if not manifest or not (figures := manifest.metrics.get("test", {}).get("with_age")):
        return None
    together = manifest.with_age(number, min(age, OLDEST))
    if together is None:
        return None
    names = ("malignancy_auc", "malignancy_auc_of_the_picture")
    return WithAge(age, together, *(float(figures[name]["value"]) for name in names))
