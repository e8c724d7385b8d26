"""What finished networks say of the training photos, for another one to learn from (Hinton et al. 2015)."""

from pathlib import Path

import keras
import numpy as np

from ml import views
from ml.calibrate import softmax
from ml.callbacks import logits_of
from ml.data import PhotoSet, Row
from ml.images import Crop
from ml.members import read_members


def soft_labels(folders: list[Path], data: PhotoSet, rows: list[Row]) -> np.ndarray:
    """Class probabilities (n, 7) of the rows: of the mean logits of all networks on both squares of a photo.

    Each folder is a finished run or an artifact. Raises `FileNotFoundError` or `ArtifactError` as
    `ml.members.read_members`.
    """
    members = [member for folder in folders for member in read_members(folder)]
    mean = np.mean([_logits(member.model, data, rows) for member in members], axis=0)
    return softmax(mean)


def _logits(model: keras.Model, data: PhotoSet, rows: list[Row]) -> np.ndarray:
    side, logits = model.input_shape[1], logits_of(model)
    squares = np.concatenate([views.look(picture, Crop(), side) for picture in data.pictures(rows)])
    return logits(squares).reshape(len(rows), 2, -1).mean(axis=1)
