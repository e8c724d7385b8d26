"""A small untrained network as an artifact, written by the code that writes the real one."""

import json
import tempfile
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from ml.artifact import write_artifact
from ml.classifier import compiled
from ml.data import Ham10000, class_indices
from ml.labels import CLASSES
from ml.members import Member
from ml.model import Shape, build
from ml.pad import Pad
from ml.recipe import Recipe
from tests.ham10000 import make_rows, write_zip
from tests.pad import write_pad

VERSION = "tiny-1"
SHAPE = Shape(stem=4, widths=(6, 8, 12), blocks=(1, 1, 1), decoder=4)


def tiny_network(data: Ham10000, side: int = 32, seed: int = 1) -> keras.Model:
    """Untrained but for its last layer, which tells the drawn classes' shades apart a little.

    It is sure that a mole fills the square: else chance would decide whether it declines.
    """
    keras.utils.set_random_seed(seed)
    model = build(SHAPE, side)
    model.get_layer("outline").bias.assign([9.0])
    rows = data.part("train")
    pooled = compiled(model)(data.squares(rows, side))["maps"].mean(axis=(1, 2))
    x = np.hstack([pooled, np.ones((len(pooled), 1))])
    labels = np.eye(len(CLASSES))[class_indices(rows)]
    weights = 4 * np.linalg.solve(x.T @ x + 1e-3 * np.eye(x.shape[1]), x.T @ labels)
    model.get_layer("logits").set_weights([weights[:-1], weights[-1]])
    return model


def member(data: Ham10000, side: int = 32, seed: int = 1) -> Member:
    recipe = Recipe(shape=SHAPE, phases=((side, 2),), seed=seed)
    return Member(tiny_network(data, side, seed), recipe, f"python -m ml.train --run runs/{seed}", 0.1)


def strange() -> list[Image.Image]:
    """Green noise, which nobody takes for skin."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (8, 160, 160, 3)) * np.array([0.2, 1.0, 0.3])
    return [Image.fromarray(one.astype(np.uint8)) for one in pixels]


def write_tiny(root: Path, version: str = VERSION, side: int = 32, members: int = 1) -> Path:
    """Writes it into `root` and returns `root`."""
    with tempfile.TemporaryDirectory() as folder:
        data = Ham10000(write_zip(Path(folder), make_rows(lesions=4, photos=2)))
        write_artifact(
            version=version,
            members=[member(data, side, seed) for seed in range(1, members + 1)],
            data=data,
            pad=Pad(write_pad(Path(folder) / "pad_ufes_20")),
            strange=strange(),
            root=root,
        )
    # A handful of drawn pictures says little of where the next one will lie.
    path = root / version / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest |= {"farthest": dict.fromkeys(manifest["farthest"], 1e6), "stability": {"most": 1.0}}
    path.write_text(json.dumps(manifest))
    return root
