"""Where the network looked: Grad-CAM (Selvaraju et al., ICCV 2017) for the malignancy.

The logits are linear in the pooled maps, so the gradient is known: no second pass is needed.
"""

import numpy as np

from ml.labels import MALIGNANT_INDICES


def malignancy_gradient(probabilities: np.ndarray) -> np.ndarray:
    """Gradient of log odds of malignancy by the logits, up to the temperature: (classes,) to (classes,)."""
    chosen = np.zeros(len(probabilities), bool)
    chosen[list(MALIGNANT_INDICES)] = True
    tiny = np.finfo(float).tiny
    inside, outside = probabilities[chosen].sum() + tiny, probabilities[~chosen].sum() + tiny
    return np.where(chosen, probabilities / inside, -probabilities / outside)


def grad_cam(maps: np.ndarray, kernel: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Each place's share in the malignancy, 0..1 with its peak at 1: (h, w).

    `maps` (h, w, channels), `kernel` (channels, classes) and `gradient` (classes,). All zero where
    no place speaks for malignancy.
    """
    speaks = np.maximum(maps @ (kernel @ gradient), 0.0)
    peak = speaks.max()
    return speaks / peak if peak > 0 else speaks
