"""What operators do with model versions: add, try out, activate, retire, and go back.

Each verb locks all versions first. Of two operators at once the second waits, and then sees what the
first did.
"""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from diagnosis.models import Activation, ModelVersion, ShadowPrediction
from diagnosis.models.version import current_version, version_on_trial
from diagnosis.services.audit import record_event
from diagnosis.services.model_versions.figures import compare
from diagnosis.services.model_versions.files import check_name, checked_manifest, take_in, usable_manifest
from ml.manifest import Manifest


class NeedsReason(ValidationError):
    """Something speaks against the activation, and nobody has said why it is to be done all the same."""


def add_version(*, version: str, folder: Path | None = None) -> ModelVersion:
    """Makes a version known whose artifact is in `settings.MODEL_FOLDER`, or is copied there from `folder`.

    One that was retired is taken back. Raises `ValidationError` where the artifact is not whole, or the
    version known already.
    """
    check_name(version)
    _check_new(version)
    if folder is not None:
        take_in(version=version, source=folder)
    try:
        with transaction.atomic():
            _lock()
            retired = _check_new(version)
            manifest = checked_manifest(version, sha256=retired.sha256 if retired else "")
            return _add(manifest, retired)
    except IntegrityError as error:  # two first ones at once: there was no row to lock
        raise _known_already(version) from error


def objections(version: str) -> list[str]:
    """What speaks against letting a version take over from the current one, in sentences.

    Two versions are compared by the malignancy AUC on the validation part, which says something
    only where both were split alike. Raises `ValidationError` where it can't be activated at all.
    """
    current = current_version()
    return compare(_to_activate(_get(version), current), current)


def activate_version(*, version: str, reason: str = "", instead_of: str = "") -> Activation:
    """From now on this version judges photos; what was predicted stays. A trial of it ends.

    Raises `NeedsReason` where something speaks against it (`objections`) and no reason is given;
    `ValidationError` where it can't be used, judges already, or another than `instead_of` judges by now.
    """
    with transaction.atomic():
        _lock()
        row, before = _get(version), _current(instead_of)
        manifest = _to_activate(row, before)
        against = compare(manifest, before)
        if against and not reason.strip():
            raise NeedsReason([*against, _("Say why it is to be activated all the same.")])
        _register_first(before)
        trial_ended = _end_trial(row)
        activation = Activation.objects.create(version=row, reason=reason.strip())
        record_event(
            "version.activated",
            row,
            reason=activation.reason,
            version=version,
            before=before,
            validation_auc=manifest.auc("validation"),
            objections=len(against),
            trial_ended=trial_ended,
        )
    return activation


def rollback_target() -> str | None:
    """The version that was current before the current one; None where there was none."""
    last = list(Activation.objects.order_by("-id").values_list("version__version", flat=True)[:2])
    before = last[1] if len(last) == 2 else settings.MODEL_VERSION
    return before if last and before != last[0] else None


def rollback(*, reason: str = "", instead_of: str = "") -> Activation:
    """The version that was current before the current one takes over again, without questions.

    Raises `ValidationError` where there is none, its network is not there, or another than `instead_of`
    judges by now.
    """
    with transaction.atomic():
        _lock()
        before, target = _current(instead_of), rollback_target()
        if target is None:
            raise ValidationError(_("No other version was current before %(version)s.") % {"version": before})
        row = ModelVersion.objects.filter(version=target).first() or _add(usable_manifest(target))
        _check_not_retired(row)
        usable_manifest(target, row.sha256)
        trial_ended = _end_trial(row)
        activation = Activation.objects.create(version=row, reason=reason.strip())
        record_event(
            "version.rolled_back",
            row,
            reason=activation.reason,
            version=target,
            before=before,
            trial_ended=trial_ended,
        )
    return activation


def retire_version(*, version: str) -> ModelVersion:
    """No longer to be activated or tried out. Its predictions and its artifact stay.

    Raises `ValidationError` for the current version, the one on trial, and one that is retired.
    """
    with transaction.atomic():
        _lock()
        row = _get(version)
        _check_not_retired(row)
        if version == current_version():
            raise ValidationError(
                _("%(version)s is the current version. Activate another one first.") % {"version": version}
            )
        if row.shadow:
            raise ValidationError(_("%(version)s is on trial. End the trial first.") % {"version": version})
        ModelVersion.objects.filter(pk=row.pk).update(retired_at=Now())
        record_event("version.retired", row, version=version)
    row.refresh_from_db()
    return row


def start_shadow(*, version: str) -> ModelVersion:
    """Begins a trial: from now on this version also judges each new photo, in the background and unseen.

    Raises `ValidationError` where it can't be used, is current, or another one is on trial.
    """
    with transaction.atomic():
        _lock()
        row, on_trial = _get(version), version_on_trial()
        _check_not_retired(row)
        if on_trial:
            raise ValidationError(
                _("%(version)s is on trial already. One at a time is: end that trial first.")
                % {"version": on_trial}
            )
        if version == current_version():
            raise ValidationError(
                _("%(version)s is the current version; there is nothing to try out.") % {"version": version}
            )
        checked_manifest(version, sha256=row.sha256)
        row.shadow = True
        row.save(update_fields=["shadow"])
        record_event("version.shadow_started", row, version=version, current=current_version())
    return row


def stop_shadow() -> ModelVersion:
    """Ends the trial. What was judged stays; what waits for it is dropped. Raises `ValidationError`."""
    with transaction.atomic():
        _lock()
        row = version_on_trial()
        if row is None:
            raise ValidationError(_("No version is on trial."))
        _end_trial(row)
        judged = row.shadows.exclude(finished_at=None).count()
        record_event("version.shadow_stopped", row, version=row.version, judged=judged)
    return row


def _lock() -> None:
    list(ModelVersion.objects.select_for_update().order_by("pk"))


def _get(version: str) -> ModelVersion:
    row = ModelVersion.objects.filter(version=version).first()
    if row is None:
        raise ValidationError(
            _("There is no model version %(version)s here. Add it first: manage.py model add.")
            % {"version": version}
        )
    return row


def _current(expected: str) -> str:
    """Raises `ValidationError` where somebody activated another one meanwhile."""
    current = current_version()
    if expected and expected != current:
        raise ValidationError(
            _("Meanwhile %(current)s has become the current version, no longer %(expected)s. Look again.")
            % {"current": current, "expected": expected}
        )
    return current


def _to_activate(row: ModelVersion, current: str) -> Manifest:
    if row.version == current:
        raise ValidationError(_("%(version)s is the current version already.") % {"version": current})
    _check_not_retired(row)
    return checked_manifest(row.version, sha256=row.sha256)


def _check_new(version: str) -> ModelVersion | None:
    """The row of a version that was retired, which may come back. Raises `ValidationError`."""
    known = ModelVersion.objects.filter(version=version).first()
    if known and not known.retired_at:
        raise _known_already(version)
    return known


def _known_already(version: str) -> ValidationError:
    return ValidationError(_("%(version)s is known already.") % {"version": version})


def _check_not_retired(row: ModelVersion) -> None:
    if row.retired_at:
        raise ValidationError(
            _("%(version)s is retired. To take it back, add it again: manage.py model add %(version)s.")
            % {"version": row}
        )


def _add(manifest: Manifest, retired: ModelVersion | None = None) -> ModelVersion:
    row = retired or ModelVersion(version=manifest.version, sha256=manifest.network_sha256)
    row.retired_at = None
    row.save()
    record_event(
        "version.added", row, version=row.version, sha256=row.sha256, split=manifest.split_sha256,
        again=retired is not None,
    )  # fmt: skip
    return row


def _register_first(current: str) -> None:
    """Before the first activation the settings alone said which version judges: it becomes the first row,
    so that there is a way back to it. One whose artifact is gone is none to go back to."""
    if Activation.objects.exists():
        return
    row = ModelVersion.objects.filter(version=current).first()
    try:
        row = row or _add(usable_manifest(current))
    except ValidationError:
        return
    Activation.objects.create(version=row)


def _end_trial(row: ModelVersion) -> bool:
    """Whether it was on trial."""
    if row.shadow:
        row.shadow = False
        row.save(update_fields=["shadow"])
        ShadowPrediction.objects.filter(version=row, finished_at=None).delete()
        return True
    return False
