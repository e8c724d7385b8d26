"""The eight views of a square: four quarter turns, each as it is and mirrored.

A mole has no up or down, so all eight deserve the same answer: their mean is better than one,
and their spread says how far the network can be trusted with this photo.
"""

import numpy as np

COUNT = 8


def views(picture: np.ndarray) -> np.ndarray:
    """All views of one square array (side, side, ...), the untouched one first: (8, side, side, ...)."""
    turned = [np.rot90(picture, turns) for turns in range(4)]
    return np.stack(turned + [view[:, ::-1] for view in turned])


def upright(seen: np.ndarray) -> np.ndarray:
    """Maps (8, h, w, ...) of the eight views, each turned back to lie on the untouched one."""
    turned = list(seen[:4]) + [view[:, ::-1] for view in seen[4:]]
    return np.stack([np.rot90(view, -(number % 4)) for number, view in enumerate(turned)])
