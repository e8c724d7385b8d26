"""Reads and checks an artifact's manifest and card. Standard library only: the web process uses it."""

import hashlib
import json
import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ml.labels import CLASSES, MALIGNANT

ARTIFACTS = Path(__file__).with_name("artifacts")
ARTIFACTS_HELP = "folder of the model versions (default: MODEL_FOLDER, else ml/artifacts)"
REQUIRED = ("version", "files", "classes", "malignant", "side", "calibration", "thresholds", "prevalence")
NETWORK, KNOWN = "model.keras", "known.npz"
OLDEST = 120  # years


class ArtifactError(Exception):
    """The artifact is missing, damaged, too large or not what its manifest says; the message names it."""


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says of one trained network, and where its files are."""

    folder: Path
    data: dict[str, Any]

    @property
    def version(self) -> str:
        return str(self.data["version"])

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.data["classes"])

    @property
    def malignant(self) -> tuple[str, ...]:
        return tuple(self.data["malignant"])

    @property
    def side(self) -> int:
        """Side of the square the network takes, in pixels."""
        return int(self.data["side"])

    @property
    def thresholds(self) -> dict[str, float]:
        """`low`: below it the band is low. `raised`: from it on the band is raised."""
        return {name: float(value) for name, value in self.data["thresholds"].items()}

    @property
    def metrics(self) -> dict[str, Any]:
        """What `python -m ml.evaluate` measured, by part; empty before the first evaluation."""
        return dict(self.data.get("metrics", {}))

    @property
    def network_sha256(self) -> str:
        return _text(self.data["files"], NETWORK)

    @property
    def split_sha256(self) -> str:
        """Of the split by lesion that it was trained and measured on; empty where it does not say."""
        return _text(self.data.get("split"), "sha256")

    def auc(self, part: str) -> float | None:
        """The malignancy AUC measured on `validation` or `test`; None where it was not."""
        try:
            value = float(self.metrics[part]["malignancy_auc"]["value"])
        except (KeyError, TypeError, ValueError):
            return None
        return value if math.isfinite(value) else None

    def check(self) -> None:
        """Raises `ArtifactError` unless it can judge photos here, and be compared with other versions."""
        if (self.data["classes"], self.data["malignant"]) != (list(CLASSES), list(MALIGNANT)):
            raise ArtifactError(f"Model {self.version}: its classes are not the seven of ml/labels.py.")
        try:
            usable = self.thresholds["low"] <= self.thresholds["raised"] and self.side > 0
            fitted = self.data["calibration"]["biases"], self.data["calibration"]["temperature"]
            limits = [self.data["farthest"][kind] for kind in ("dermatoscopic", "clinical")]
            limits += [self.data["stability"]["most"], self.data["conformal"]["least"], self.data["nearer"]]
            usable = usable and all(fitted) and all(float(limit) > 0 for limit in limits)
        except (AttributeError, KeyError, TypeError, ValueError):
            usable = False
        if not usable:
            raise ArtifactError(f"Model {self.version}: its thresholds or other fitted figures are damaged.")
        for name in (NETWORK, KNOWN):
            self.file(name)
        if not self.split_sha256:
            raise ArtifactError(f"Model {self.version}: its manifest.json names no split (split.sha256).")
        if not (self.folder / "MODEL_CARD.md").is_file():
            raise ArtifactError(
                f"Model {self.version}: MODEL_CARD.md is missing; python -m ml.evaluate writes it."
            )

    @cached_property
    def card(self) -> str:
        """The model card, Markdown."""
        return (self.folder / "MODEL_CARD.md").read_text()

    def band(self, malignancy_probability: float) -> str:
        """`low`, `unclear` or `raised`: below the threshold of 99% sensitivity on the validation
        part, between, and from that of 95% on."""
        if malignancy_probability >= self.thresholds["raised"]:
            return "raised"
        return "low" if malignancy_probability < self.thresholds["low"] else "unclear"

    def band_figures(self, name: str) -> dict[str, float] | None:
        """Sensitivity, specificity and PPV of the threshold that bounds the band `raised` (from it on)
        or `low` (below it), on the test part, or on validation before the test part was opened."""
        part = self.metrics.get("test") or self.metrics.get("validation")
        figures = (part or {}).get(f"at_{'low' if name == 'low' else 'raised'}")
        return figures and {key: float(figures[key]) for key in ("sensitivity", "specificity", "ppv")}

    @property
    def clinical(self) -> dict[str, Any] | None:
        """What was measured on plain phone photos; None where nothing was."""
        return self.metrics.get("clinical")

    def at_prevalence(self, malignancy_probability: float, prevalence: float) -> float:
        """The malignancy probability where the share of malignant photos is `prevalence`, not the data's.

        Prior shift (Saerens, Latinne and Decaestecker, Neural Computation 2002, equation 2.4): the odds
        change by the ratio of the prior odds, if malignant and benign moles look there as they look in
        the data. That was not validated. Raises `ValueError` for a prevalence that is not between 0 and 1.
        """
        if not 0 < prevalence < 1:
            raise ValueError(f"A prevalence lies between 0 and 1; {prevalence} does not.")
        own = float(self.data["prevalence"])
        malignant = malignancy_probability * prevalence / own
        benign = (1 - malignancy_probability) * (1 - prevalence) / (1 - own)
        return malignant / (malignant + benign)

    def with_age(self, malignancy_probability: float, years: float) -> float | None:
        """The malignancy probability of the picture and the person's age in years together, see `ml.age`.

        None where the version does not tell. Raises `ValueError` for an age nobody has.
        """
        if not 0 <= years <= OLDEST:
            raise ValueError(f"An age lies between 0 and {OLDEST} years; {years:g} does not.")
        if not (fitted := self.data.get("age")):
            return None
        if malignancy_probability in (0, 1):
            return malignancy_probability
        years = min(max(years, fitted["youngest"]), fitted["oldest"])
        picture = math.log(malignancy_probability) - math.log1p(-malignancy_probability)
        odds = fitted["slope"] * picture + fitted["per_year"] * (years - fitted["centre"]) + fitted["offset"]
        return 1 / (1 + math.exp(-odds))

    def file(self, name: str) -> Path:
        """One of the artifact's files, after its SHA-256 was found to be the manifest's.

        Raises `ArtifactError`: Keras says "File not found" of a file cut short, which helps nobody.
        """
        path = self.folder / name
        if not path.is_file():
            raise ArtifactError(f"Model {self.version}: {name} is missing from {self.folder}.")
        if hashlib.sha256(path.read_bytes()).hexdigest() != _text(self.data["files"], name):
            raise ArtifactError(f"Model {self.version}: {name} is damaged (its SHA-256 is another).")
        return path


def _text(table: Any, name: str) -> str:
    """What a part of the manifest says, where it is such a part and says it."""
    return str(table.get(name, "")) if isinstance(table, dict) else ""


def read_manifest(version: str, root: Path = ARTIFACTS) -> Manifest:
    """The manifest of one model version. Raises `ArtifactError` naming what is wrong with it."""
    folder = root / version
    if version in ("", "..") or folder.parent != root:
        raise ArtifactError(f"{version!r} is no name of a model version.")
    try:
        data = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise ArtifactError(f"Model {version}: there is no {folder / 'manifest.json'}.") from error
    except (OSError, ValueError) as error:
        raise ArtifactError(f"Model {version}: its manifest.json can't be read or is damaged.") from error
    if not isinstance(data, dict):
        raise ArtifactError(f"Model {version}: its manifest.json is damaged.")
    missing = [name for name in REQUIRED if name not in data]
    if missing or data["version"] != version:
        raise ArtifactError(
            f"Model {version}: its manifest.json lacks {', '.join(missing) or 'its version'}."
        )
    return Manifest(folder, data)


def artifacts_folder() -> Path:
    """Where the site looks for its models too."""
    return Path(os.environ.get("MODEL_FOLDER") or ARTIFACTS)


def versions(root: Path = ARTIFACTS) -> list[str]:
    """The model versions that have an artifact, sorted by name."""
    return sorted(path.parent.name for path in root.glob("*/manifest.json"))
