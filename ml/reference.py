"""How far a picture is from those the network was trained on, in the network's own features.

Probabilistic PCA (Tipping and Bishop 1999) of the standardised statistics of the training photos: the
distance has a part within the principal components (Mahalanobis) and a part outside them. Each
is 1 on average for training photos; the distance is the root of their squares' mean.
"""

from dataclasses import dataclass

import numpy as np

COMPONENTS = 64


@dataclass(frozen=True)
class Reference:
    """mean, scale (m,); components (k, m); variances (k,); rest (): variance of each further direction."""

    mean: np.ndarray
    scale: np.ndarray
    components: np.ndarray
    variances: np.ndarray
    rest: np.ndarray

    def standardised(self, statistics: np.ndarray) -> np.ndarray:
        """Statistics (n, m) with mean 0 and deviation 1 over the training photos."""
        return (np.asarray(statistics, np.float64) - self.mean) / self.scale

    def distances(self, statistics: np.ndarray) -> np.ndarray:
        """Distance (n,) of statistics (n, m) from the training photos; about 1 for photos like them."""
        x = self.standardised(statistics)
        within = x @ self.components.T
        outside = np.maximum((x**2).sum(axis=1) - (within**2).sum(axis=1), 0.0)
        directions = x.shape[1] - len(self.variances)
        return np.sqrt(((within**2 / self.variances).mean(axis=1) + outside / (self.rest * directions)) / 2)


def fit(statistics: np.ndarray, components: int = COMPONENTS) -> Reference:
    """The reference of training statistics (n, m). Half as many components as photos at most."""
    components = min(components, len(statistics) // 2)
    mean, scale = statistics.mean(axis=0), statistics.std(axis=0)
    # A channel that never stirs would make the smallest stir look infinitely strange.
    scale = np.maximum(scale, 0.05 * np.median(scale[scale > 0]))
    x = (np.asarray(statistics, np.float64) - mean) / scale
    _, singular, directions = np.linalg.svd(x, full_matrices=False)
    variances = singular**2 / len(x)
    rest = variances[components:].sum() / (x.shape[1] - components)
    return Reference(mean, scale, directions[:components], variances[:components], np.array(rest))
