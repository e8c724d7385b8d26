"""The trained networks that an artifact is made of, and how each came to be."""

from dataclasses import dataclass
from pathlib import Path

import keras

from ml.manifest import NETWORK, read_manifest
from ml.model import build
from ml.recipe import Extra, Recipe, RecipeError, read_recipe, recipe_of
from ml.runs import minutes, trained_network


@dataclass(frozen=True)
class Member:
    """One trained network, and how it came to be."""

    model: keras.Model
    recipe: Recipe
    command: str
    minutes: float


def read_members(folder: Path) -> list[Member]:
    """The network of a finished run of `python -m ml.train`, or the networks of an artifact.

    So a version can be made of an earlier one and what was trained since. Raises `FileNotFoundError`
    where the folder holds neither, `ArtifactError` where the artifact is damaged, `RecipeError` where the
    run has learnt no classes.
    """
    if (folder / "manifest.json").exists():
        return _of_artifact(folder)
    if not (folder / "recipe.json").exists():
        raise FileNotFoundError(f"{folder} is neither the folder of a training nor an artifact.")
    recipe = read_recipe(folder)
    if recipe.task != "classes":
        raise RecipeError(f"{folder} has learnt no classes yet; train from it: start={str(folder)!r}.")
    command, took = _origin(folder)
    return [Member(trained_network(folder), recipe, command, took)]


def _origin(folder: Path) -> tuple[str, float]:
    """The commands that led to a run, those of the run it started from first, and their minutes."""
    command, took = (folder / "command.txt").read_text().strip(), minutes(folder)
    if start := read_recipe(folder).start:
        earlier, before = _origin(Path(start))
        return f"{earlier} && {command}", before + took
    return command, took


def inherited(recipe: Recipe) -> list[Extra]:
    """The extra photos that went into what the run starts from, and into its teachers.

    Raises `FileNotFoundError` or `ArtifactError` as `read_members`.
    """
    folders = [Path(folder) for folder in (recipe.start, *recipe.teachers) if folder]
    return [one for folder in folders for each in _recipes(folder) for one in each.extra]


def _recipes(folder: Path) -> list[Recipe]:
    if not (folder / "manifest.json").exists():
        return [read_recipe(folder)]
    origins = read_manifest(folder.name, folder.parent).data["training"]["networks"]
    return [recipe_of(origin["recipe"]) for origin in origins]


def _of_artifact(folder: Path) -> list[Member]:
    manifest = read_manifest(folder.name, folder.parent)
    origins = manifest.data["training"]["networks"]
    together = keras.models.load_model(manifest.file(NETWORK), compile=False)
    members = []
    for number, origin in enumerate(origins):
        recipe = recipe_of(origin["recipe"])
        model = build(recipe.shape, manifest.side)
        model.set_weights(together.get_layer(f"member_{number + 1}").get_weights())
        members.append(Member(model, recipe, origin["command"], origin["minutes"]))
    return members
