"""Calibration of the logits on the validation part, at its natural prevalence.

Temperature scaling (Guo et al., ICML 2017, arXiv:1706.04599) with a bias for each class: training
draws rare classes more often than they occur, which shifts the network's prior, and the
biases shift it back. Both are fitted together by Newton's method; the loss is convex.

The biases also change which of two photos has the higher malignancy, and not for the better. So the
malignancy itself comes from the network's own log odds, stretched and shifted (Platt 1999), which
keeps their order; the classes share it out among themselves, by biases moved until each class is as
probable on the whole as it is frequent.
"""

from dataclasses import dataclass, replace

import numpy as np

from ml.labels import MALIGNANT_INDICES

RIDGE = 1e-3  # keeps the biases of classes with a handful of images from running away


@dataclass(frozen=True)
class Odds:
    """Log odds of malignancy = slope * the network's own + offset."""

    slope: float
    offset: float


@dataclass(frozen=True)
class Calibration:
    """probabilities = softmax(logits / temperature + biases); with `odds` the malignant classes together,
    and the others, are then scaled to what the odds say."""

    temperature: float
    biases: tuple[float, ...]
    odds: Odds | None = None

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated class probabilities (..., classes) from logits (..., classes)."""
        logits = np.asarray(logits, dtype=np.float64)
        probabilities = softmax(logits / self.temperature + np.array(self.biases))
        return _with_odds(probabilities, logits, self.odds) if self.odds else probabilities


def identity(classes: int) -> Calibration:
    """No calibration at all: the network's own softmax."""
    return Calibration(1.0, (0.0,) * classes)


def fit_with_odds(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """`fit`, and the malignancy's odds on the same logits (n, k) and labels (n,).

    Raises `ValueError` where the logits tell nothing about the labels.
    """
    odds = fit_odds(own_odds(logits), np.isin(labels, MALIGNANT_INDICES))
    return _as_frequent(replace(fit(logits, labels), odds=odds), logits, labels)


def own_odds(logits: np.ndarray) -> np.ndarray:
    """The network's own log odds of malignancy (...) from logits (..., classes)."""
    inside = np.isin(np.arange(np.shape(logits)[-1]), MALIGNANT_INDICES)
    logits = np.asarray(logits, dtype=np.float64)
    return np.logaddexp.reduce(logits[..., inside], axis=-1) - np.logaddexp.reduce(
        logits[..., ~inside], axis=-1
    )


def fit_odds(own: np.ndarray, malignant: np.ndarray) -> Odds:
    """Logistic regression of malignant (n,) on the network's own log odds (n,).

    Raises `ValueError` where the odds tell nothing.
    """
    return Odds(*logistic(own[:, None], malignant))


def logistic(x: np.ndarray, malignant: np.ndarray, steps: int = 100) -> tuple[float, ...]:
    """Logistic regression of malignant (n,) on the columns of x (n, m): m slopes and the offset.

    Its targets are Platt's, a little inside 0 and 1, so that it ends where all is told apart perfectly.
    Raises `ValueError` where the first column, the log odds of the network, tells nothing.
    """
    yes, no = malignant.sum(), (~malignant).sum()
    target = np.where(malignant, (yes + 1) / (yes + 2), 1 / (no + 2))
    x = np.column_stack([x, np.ones(len(x))])
    ridge = 1e-9 * np.eye(x.shape[1])
    parameters = np.zeros(x.shape[1])
    parameters[-1] = np.log((yes + 1) / (no + 1))
    for _ in range(steps):
        p = 1 / (1 + np.exp(-x @ parameters))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - target))
        # A step this long would leave the region in which the curvature is known.
        parameters = parameters - step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-9:
            break
    if parameters[0] <= 0:
        raise ValueError("The logits tell nothing of malignancy: the slope of the odds came out negative.")
    return tuple(float(one) for one in parameters)


def _as_frequent(
    calibration: Calibration, logits: np.ndarray, labels: np.ndarray, steps: int = 200
) -> Calibration:
    """With biases that make each class's mean probability its share of `labels`, as the odds let them.

    Iterative proportional fitting (Deming and Stephan 1940): the odds had moved those means away.
    """
    shares = np.bincount(labels, minlength=len(calibration.biases)) / len(labels)
    seen = shares > 0
    for _ in range(steps):
        biases = np.array(calibration.biases)
        means = calibration.apply(logits).mean(axis=0)
        biases[seen] += np.log(shares[seen] / means[seen])
        calibration = replace(calibration, biases=tuple(float(bias) for bias in biases - biases.mean()))
    return calibration


def _with_odds(probabilities: np.ndarray, logits: np.ndarray, odds: Odds) -> np.ndarray:
    inside = np.isin(np.arange(logits.shape[-1]), MALIGNANT_INDICES)
    malignancy = 1 / (1 + np.exp(-(odds.slope * own_odds(logits) + odds.offset)))[..., None]
    share = probabilities[..., inside].sum(axis=-1, keepdims=True)
    return np.where(
        inside, malignancy * probabilities / share, (1 - malignancy) * probabilities / (1 - share)
    )


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
