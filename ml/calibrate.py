"""Calibration of the logits on the validation part, at its natural prevalence.

Temperature scaling (Guo et al., ICML 2017, arXiv:1706.04599) with a bias for each class: training
draws rare classes more often than they occur, which shifts the network's prior, and the
biases shift it back. Both are fitted together by Newton's method; the loss is convex.
"""

from dataclasses import dataclass

import numpy as np

RIDGE = 1e-3  # keeps the biases of classes with a handful of images from running away


@dataclass(frozen=True)
class Calibration:
    """probabilities = softmax(logits / temperature + biases)."""

    temperature: float
    biases: tuple[float, ...]

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated class probabilities (n, classes) from logits (n, classes)."""
        return softmax(np.asarray(logits, dtype=np.float64) / self.temperature + np.array(self.biases))


def identity(classes: int) -> Calibration:
    """No calibration at all: the network's own softmax."""
    return Calibration(1.0, (0.0,) * classes)


def fit(logits: np.ndarray, labels: np.ndarray, steps: int = 100) -> Calibration:
    """The calibration with the lowest mean log loss on logits (n, k) and labels (n,).

    Raises `ValueError` where the logits tell nothing about the labels.
    """
    logits = np.asarray(logits, dtype=np.float64)
    classes = logits.shape[1]
    scale = logits.std()
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError("The logits are all the same, or some are no numbers.")
    logits = logits / scale
    target = np.eye(classes)[labels]
    parameters = np.concatenate([[1.0], np.zeros(classes)])  # inverse temperature, then biases
    for _ in range(steps):
        step = np.linalg.solve(*_derivatives(logits, target, parameters))
        # A whole step overshoots where the logits are far from calibrated.
        while _loss(logits, target, parameters - step) > _loss(logits, target, parameters):
            step /= 2
        parameters = parameters - step
        if np.abs(step).max() < 1e-9:
            break
    biases = parameters[1:] - parameters[1:].mean()
    if parameters[0] <= 0:
        raise ValueError("The logits tell nothing about the labels: the temperature came out negative.")
    return Calibration(float(scale / parameters[0]), tuple(float(bias) for bias in biases))


def _loss(logits: np.ndarray, target: np.ndarray, parameters: np.ndarray) -> float:
    """Mean log loss with its ridge."""
    x = logits * parameters[0] + parameters[1:]
    peak = x.max(axis=1)
    log_sum = peak + np.log(np.exp(x - peak[:, None]).sum(axis=1))
    return float(np.mean(log_sum - (x * target).sum(axis=1)) + RIDGE / 2 * np.sum(parameters[1:] ** 2))


def _derivatives(
    logits: np.ndarray, target: np.ndarray, parameters: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hessian (k + 1, k + 1) and gradient (k + 1,) of `_loss`."""
    count, classes = logits.shape
    p = softmax(logits * parameters[0] + parameters[1:])
    residual = (p - target) / count
    gradient = np.concatenate([[np.sum(residual * logits)], residual.sum(axis=0)])
    gradient[1:] += RIDGE * parameters[1:]
    mean = np.sum(p * logits, axis=1, keepdims=True)
    hessian = np.zeros((classes + 1, classes + 1))
    # Where all is told apart perfectly the curvature vanishes; it must not vanish altogether.
    hessian[0, 0] = np.mean(np.sum(p * (logits - mean) ** 2, axis=1)) + 1e-12
    hessian[0, 1:] = hessian[1:, 0] = np.mean(p * (logits - mean), axis=0)
    hessian[1:, 1:] = np.diag(p.mean(axis=0)) - p.T @ p / count + RIDGE * np.eye(classes)
    return hessian, gradient


def softmax(x: np.ndarray) -> np.ndarray:
    """Along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
