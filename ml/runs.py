"""Reads the folder of a training: its figures, and its network once it has come to its end."""

import json
from pathlib import Path

import keras

from ml import lesions
from ml.model import build
from ml.recipe import read_recipe


def trained_network(folder: Path) -> keras.Model:
    """The averaged network of a finished run, for squares of its last phase.

    Where the run told lesions apart, its class logits are still untrained.
    Raises `FileNotFoundError` where the run in `folder` has not come to its end.
    """
    recipe = read_recipe(folder)
    path = folder / f"average-{recipe.epochs}.keras"
    if not path.is_file():
        raise FileNotFoundError(f"{folder} has no {path.name}: its training has not come to its end.")
    averaged = keras.models.load_model(path, compile=False)
    trained = build(recipe.shape, recipe.phases[-1][0])
    trained.set_weights(lesions.network_in(averaged).get_weights())
    return trained


def minutes(folder: Path) -> float:
    """How long a run has trained."""
    return sum(epoch["seconds"] for epoch in read_history(folder)) / 60


def read_history(folder: Path) -> list[dict[str, float]]:
    """The figures of each finished epoch."""
    history: list[dict[str, float]] = json.loads((folder / "history.json").read_text())
    return history
