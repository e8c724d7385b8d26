"""Two readers on the network's statistics: plain phone photo or through a dermatoscope; skin or not.

Logistic regressions, fitted on HAM10000's training photos, 140 phone photos of PAD-UFES-20 and drawn
or packaged pictures of other things. All are brought to the same square and compression
first: otherwise they would learn the file's shape.
"""

import io

import numpy as np
from PIL import Image

QUALITIES = (60, 75, 90)
# Strong: there are far fewer phone photos than statistics.
INVERSE_RIDGE = 0.01


def fit(no: np.ndarray, yes: np.ndarray, calibration: np.ndarray, share: float) -> np.ndarray:
    """Weights and bias (m + 1,) that tell statistics (k, m) `yes` from `no`, both counting alike.

    The bias is set so that a `share` of the photos in `calibration`, which are `no`, score above 0.
    """
    from sklearn.linear_model import LogisticRegression  # for training only: not installed where it serves

    x = np.vstack([no, yes])
    y = np.repeat([0, 1], [len(no), len(yes)])
    model = LogisticRegression(C=INVERSE_RIDGE, class_weight="balanced", max_iter=2000).fit(x, y)
    weights = model.coef_[0]
    return np.append(weights, -np.quantile(calibration @ weights, 1 - share))


def scores(reader: np.ndarray, statistics: np.ndarray) -> np.ndarray:
    """Scores (n,) of standardised statistics (n, m): yes above 0."""
    return statistics @ reader[:-1] + reader[-1]


def recompressed(pixels: np.ndarray, seed: int = 1) -> np.ndarray:
    """uint8 squares (n, side, side, 3) after a JPEG file of one of three qualities, drawn for each."""
    qualities = np.random.default_rng(seed).choice(QUALITIES, len(pixels))
    return np.stack([jpeg(square, int(quality)) for square, quality in zip(pixels, qualities, strict=True)])


def jpeg(square: np.ndarray, quality: int) -> np.ndarray:
    """uint8 (h, w, 3) after a JPEG file of this quality."""
    file = io.BytesIO()
    Image.fromarray(square).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))
