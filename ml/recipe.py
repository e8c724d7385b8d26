"""What decides how a training goes, besides the data: written down with it, and kept to."""

import ast
import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ml.model import Shape
from ml.views import TURNS


class RecipeError(ValueError):
    """A recipe is not one, or not the one its run began with; the message says what to do."""


@dataclass(frozen=True)
class Extra:
    """What went into a network from one extra training set, see `ml.extra`; where the set lay is not kept.

    site: its pseudonymous id. sha256: of its rows and photos. photos: how many were trained on.
    """

    site: str
    sha256: str
    photos: int


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a training run goes, besides HAM10000."""

    shape: Shape = field(default_factory=Shape)
    # What is learnt: "classes", which the site is for, or before that "lesions", see `ml.lesions`.
    task: str = "classes"
    # Side of the pictures and epochs: small pictures first, which are cheap, then larger ones.
    phases: tuple[tuple[int, int], ...] = ((64, 30), (96, 24), (128, 16))
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    label_smoothing: float = 0.05
    # A class of n images is drawn in proportion to n ** sampling_power: 1 as it comes, 0 all alike.
    sampling_power: float = 0.5
    # Weight of the loss of malignant against benign, beside that of the seven classes.
    malignant_weight: float = 0.0
    outline_weight: float = 0.5
    # Counts only where the shape guesses the person.
    person_weight: float = 0.2
    colour: float = 1.0
    # Scales how many pictures lose detail, and the noise.
    degradation: float = 1.0
    # Share of the pictures compressed once more, see `ml.augment.recompress`.
    recompressed: float = 0.0
    # Least and largest width of what is shown, as a share of the picture's shorter side.
    zoom: tuple[float, float] = (0.7, 1.2)
    mixup: float = 0.2
    # The weights shipped are a running mean over about 1 / (1 - average) steps.
    average: float = 0.998
    seed: int = 1
    # Folder of a finished run, of either task, whose weights this one starts from; empty: from nothing.
    start: str = ""
    # Folders of finished runs or artifacts that it learns from besides, and how much what they say counts.
    teachers: tuple[str, ...] = ()
    teachers_weight: float = 0.5
    # Photos beside HAM10000's that it was trained on, or what it started from, or its teachers.
    extra: tuple[Extra, ...] = ()

    @property
    def epochs(self) -> int:
        return sum(epochs for _, epochs in self.phases)


def changed(recipe: Recipe, settings: list[str]) -> Recipe:
    """The recipe with `name=value` settings, of itself or of its shape. Raises `RecipeError` on others."""
    for setting in settings:
        name, _, text = setting.partition("=")
        value = ast.literal_eval(text)
        if name in {f.name for f in fields(Shape)}:
            recipe = replace(recipe, shape=replace(recipe.shape, **{name: value}))
        elif name in {f.name for f in fields(Recipe)} - {"extra"}:  # which comes with its photos
            recipe = replace(recipe, **{name: value})
        else:
            raise RecipeError(f"A recipe has no {name}.")
    shape = recipe.shape
    if recipe.task not in ("classes", "lesions"):
        raise RecipeError(f'The task is "classes" or "lesions", not "{recipe.task}".')
    if recipe.task == "lesions" and (recipe.mixup or recipe.teachers):
        raise RecipeError("Lesions are told apart without blends or teachers: say mixup=0.0.")
    if shape.turning and any(width % TURNS for width in (shape.stem, *shape.widths, shape.decoder)):
        raise RecipeError(f"With turning, stem, widths and decoder must be multiples of {TURNS}.")
    return recipe


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a run. Raises `FileNotFoundError` where there is none."""
    return recipe_of(json.loads((folder / "recipe.json").read_text()))


def recipe_of(data: dict[str, Any]) -> Recipe:
    """A recipe as it was written down."""
    shape = Shape(**_with_tuples(data["shape"]))
    phases = tuple((side, epochs) for side, epochs in data["phases"])
    extra = tuple(Extra(**one) for one in data.get("extra", ()))
    return Recipe(**_with_tuples(data) | {"shape": shape, "phases": phases, "extra": extra})


def _with_tuples(data: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists alone."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def keep_recipe(recipe: Recipe, folder: Path) -> None:
    """A run goes on only as it began: two recipes in one network could not be told apart later.

    Raises `RecipeError` where the run in `folder` began with another recipe.
    """
    if not (folder / "recipe.json").exists():
        (folder / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n")
    elif (before := read_recipe(folder)) != recipe:
        names = [f.name for f in fields(Recipe) if getattr(before, f.name) != getattr(recipe, f.name)]
        raise RecipeError(
            f"{folder} was trained with another recipe ({', '.join(names)}); choose another folder."
        )
