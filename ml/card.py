"""Writes the model card from the manifest, so that no figure is typed by hand."""

from typing import Any

from ml.labels import CLASSES, NAMES
from ml.manifest import Manifest


def write_card(manifest: Manifest) -> None:
    """MODEL_CARD.md beside the manifest."""
    (manifest.folder / "MODEL_CARD.md").write_text(card(manifest))


def card(manifest: Manifest) -> str:
    """The card's Markdown. Needs the figures of `python -m ml.evaluate --record` in the manifest."""
    data, test = manifest.data, manifest.metrics["test"]
    recipe, training = data["training"]["recipe"], data["training"]
    return f"""# Model card: {manifest.version}

A convolutional network that gives the probability that the mole on a dermatoscopic photo is
malignant. **It predicts; it does not diagnose.** It is no medical device and has not been tested on patients.

## What it is
{data["parameters"]:,} parameters, trained from scratch: blocks of two 3x3 convolutions with batch
normalisation, then max pooling and dropout, on a square of {manifest.side} x {manifest.side} pixels; rescaling is part of the network.
Seven classes; the malignancy probability is the sum of {", ".join(manifest.malignant)} (the convention of
Tschandl et al., Nature Medicine 2020).

| class | meaning |
| --- | --- |
{_rows([name, NAMES[name]] for name in CLASSES)}

## What it was trained on
{data["data"]["name"]} (doi:{data["data"]["doi"]}, {data["data"]["licence"]}): {data["data"]["images"]}. Split 70/15/15 by
lesion, stratified by class ({data["split"]["file"]}, SHA-256 `{data["split"]["sha256"][:16]}...`): no lesion is in two parts.
Trained with `{training["command"]}` in {training["minutes"]:.0f} minutes on a {training["machine"]}, {recipe["epochs"]} epochs, seed {recipe["seed"]}.
Calibrated (one temperature, {data["calibration"]["temperature"]:.3f}, and a bias for each class) on the validation part at its natural prevalence.

## How good it is
Measured with `python -m ml.evaluate --version {manifest.version} --record`. The 95% intervals come from
1,000 bootstraps over lesions. Network, calibration and thresholds were fixed before the test part was looked at.

| figure | validation | test |
| --- | --- | --- |
{_rows(_figures(manifest))}

| class on the test part | images | recall | AUC |
| --- | --- | --- | --- |
{_rows(_class_rows(test))}

## Bands
| band | malignancy probability | meaning |
| --- | --- | --- |
| low | below {_percent(manifest.thresholds["low"])} | below the threshold that catches 99% of the malignant photos of the validation part |
| unclear | between | |
| raised | {_percent(manifest.thresholds["raised"])} and above | at or above the threshold that catches 95% of them |

Of 100 malignant photos in the test part, {100 * (1 - test["at_low"]["sensitivity"]):.1f} were in the low band.

## What it must not be used for
- To decide not to see a doctor. A low band is no all-clear.
- Plain phone photos: it was trained and tested on photos through a dermatoscope only.
- Children, nails, mucous membranes (mouth, genitals), and skin types V and VI: HAM10000 has few or none.
- People unlike those of two clinics in Austria and Australia, where the photos come from: not measured yet.

The share of malignant photos here ({_percent(test["prevalence"])}) is that of clinics. Among photos people take at home
it is far lower, and so is the share of flagged moles that are malignant.

## Licence
The weights: {data["licence"]}. Not for commercial use. The code around them is MIT.
"""


def _rows(rows: Any) -> str:
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def _figures(manifest: Manifest) -> list[list[str]]:
    parts = [manifest.metrics["validation"], manifest.metrics["test"]]
    lines = {
        "images / lesions": lambda part: f"{part['images']} / {part['lesions']}",
        "malignancy AUC": lambda part: _interval(part["malignancy_auc"]),
        "sensitivity at the raised threshold": lambda part: _percent(part["at_raised"]["sensitivity"]),
        "specificity there": lambda part: _percent(part["at_raised"]["specificity"]),
        "malignant among the flagged there (PPV)": lambda part: _percent(part["at_raised"]["ppv"]),
        "melanoma sensitivity there": lambda part: _percent(part["at_raised"]["melanoma_sensitivity"]),
        "sensitivity at the low threshold": lambda part: _percent(part["at_low"]["sensitivity"]),
        "specificity there ": lambda part: _percent(part["at_low"]["specificity"]),
        "melanoma sensitivity at 95% sensitivity on this part": lambda part: _percent(
            part["at_own_95"]["melanoma_sensitivity"]
        ),
        "ECE (10 bins)": lambda part: _interval(part["ece"]),
        "ECE before calibration": lambda part: f"{part['ece_uncalibrated']:.3f}",
        "Brier score": lambda part: _interval(part["brier"]),
        "Brier score before calibration": lambda part: f"{part['brier_uncalibrated']:.3f}",
        "seven-class balanced accuracy": lambda part: _percent(part["classes"]["balanced_accuracy"]),
        "seven-class macro AUC": lambda part: f"{part['classes']['macro_auc']:.3f}",
        "good photos refused by the checks": lambda part: f"{part['declined']} of {part['images']}",
    }
    return [[name.strip(), *map(line, parts)] for name, line in lines.items()]


def _class_rows(part: dict[str, Any]) -> list[list[str]]:
    each = part["classes"]["each"]
    return [
        [name, str(each[name]["images"]), _percent(each[name]["recall"]), f"{each[name]['auc']:.3f}"]
        for name in CLASSES
    ]


def _interval(figure: dict[str, Any]) -> str:
    low, high = figure["interval"]
    return f"{figure['value']:.3f} ({low:.3f} to {high:.3f})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
