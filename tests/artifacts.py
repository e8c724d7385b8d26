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


def made_up(count: int = 300) -> tuple[np.ndarray, list[Row]]:
    """Logits and rows of a validation part, of which the one tells something about the other."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, len(CLASSES), count)
    rows = [Row(f"ISIC_{n}", f"HAM_{n}", CLASSES[i], "histo", None, "", "") for n, i in enumerate(labels)]
    return rng.normal(size=(count, len(CLASSES))) + np.eye(len(CLASSES))[labels], rows


def write_tiny(root: Path, version: str = VERSION, side: int = 32) -> Path:
    """Writes it into `root` and returns `root`."""
    keras.utils.set_random_seed(1)
    logits, rows = made_up()
    write_artifact(
        version=version,
        model=build(side, channels=(4, 8)),
        recipe=asdict(Recipe(side=side, channels=(4, 8), epochs=2)),
        minutes=0.1,
        logits=logits,
        rows=rows,
        root=root,
    )
    return root
