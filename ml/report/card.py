"""Writes the model card from the manifest, so that no figure is typed by hand."""

from typing import Any

from ml.labels import CLASSES, NAMES
from ml.manifest import Manifest
from ml.report import tables


def write_card(manifest: Manifest) -> None:
    """MODEL_CARD.md beside the manifest."""
    (manifest.folder / "MODEL_CARD.md").write_text(card(manifest))


def card(manifest: Manifest) -> str:
    """The card's Markdown. Needs the figures of `python -m ml.evaluate --record` in the manifest."""
    part = "test" if "test" in manifest.metrics else "validation"
    return "\n\n".join(
        [
            f"# Model card: {manifest.version}",
            _what_it_is(manifest),
            _what_it_was_trained_on(manifest),
            _how_good(manifest, part),
            _bands(manifest, part),
            *_age(manifest, part),
            _declines(manifest, part),
            _robustness(manifest),
            _outside(manifest),
            _limits(manifest, part),
        ]
    )


def _what_it_is(manifest: Manifest) -> str:
    data = manifest.data
    networks = len(data["training"]["networks"])
    made_of = "one residual network" if networks == 1 else f"the mean of {networks} residual networks"
    turning = sum(bool(one["recipe"]["shape"].get("turning")) for one in data["training"]["networks"])
    poses = f"""
Filters that stand in eight poses (Cohen and Welling, ICML 2016), in {turning} of {networks}, see the same in every turn."""
    return f"""A convolutional network that gives the probability that the mole on a dermatoscopic photo is
malignant. **It predicts; it does not diagnose.** It is no medical device and has not been tested on patients.

## What it is
{data["parameters"]:,} parameters in {made_of} trained from scratch, on a square of
{manifest.side} x {manifest.side} pixels and on the middle {100 * data["nearer"]:.0f}% of its width, each in four quarter turns,
as they are and mirrored; the mean of these 16 views counts.{poses if turning else ""} Rescaling is part of the network. A small decoder draws the lesion's outline.
Seven classes; the malignancy probability is the sum of {", ".join(manifest.malignant)} (the convention of
Tschandl et al., Nature Medicine 2020).

{tables.table(["class", "meaning"], [[name, NAMES[name]] for name in CLASSES])}"""


def _what_it_was_trained_on(manifest: Manifest) -> str:
    data = manifest.data
    source, split = data["data"], data["split"]
    runs = "\n".join(
        f"- `{one['command']}`: {one['minutes']:.0f} minutes, seed {one['recipe']['seed']}"
        for one in data["training"]["networks"]
    )
    return f"""## What it was trained on
{source["name"]} (doi:{source["doi"]}, {source["licence"]}): {source["images"]}.
Split 70/15/15 by lesion, stratified by class ({split["file"]}, SHA-256 `{split["sha256"][:16]}...`): no
lesion is in two parts. Trained on a {data["training"]["machine"]}:

{runs}
{_extra(source.get("extra", []))}
Calibrated on the validation part at its natural prevalence: the classes by one temperature ({data["calibration"]["temperature"]:.3f})
and a bias each, the malignancy by its own log odds, times {data["calibration"]["odds"]["slope"]:.3f} and shifted by {data["calibration"]["odds"]["offset"]:.3f}. The photo kind is read with 140 phone photos of PAD-UFES-20
(doi:10.17632/zr7vgbcyr2.1, CC BY 4.0); pictures of other things come from Python packages or are drawn."""


def _extra(sets: list[dict[str, Any]]) -> str:
    """A paragraph, or nothing where only HAM10000 was trained on."""
    if not sets:
        return ""
    named = "; ".join(f"{one['photos']} of site `{one['site']}` (`{one['sha256'][:16]}...`)" for one in sets)
    return f"""
Besides, photos that people allowed to be trained on, reviewed on sites: {named}. Calibration, thresholds and all figures
are HAM10000's alone.
"""


def _how_good(manifest: Manifest, part: str) -> str:
    figures = manifest.metrics[part]
    opened = (
        "Nothing was chosen by the test part; docs/experiments.md says when it was opened."
        if part == "test"
        else "**The test part has not been opened yet for this version.**"
    )
    parts = "" if part == "test" else " --parts validation"
    return f"""## How good it is
Measured with `python -m ml.evaluate --version {manifest.version}{parts} --record`. The 95% intervals come from
1,000 bootstraps over lesions. {opened}

{tables.headline(manifest)}

Each class on the {part} part:

{tables.classes(figures)}

By who and where, on the {part} part, at the raised threshold:

{tables.subgroups(figures)}

The set of classes that promises the true one in 90% of photos held it in {tables.percent(figures["conformal"]["coverage"])} of
the {part} part; it has {figures["conformal"]["mean_size"]:.2f} classes on average."""


def _bands(manifest: Manifest, part: str) -> str:
    low, raised = (manifest.thresholds[name] for name in ("low", "raised"))
    at_low, at_raised = (manifest.metrics[part][f"at_{name}"] for name in ("low", "raised"))
    rows = [
        ["low", f"below {tables.percent(low)}", "below the threshold that catches 99% of the malignant"],
        ["unclear", "between", ""],
        ["raised", f"{tables.percent(raised)} and above", "from the threshold on that catches 95% of them"],
    ]
    return f"""## Bands
{tables.table(["band", "malignancy probability", "meaning, on the validation part"], rows)}

Of 100 malignant photos in the {part} part, {100 * (1 - at_low["sensitivity"]):.1f} were in the low band and
{100 * at_raised["sensitivity"]:.1f} in the raised one; of 100 photos in the raised band, {100 * at_raised["ppv"]:.0f} were malignant."""


def _age(manifest: Manifest, part: str) -> list[str]:
    """Nothing where the version tells nothing of ages."""
    fitted, figures = manifest.data.get("age"), manifest.metrics[part].get("with_age")
    if not (fitted and figures):
        return []
    return [
        f"""## With the person's age
`python -m ml.predict --age YEARS` gives the malignancy probability of picture and age together besides. Its log odds are
{fitted["slope"]:.2f} times the picture's, and {fitted["per_year"]:.3f} more for each year above {fitted["centre"]:.0f} (fitted on the
validation part; ages are held between {fitted["youngest"]:.0f} and {fitted["oldest"]:.0f}). On the {figures["images"]} photos of the {part} part with a known age: AUC
{tables.interval(figures["malignancy_auc"])} instead of {tables.interval(figures["malignancy_auc_of_the_picture"])}, \
ECE {tables.interval(figures["ece"])}, Brier score {tables.interval(figures["brier"])}.

What it gains, it gains between ages: the old have more malignant moles. Within an age it tells them apart no better. So bands never
use it, or the rare malignant moles of the young would be missed more often."""
    ]


def _declines(manifest: Manifest, part: str) -> str:
    metrics, figures = manifest.metrics, manifest.metrics[part]
    strange = metrics["not_skin"]["held_out"]
    return f"""## When it declines
It gives no probability for a photo that is too small, dark, bright, blurred or colourless, has no mole in the
middle, is unlike skin, or gets another answer when it is merely turned or seen from nearer.

{tables.declines(figures)}

Of {strange["pictures"]} pictures of other things (photos, pages, drawings, textures; none of their
sources was used to set a threshold) it declined {tables.percent(strange["declined"])}. Where a declined malignant photo
counts as missed, sensitivity at the raised threshold is {tables.percent(figures["at_raised"]["sensitivity_declined_missed"])} \
instead of {tables.percent(figures["at_raised"]["sensitivity"])}.

The outline overlaps the published masks with a Dice coefficient of {figures["outline"]["dice"]:.3f} on average
(median {figures["outline"]["dice_median"]:.3f})."""


def _robustness(manifest: Manifest) -> str:
    metrics, changes = manifest.metrics, manifest.metrics["robustness"]["changes"]
    return f"""## The same photos taken differently
On {changes[0]["images"]} photos of the {metrics["robustness"]["part"]} part:

{tables.robustness(changes)}

With fewer and fewer pixels:

{tables.sizes(metrics["sizes"])}"""


def _outside(manifest: Manifest) -> str:
    phone, speed = manifest.metrics["clinical"], manifest.metrics["speed"]
    return f"""## Plain phone photos
It was not made for them. On {phone["images"]} phone photos of {phone["patients"]} patients from PAD-UFES-20
({tables.percent(phone["prevalence"])} malignant, cancers and keratoses rather than moles): AUC {tables.interval(phone["auc"])},
sensitivity {tables.percent(phone["sensitivity"])} and specificity {tables.percent(phone["specificity"])} at the raised \
threshold, ECE {phone["ece"]:.2f}; {phone["declined"]["all"]} were declined. It recognised {tables.percent(phone["photo_kind"]["clinical_recognised"])} \
of them as phone photos when their patients were left out of the fitting.

## Speed
{speed["median_ms"]:.0f} ms a photo (median of 100, from the file's bytes to all results, two cores), {speed["artifact_mb"]:.1f} MB on disk."""


def _limits(manifest: Manifest, part: str) -> str:
    return f"""## What it must not be used for
- To decide not to see a doctor. A low band is no all-clear.
- Plain phone photos: see above.
- Children, nails, mucous membranes (mouth, genitals), and skin types V and VI: HAM10000 has few or none.
- People unlike those of two clinics in Austria and Australia, where the photos come from: not measured.

The share of malignant photos here ({tables.percent(manifest.metrics[part]["prevalence"])}) is that of clinics. Among photos people take at
home it is far lower, and so is the share of flagged moles that are malignant.

## Licence
The weights: {manifest.data["licence"]}. Not for commercial use. The code around them is MIT.
"""
