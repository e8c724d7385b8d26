"""Measures a trained network on what it was not trained on.

python -m ml.evaluate --data DIR              JSON on the screen, JSON and pictures in reports/VERSION
python -m ml.evaluate --data DIR --record     the figures also into the artifact's manifest and card
python -m ml.evaluate --parts validation      leaves the test part closed
"""

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import Any, cast

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from ml.artifact import LOW_SENSITIVITY, RAISED_SENSITIVITY
from ml.classifier import Classifier
from ml.data import Ham10000, default_folder, split_sha256
from ml.manifest import ARTIFACTS_HELP, ArtifactError, artifacts_folder, versions
from ml.pad import Pad
from ml.predict import load_classifier
from ml.report import outside
from ml.report.card import write_card
from ml.report.figures import draw_figures
from ml.report.scored import headline, score

PARTS = ("validation", "test")
# What the pictures are drawn from; too long for the manifest.
CURVES = "curves"


def evaluate(
    classifier: Classifier, data: Ham10000, pad: Pad, parts: tuple[str, ...] = PARTS, rounds: int = 1000
) -> dict[str, Any]:
    """All figures, by part; robustness, outline and speed on the last of `parts`.

    Raises `ArtifactError` on another split's model.
    """
    if classifier.manifest.data["split"]["sha256"] != split_sha256():
        version = classifier.manifest.version
        raise ArtifactError(f"Model {version} was trained on another split than ml/split.csv.")
    report: dict[str, Any] = {}
    for part in parts:
        rows = data.part(part)
        scored = score(classifier, data.pictures(rows))
        report[part] = headline(classifier, rows, scored, rounds)
        report[part]["outline"] = outside.outlines(data, rows, scored)
    report |= {
        "robustness": {"part": part, "changes": outside.robustness(classifier, data, rows, scored)},
        "sizes": outside.sizes(classifier, data, rows),
        "clinical": outside.phone_photos(classifier, pad, rounds),
        "not_skin": outside.not_skin(classifier),
        "speed": outside.speed(classifier, data, rows),
    }
    return cast(dict[str, Any], defined(report))


def defined(value: Any) -> Any:
    """The same with None for every undefined ratio: JSON has no NaN, and browsers refuse it."""
    if isinstance(value, dict):
        return {name: defined(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [defined(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def record(classifier: Classifier, report: dict[str, Any]) -> None:
    """Keep the figures (without the curves) in the manifest, and write the card from it."""
    manifest = classifier.manifest
    bands = {"low": LOW_SENSITIVITY, "raised": RAISED_SENSITIVITY}
    manifest.data["metrics"] = without_curves(report) | {"bands": bands}
    (manifest.folder / "manifest.json").write_text(
        json.dumps(manifest.data, indent=2, allow_nan=False) + "\n"
    )
    write_card(manifest)
    draw_figures(last_part(report)[CURVES], manifest.folder)


def last_part(report: dict[str, Any]) -> dict[str, Any]:
    """The test part's figures, or the validation part's while the test part is closed."""
    return report.get("test") or report["validation"]


def without_curves(report: dict[str, Any]) -> dict[str, Any]:
    return report | {
        part: {name: value for name, value in report[part].items() if name != CURVES}
        for part in PARTS
        if part in report
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--version", help="model version (default: the last by name)")
    parser.add_argument("--artifacts", type=Path, default=artifacts_folder(), help=ARTIFACTS_HELP)
    parser.add_argument("--out", type=Path, help="folder of the report (default: reports/VERSION)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="default: both")
    parser.add_argument("--record", action="store_true", help="write the figures into the artifact")
    args = parser.parse_args()
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    version = args.version or (versions(args.artifacts) or [""])[-1]
    try:
        classifier = load_classifier(version, args.artifacts)
        report = evaluate(classifier, Ham10000(args.data), Pad(args.data), tuple(args.parts))
    except (ArtifactError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    folder = args.out or Path("reports") / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report, indent=2, allow_nan=False) + "\n")
    draw_figures(last_part(report)[CURVES], folder)
    if args.record:
        record(classifier, report)
    print(json.dumps(without_curves(report), indent=2, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
