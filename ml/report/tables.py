"""The model card's tables, as Markdown."""

from collections.abc import Callable, Iterable
from typing import Any

from ml.labels import CLASSES
from ml.manifest import Manifest

WAYS = {"sex": "sex", "age": "age", "site": "body site", "dx_type": "how the label was made"}


def table(columns: list[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def headline(manifest: Manifest) -> str:
    """One column for each part that was measured."""
    names = [part for part in ("validation", "test") if part in manifest.metrics]
    parts = [manifest.metrics[name] for name in names]
    return table(["figure", *names], [[name, *map(line, parts)] for name, line in HEADLINE])


def classes(part: dict[str, Any]) -> str:
    each = part["classes"]["each"]
    rows = [
        [name, each[name]["images"], percent(each[name]["recall"]), f"{each[name]['auc']:.3f}"]
        for name in CLASSES
    ]
    return table(["class", "images", "recall", "AUC"], rows)


def subgroups(part: dict[str, Any]) -> str:
    rows = [
        [
            f"{WAYS[way]}: {name}",
            f"{one['images']} / {one['malignant']}",
            interval(one["auc"]) if "auc" in one else "too few",
            percent(one["sensitivity"]),
            percent(one["specificity"]),
        ]
        for way, groups in part["subgroups"].items()
        for name, one in groups.items()
    ]
    return table(["group", "images / malignant", "AUC", "sensitivity", "specificity"], rows)


def declines(part: dict[str, Any]) -> str:
    images = part["images"]
    rows = [
        [name, count, percent(count / images)]
        for name, count in sorted(part["declined"].items(), key=lambda item: -item[1])
    ]
    return table(["reason", f"of {images} good photos", "share"], rows)


def robustness(changes: list[dict[str, Any]]) -> str:
    rows = [
        [
            one["change"],
            f"{one['auc']:.3f}",
            f"{one['fall']:+.3f}",
            f"{one['mean_shift']:.3f}",
            one["declined"],
        ]
        for one in changes
    ]
    columns = ["photo", "AUC", "fall", "mean change of the probability", "declined"]
    return table(columns, rows)


def sizes(rows: list[dict[str, Any]]) -> str:
    return table(
        ["side of the square", "photos", "AUC", "declined"],
        [[one["side"], one["images"], f"{one['auc']:.3f}", percent(one["declined"])] for one in rows],
    )


def interval(figure: dict[str, Any]) -> str:
    low, high = figure["interval"]
    return f"{figure['value']:.3f} ({low:.3f} to {high:.3f})"


def percent(share: float | None) -> str:
    """An undefined share, of no photos at all, is None."""
    return "none" if share is None else f"{100 * share:.1f}%"


def _with_age(part: dict[str, Any]) -> str:
    return interval(part["with_age"]["malignancy_auc"]) if part.get("with_age") else "not told"


def _at(threshold: str, figure: str) -> Callable[[dict[str, Any]], str]:
    return lambda part: percent(part[threshold][figure])


HEADLINE: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
    ("images / lesions", lambda part: f"{part['images']} / {part['lesions']}"),
    ("malignancy AUC", lambda part: interval(part["malignancy_auc"])),
    ("malignancy AUC without the declined", lambda part: interval(part["malignancy_auc_without_declined"])),
    ("malignancy AUC without akiec", lambda part: interval(part["malignancy_auc_without_akiec"])),
    ("malignancy AUC of picture and age together", _with_age),
    ("sensitivity at the raised threshold", _at("at_raised", "sensitivity")),
    ("specificity there", _at("at_raised", "specificity")),
    ("malignant among the flagged there (PPV)", _at("at_raised", "ppv")),
    ("melanoma sensitivity there", _at("at_raised", "melanoma_sensitivity")),
    ("sensitivity at the low threshold", _at("at_low", "sensitivity")),
    ("specificity there", _at("at_low", "specificity")),
    ("melanoma sensitivity at 95% sensitivity on this part", _at("at_own_95", "melanoma_sensitivity")),
    ("specificity at 95% sensitivity on this part", _at("at_own_95", "specificity")),
    ("ECE (10 bins)", lambda part: interval(part["ece"])),
    ("ECE before calibration", lambda part: f"{part['ece_uncalibrated']:.3f}"),
    ("Brier score", lambda part: interval(part["brier"])),
    ("Brier score before calibration", lambda part: f"{part['brier_uncalibrated']:.3f}"),
    ("seven-class balanced accuracy", lambda part: percent(part["classes"]["balanced_accuracy"])),
    ("seven-class macro AUC", lambda part: f"{part['classes']['macro_auc']:.3f}"),
    ("good photos declined", lambda part: f"{part['declined']['all']} of {part['images']}"),
    ("outline, mean Dice coefficient", lambda part: f"{part['outline']['dice']:.3f}"),
]
