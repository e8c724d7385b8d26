"""What the artifact knows of the photos it was made from, beside the network: one file of arrays."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from ml import reader
from ml.reference import Reference

KINDS = ("dermatoscopic", "clinical")


@dataclass(frozen=True)
class Known:
    """`reference` of the training photos; `clinical` and `strange`, readers (m + 1,) of `ml.reader.fit`."""

    reference: Reference
    clinical: np.ndarray
    strange: np.ndarray

    def read(self, statistics: np.ndarray) -> tuple[float, str, float]:
        """Of one photo's statistics (m,): distance, photo kind, and score of being no skin (yes above 0)."""
        standardised = self.reference.standardised(statistics[None])
        clinical = float(reader.scores(self.clinical, standardised)[0])
        strange = float(reader.scores(self.strange, standardised)[0])
        return float(self.reference.distances(statistics[None])[0]), KINDS[clinical > 0], strange

    def save(self, path: Path) -> None:
        arrays = asdict(self.reference) | {"clinical": self.clinical, "strange": self.strange}
        np.savez(path, **{name: array.astype(np.float32) for name, array in arrays.items()})

    @classmethod
    def load(cls, path: Path) -> "Known":
        """Raises `KeyError`, `OSError` or `ValueError` where the file is none of `save`."""
        with np.load(path, allow_pickle=False) as file:
            reference = Reference(**{field.name: file[field.name] for field in fields(Reference)})
            return cls(reference, file["clinical"], file["strange"])
