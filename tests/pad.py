"""A tiny data set in the shape of PAD-UFES-20, of drawn pictures."""

import csv
import zipfile
from pathlib import Path

from tests.pictures import mole_jpeg

COLUMNS = ("image", "diagnostic", "dx", "malignant", "patient_id")
DIAGNOSES = {
    "ACK": ("akiec", 1),
    "BCC": ("bcc", 1),
    "MEL": ("mel", 1),
    "NEV": ("nv", 0),
    "SCC": ("scc", 1),
    "SEK": ("bkl", 0),
}


def write_pad(folder: Path) -> Path:
    """One photo of each diagnosis, the first two of one patient."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "images.zip", "w") as images, (folder / "labels.csv").open("w") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number, (diagnostic, (dx, malignant)) in enumerate(DIAGNOSES.items()):
            patient = f"PAT_{max(number, 1)}"
            image = f"{patient}_{number}_7"
            images.writestr(f"{image}.jpg", mole_jpeg(160, 150, seed=number))
            table.writerow((image, diagnostic, dx, malignant, patient))
    return folder
