"""The networks that a worker's process holds: the current version's, and during a trial one more."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from diagnosis.models import ModelVersion, Photo
from ml.images import Crop, decode
from ml.manifest import ArtifactError, read_manifest

if TYPE_CHECKING:
    from ml.predict import Classifier, Result


class Held:
    """One network at a time: that of the version asked for last, loaded and warmed."""

    def __init__(self) -> None:
        self._held: tuple[tuple[str, Path], Classifier] | None = None

    def get(self, version: str) -> "Classifier":
        """Raises `ArtifactError`. The one before goes first, so that memory never holds both."""
        wanted = (version, settings.MODEL_FOLDER)
        if self._held is None or self._held[0] != wanted:
            self.drop()
            self._held = (wanted, _load(version))
        return self._held[1]

    def drop(self) -> None:
        if self._held is not None:
            self._held = None
            gc.collect()  # a network refers to itself in circles


CURRENT, ON_TRIAL = Held(), Held()


def judge(model: "Classifier", photo: Photo) -> "Result":
    """Raises `CannotJudge`, or whatever ails the stored file."""
    crop = Crop(photo.crop_x, photo.crop_y, photo.crop_size)
    with photo.image.open("rb") as file:
        return model.predict(decode(file.read()).image, crop)


def _load(version: str) -> "Classifier":
    """TensorFlow costs 520 MB and 7 s: only the process that judges photos imports it, not the
    worker's parent and not beat, which merely know the tasks' names."""
    from ml.predict import load_classifier

    added = ModelVersion.objects.filter(version=version).values_list("sha256", flat=True).first()
    if added and added != read_manifest(version, settings.MODEL_FOLDER).network_sha256:
        raise ArtifactError(f"Model {version}: its network is not the one that was added.")
    return load_classifier(version, settings.MODEL_FOLDER)
