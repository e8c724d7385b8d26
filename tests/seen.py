"""What a model version that sees more than classes records, and its manifest without its network."""

import json
from pathlib import Path
from typing import Any

VERSION = "seen-1"
SEEN: dict[str, Any] = {
    "photo_kind_seen": "dermatoscopic",
    "stability": 0.031,
    "distance": 1.2,
    "conformal_set": ["mel", "nv"],
    "measurements": {
        "area_share": 0.21,
        "diameter": 0.43,
        "asymmetry_major": 0.08,
        "asymmetry_minor": 0.11,
        "irregularity": 1.31,
        "colour_variation": 9.4,
        "contrast": 24.0,
        "mean_colour": [151, 98, 80],
        "cut_off": False,
    },
    "outline": [[0.25, 0.25], [0.75, 0.3], [0.7, 0.75], [0.3, 0.7]],
    "explanation": [[round((row + column) / 14, 3) for column in range(8)] for row in range(8)],
}
# Of a photo it can't judge, whatever was said of it before.
REJECTED: dict[str, Any] = {
    **dict.fromkeys(SEEN),
    "photo_kind_seen": "",
    "status": "rejected",
    "malignancy_probability": None,
    "class_probabilities": None,
    "band": "",
    "reason_code": "blurred",
    "reason": "The photo is too blurred to be judged.",
}
TEST = {
    "images": 1500,
    "lesions": 1100,
    "prevalence": 0.2,
    "malignancy_auc": {"value": 0.91, "interval": [0.89, 0.93]},
    "at_raised": {"sensitivity": 0.93, "specificity": 0.64, "ppv": 0.39, "melanoma_sensitivity": 0.9},
    "at_low": {"sensitivity": 0.98, "specificity": 0.46, "ppv": 0.31, "melanoma_sensitivity": 0.97},
}
CLINICAL = {
    "images": 2298,
    "auc": {"value": 0.72, "interval": [0.69, 0.75]},
    "sensitivity": 0.812,
    "specificity": 0.451,
}


def write_manifest(root: Path, *, clinical: bool = True) -> Path:
    """Writes `VERSION`'s manifest into `root` and returns `root`: enough for the web process."""
    data = {
        "version": VERSION,
        "files": {},
        "classes": ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"],
        "malignant": ["akiec", "bcc", "mel"],
        "side": 128,
        "calibration": {},
        "thresholds": {"low": 0.025, "raised": 0.068},
        "prevalence": 0.2,
        "metrics": {"test": TEST} | ({"clinical": CLINICAL} if clinical else {}),
    }
    (root / VERSION).mkdir(parents=True)
    (root / VERSION / "manifest.json").write_text(json.dumps(data))
    return root
