"""A small untrained network as an artifact, written by the code that writes the real one."""

from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from ml.artifact import write_artifact
from ml.data import Row
from ml.labels import CLASSES
from ml.model import build
from ml.train import Recipe

VERSION = "tiny-1"


def write_tiny(root: Path, version: str = VERSION, side: int = 32) -> Path:
    """Writes it into `root`, calibrated on made-up logits, and returns `root`."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, len(CLASSES), 300)
    write_artifact(
        version=version,
        model=build(side, channels=(4, 8)),
        recipe=asdict(Recipe(side=side, channels=(4, 8), epochs=2)),
        minutes=0.1,
        logits=rng.normal(size=(300, len(CLASSES))) + np.eye(len(CLASSES))[labels],
        rows=[
            Row(f"ISIC_{n}", f"HAM_{n}", CLASSES[label], "histo", None, "female", "back")
            for n, label in enumerate(labels)
        ],
        root=root,
    )
    return root
