"""The kind of CNN that the original Flask site used, trained on our split and measured as our network is.

python -m benchmarks.original_cnn --data DIR [--version V] [--json]

Seed 1, 25 epochs, a few minutes on two cores; expect a malignancy AUC of 0.865 on the validation part and
0.888 on the test part, a hundredth more or less on another machine.

Networks of this kind are published with far higher figures: one notebook
(github.com/rohanmandrekar/Skin-Cancer-Classification) reports an accuracy of 0.952. It splits the
images at random, so photos of one lesion stand on both sides. Here no lesion does. The network is
helped where that costs nothing: a falling learning rate, pictures flipped at random, our calibration.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers

from ml import calibrate, metrics
from ml.data import Ham10000, Row, class_indices, default_folder, split_sha256
from ml.labels import CLASSES
from ml.manifest import ARTIFACTS_HELP, ArtifactError, Manifest, artifacts_folder, read_manifest, versions
from ml.report.scored import class_figures, truth

SIDE = 28
BATCH = 64
PARTS = ("validation", "test")
CONVOLUTIONS = ((16,), (32, 64), (128, 256))
DENSE = (256, 128, 64, 32)
SENSITIVITY = 0.95


def build() -> keras.Sequential:
    """An untrained network from float32 (n, 28, 28, 3) in 0..255 to logits (n, 7)."""
    network = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.Rescaling(1 / 255), layers.RandomFlip()])
    for number, widths in enumerate(CONVOLUTIONS):
        if number:
            network.add(layers.MaxPool2D())
            network.add(layers.BatchNormalization())
        for width in widths:
            network.add(layers.Conv2D(width, 3, padding="valid" if number else "same", activation="relu"))
    network.add(layers.Flatten())
    for width in DENSE:
        network.add(layers.Dropout(0.2))
        network.add(layers.Dense(width, activation="relu"))
        network.add(layers.BatchNormalization())
    network.add(layers.Dense(len(CLASSES)))
    return network


def train(data: Ham10000, epochs: int, seed: int) -> keras.Sequential:
    """Trains on the training part alone; nothing is chosen by looking at the others."""
    keras.utils.set_random_seed(seed)
    rows = data.part("train")
    rate = keras.optimizers.schedules.CosineDecay(1e-3, -(-len(rows) // BATCH) * epochs)
    network = build()
    network.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.fit(data.squares(rows, SIDE), class_indices(rows), batch_size=BATCH, epochs=epochs, verbose=0)
    return network


def measure(network: keras.Sequential, data: Ham10000, rounds: int = 1000) -> dict[str, Any]:
    """The figures of each part, named as in a manifest's `metrics`; calibrated on the validation part."""
    parts = {name: data.part(name) for name in PARTS}
    logits = {
        name: network.predict(data.squares(rows, SIDE), batch_size=256, verbose=0)
        for name, rows in parts.items()
    }
    calibration = calibrate.fit_with_odds(logits["validation"], class_indices(parts["validation"]))
    return {name: figures(calibration.apply(logits[name]), rows, rounds) for name, rows in parts.items()}


def figures(probabilities: np.ndarray, rows: list[Row], rounds: int) -> dict[str, Any]:
    """Of calibrated probabilities (n, 7): what the table shows, the interval from bootstraps over lesions."""
    probability = metrics.malignancy(probabilities)
    malignant, melanoma, lesions = truth(rows)
    threshold = metrics.threshold_at_sensitivity(malignant, probability, SENSITIVITY)
    interval = metrics.bootstrap(metrics.auc, lesions, malignant, probability, rounds=rounds)
    return {
        "malignancy_auc": {"value": metrics.auc(malignant, probability), "interval": interval},
        "classes": class_figures(class_indices(rows), probabilities),
        "ece": {"value": metrics.ece(malignant, probability)},
        "at_own_95": {
            "specificity": metrics.specificity(malignant, probability >= threshold),
            "melanoma_sensitivity": metrics.sensitivity(melanoma, probability >= threshold),
        },
    }


def compared(manifest: Manifest) -> dict[str, Any]:
    """The recorded figures of an artifact. Raises `ArtifactError` where they can't be compared with ours."""
    if manifest.data["split"]["sha256"] != split_sha256():
        raise ArtifactError(f"Model {manifest.version} was trained on another split than ml/split.csv.")
    found = {name: manifest.metrics[name] for name in PARTS if manifest.metrics.get(name)}
    if not found:
        raise ArtifactError(f"Model {manifest.version} was not measured: python -m ml.evaluate --record")
    return found


def table(networks: dict[str, dict[str, Any]]) -> str:
    """One line for each network and part."""
    head = (
        "part",
        "network",
        "malignancy AUC (95%)",
        "macro AUC",
        "accuracy",
        "balanced",
        "ECE",
        "spec.",
        "mel.",
    )
    lines = [head, *(row for part in PARTS for row in _rows(part, networks))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    note = f"spec., mel.: specificity and melanoma sensitivity at {SENSITIVITY:.0%} malignancy sensitivity"
    return "\n".join([*(line.rstrip() for line in text), note])


def _rows(part: str, networks: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for name, parts in networks.items():
        if found := parts.get(part):
            auc, classes, at_95 = found["malignancy_auc"], found["classes"], found["at_own_95"]
            low, high = auc["interval"]
            shown = (
                classes["macro_auc"],
                classes["accuracy"],
                classes["balanced_accuracy"],
                found["ece"]["value"],
                at_95["specificity"],
                at_95["melanoma_sensitivity"],
            )
            first = f"{auc['value']:.3f} ({low:.3f} to {high:.3f})"
            rows.append((part, name, first, *(f"{value:.3f}" for value in shown)))
    return rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of HAM10000 (default: LESION_DATA)")
    parser.add_argument("--version", help="model version beside it (default: the last by name)")
    parser.add_argument("--artifacts", type=Path, default=artifacts_folder(), help=ARTIFACTS_HELP)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of a table")
    args = parser.parse_args(arguments)
    if not args.data:
        parser.error("say where HAM10000 is: --data DIR, or LESION_DATA=DIR")
    version = args.version or (versions(args.artifacts) or [""])[-1]
    try:
        ours, data = compared(read_manifest(version, args.artifacts)), Ham10000(args.data)
    except (ArtifactError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    started = time.monotonic()
    network = train(data, args.epochs, args.seed)
    minutes = (time.monotonic() - started) / 60
    networks = {"original": measure(network, data), version: ours}
    if args.json:
        about = {"epochs": args.epochs, "seed": args.seed, "minutes": round(minutes, 1)}
        print(json.dumps({**about, "parameters": network.count_params(), "networks": networks}, indent=2))
    else:
        print(table(networks))
        print(f"original: {network.count_params():,} weights, {args.epochs} epochs in {minutes:.1f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
