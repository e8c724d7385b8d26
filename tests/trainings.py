"""A training whose machine loses power."""

from pathlib import Path

import pytest

from ml import train as training
from ml.callbacks import Checkpoint
from ml.data import Ham10000
from ml.recipe import Recipe


class PulledPlug(Checkpoint):
    """The machine loses power once the first epoch is safe."""

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        raise KeyboardInterrupt


def train_one_epoch_of(data: Ham10000, recipe: Recipe, folder: Path) -> None:
    """The recipe's first epoch, after which the plug is pulled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "Checkpoint", PulledPlug)
        with pytest.raises(KeyboardInterrupt):
            training.train(data, recipe, folder)
