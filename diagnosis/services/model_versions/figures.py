"""Model versions as operators look at them: how each stands, and two of them side by side."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from diagnosis.models import ModelVersion
from diagnosis.models.version import current_version
from diagnosis.services.manifests import manifest_of
from diagnosis.services.model_versions.files import usable_manifest
from ml.manifest import Manifest, versions

NOT_MEASURED = "–"


class State(models.TextChoices):
    CURRENT = "current", gettext_lazy("current")
    SHADOW = "shadow", gettext_lazy("on trial")
    RETIRED = "retired", gettext_lazy("retired")
    KNOWN = "known", gettext_lazy("known")
    NOT_ADDED = "not added", gettext_lazy("not added")


@dataclass(frozen=True)
class KnownVersion:
    """`problem` says what is wrong with its artifact; empty where nothing is. The AUCs are of telling
    malignant from harmless, None where they were not measured."""

    version: str
    state: State
    problem: str
    validation_auc: float | None
    test_auc: float | None
    added_at: datetime | None
    activated_at: datetime | None


def known_versions() -> list[KnownVersion]:
    """Those that were added, newest first, then what else has an artifact or is current by the settings."""
    rows: list[Any] = list(ModelVersion.objects.with_standing())
    current, added = current_version(), {row.version for row in rows}
    others = {*versions(settings.MODEL_FOLDER), current} - added
    return [standing_of(row) for row in rows] + [_other(one, current) for one in sorted(others)]


def standing_of(row: Any) -> KnownVersion:
    """Of a row of `ModelVersion.objects.with_standing()`, which knows what `current_version` would say."""
    state = State.KNOWN
    if row.version == (row.newest_activated or settings.MODEL_VERSION):
        state = State.CURRENT
    elif row.shadow or row.retired_at:
        state = State.SHADOW if row.shadow else State.RETIRED
    manifest = manifest_of(row.version)
    return KnownVersion(
        version=row.version,
        state=state,
        problem=_problem(row.version, row.sha256),
        validation_auc=manifest.auc("validation") if manifest else None,
        test_auc=manifest.auc("test") if manifest else None,
        added_at=row.added_at,
        activated_at=row.activated_at,
    )


def _other(version: str, current: str) -> KnownVersion:
    manifest = manifest_of(version)
    return KnownVersion(
        version=version,
        state=State.CURRENT if version == current else State.NOT_ADDED,
        problem=_problem(version),
        validation_auc=manifest.auc("validation") if manifest else None,
        test_auc=manifest.auc("test") if manifest else None,
        added_at=None,
        activated_at=None,
    )


def _problem(version: str, sha256: str = "") -> str:
    try:
        usable_manifest(version, sha256)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def compare(manifest: Manifest, current: str) -> list[str]:
    """What speaks against letting this version take over from the current one, in sentences."""
    names = {"new": manifest.version, "current": current}
    there = manifest_of(current)
    if there is None:
        said = _(
            "The artifact of the current version %(current)s can't be read: there is nothing to compare."
        )
        return [said % names]
    against = []
    if manifest.split_sha256 != there.split_sha256:
        said = _(
            "The splits are not the same: %(new)s may have been trained on photos that %(current)s was "
            "measured on, or the other way round."
        )
        against.append(said % names)
    new, old = manifest.auc("validation"), there.auc("validation")
    if new is None:
        against.append(_("%(new)s was not measured on the validation part.") % names)
    elif old is None:
        against.append(_("%(current)s was not measured on the validation part.") % names)
    elif new < old:
        said = _("%(new)s is worse on the validation part: its malignancy AUC is %(auc)s, not %(before)s.")
        against.append(said % (names | {"auc": to_places(new, 4), "before": to_places(old, 4)}))
    return against


def to_places(number: float | None, places: int = 3) -> str:
    """To three places, as the model card has them; a dash for None."""
    return NOT_MEASURED if number is None else number_format(round(number, places), places)


ORIGIN = (
    (gettext_lazy("Made"), "created_at"),
    (gettext_lazy("Split by lesion (SHA-256)"), "split/sha256"),
    (gettext_lazy("Side of the square, in pixels"), "side"),
    (gettext_lazy("Parameters"), "parameters"),
    (gettext_lazy("Threshold of the raised band"), "thresholds/raised"),
    (gettext_lazy("Threshold of the low band"), "thresholds/low"),
)
# So many characters say enough: the day, and what tells two hashes apart.
SHORT = {"created_at": 10, "split/sha256": 12}
PARTS = {"validation": gettext_lazy("Validation"), "test": gettext_lazy("Test")}
MEASURED = (
    (gettext_lazy("photos"), "images"),
    (gettext_lazy("AUC, malignant against harmless"), "malignancy_auc"),
    (gettext_lazy("sensitivity of the raised band"), "at_raised/sensitivity"),
    (gettext_lazy("its melanoma sensitivity"), "at_raised/melanoma_sensitivity"),
    (gettext_lazy("its specificity"), "at_raised/specificity"),
    (gettext_lazy("sensitivity above the low band"), "at_low/sensitivity"),
    (gettext_lazy("calibration error (ECE)"), "ece"),
    (gettext_lazy("Brier score"), "brier"),
)


@dataclass(frozen=True)
class Line:
    """One figure of the model card, of the version asked about and of the current one."""

    name: str
    own: str
    current: str


def side_by_side(version: str, current: str) -> list[Line]:
    """The figures of two versions' manifests; a dash where one was not measured or is not here."""
    own, other = (_data(manifest_of(name)) for name in (version, current))
    lines = [(str(name), path) for name, path in ORIGIN]
    for part, part_name in PARTS.items():
        lines += [(f"{part_name}: {name}", f"metrics/{part}/{path}") for name, path in MEASURED]
    return [Line(name, _shown(own, path), _shown(other, path)) for name, path in lines]


def _data(manifest: Manifest | None) -> dict[str, Any]:
    return manifest.data if manifest else {}


def _shown(part: Any, path: str) -> str:
    for key in path.split("/"):
        part = part.get(key) if isinstance(part, dict) else None
    if isinstance(part, dict) and "value" in part:
        low, high = part.get("interval", (None, None))
        shown = {"value": _number(part["value"]), "low": _number(low), "high": _number(high)}
        return _("%(value)s (%(low)s to %(high)s)") % shown if low is not None else shown["value"]
    if isinstance(part, str):
        return part[: SHORT.get(path, 40)]
    return _number(part)


def _number(value: Any) -> str:
    if isinstance(value, float):
        return number_format(round(value, 3), 3)
    return NOT_MEASURED if value is None else str(value)
