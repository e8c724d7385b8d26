"""What the artifact of a prediction's own model version says of it."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from diagnosis.models import Prediction
from ml.manifest import ArtifactError, Manifest, read_manifest


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
