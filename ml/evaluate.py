"""Measures a trained network on what it was not trained on.

python -m ml.evaluate --data DIR              JSON on the screen, JSON and pictures in reports/VERSION
python -m ml.evaluate --data DIR --record     the figures also into the artifact's manifest and card
python -m ml.evaluate --parts validation      leaves the test part closed
python -m ml.evaluate --compare OLD NEW       two versions on the same photos, and whether NEW's AUC is higher

--compare leaves the test part closed unless --parts says otherwise. With --extra DIR it also measures both
on the held-out lesions of a set that a site exported (ml/extra.py). It prints tables, --json FILE keeps the
figures, --every N takes every N-th photo of HAM10000 for a quick look.
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
from ml.data import Ham10000, PhotoSet, Row, default_folder, split_sha256
from ml.extra import ExtraSet, ExtraSetError, check_apart
from ml.manifest import ARTIFACTS_HELP, ArtifactError, artifacts_folder, read_manifest, versions
from ml.pad import Pad
from ml.predict import load_classifier
from ml.report import outside
from ml.report.card import write_card
from ml.report.compare import check_comparable, compare, lines
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
    args = _arguments()
    try:
        return _compare(args) if args.compare else _evaluate(args)
    except (ArtifactError, ExtraSetError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2


def _evaluate(args: argparse.Namespace) -> int:
    version = args.version or (versions(args.artifacts) or [""])[-1]
    classifier = load_classifier(version, args.artifacts)
    report = evaluate(classifier, Ham10000(args.data), Pad(args.data), tuple(args.parts or PARTS))
    folder = args.out or Path("reports") / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report, indent=2, allow_nan=False) + "\n")
    draw_figures(last_part(report)[CURVES], folder)
    if args.record:
        record(classifier, report)
    print(json.dumps(without_curves(report), indent=2, allow_nan=False))
    return 0


def _compare(args: argparse.Namespace) -> int:
    check_comparable(*(read_manifest(version, args.artifacts) for version in args.compare))
    extra, data = [ExtraSet(folder) for folder in args.extra], Ham10000(args.data)
    check_apart(data, extra)
    old, new = (load_classifier(version, args.artifacts) for version in args.compare)
    parts = args.parts or ("validation",)
    places: list[tuple[str, PhotoSet, list[Row]]] = [
        (part, data, data.part(part)[:: args.every]) for part in parts
    ]
    places += [(f"held out of site {one.site}, {one.sha256[:16]}", one, one.held_out) for one in extra]
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {}
    for name, photos, rows in places:
        report[name] = compare(old, new, photos, rows)
        print(f"## {name}\n{lines(report[name])}\n", flush=True)
    if args.json:
        args.json.write_text(json.dumps(defined(report), indent=2, allow_nan=False) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--version", help="model version (default: the last by name)")
    parser.add_argument("--artifacts", type=Path, default=artifacts_folder(), help=ARTIFACTS_HELP)
    parser.add_argument("--out", type=Path, help="folder of the report (default: reports/VERSION)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="default: both, with --compare validation")
    parser.add_argument("--record", action="store_true", help="write the figures into the artifact")
    parser.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"), help="two model versions")
    parser.add_argument("--extra", type=Path, nargs="+", default=[], metavar="DIR", help="exported sets")
    parser.add_argument(
        "--every", type=_step, default=1, metavar="N", help="of HAM10000 every N-th photo only"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the comparison's figures")
    args = parser.parse_args()
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    alone, together = (args.version, args.out, args.record), (args.extra, args.every > 1, args.json)
    if args.compare and any(alone):
        parser.error("--compare goes without --version, --out and --record")
    if not args.compare and any(together):
        parser.error("--extra, --every and --json belong to --compare OLD NEW")
    return args


def _step(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
