"""The artifacts of model versions: checked, and copied to where the site looks for its models."""

import re
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ml.manifest import KNOWN, NETWORK, ArtifactError, Manifest, read_manifest

# Names a folder: no slash, and nothing that a listing hides.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def checked_manifest(version: str, root: Path | None = None, sha256: str = "") -> Manifest:
    """The manifest of a whole artifact; with `sha256`, one that is still of the network that was added.

    Raises `ValidationError`, which says what is wrong.
    """
    check_name(version)
    try:
        manifest = read_manifest(version, root or settings.MODEL_FOLDER)
        manifest.check()
    except ArtifactError as error:
        raise ValidationError(str(error)) from error
    check_same_network(manifest, sha256)
    return manifest


def usable_manifest(version: str, sha256: str = "") -> Manifest:
    """Of what has judged photos here before, or is about to anyway: that its files are undamaged is enough.

    Raises `ValidationError`.
    """
    check_name(version)
    try:
        manifest = read_manifest(version, settings.MODEL_FOLDER)
        for name in (NETWORK, KNOWN):
            manifest.file(name)
    except ArtifactError as error:
        raise ValidationError(str(error)) from error
    check_same_network(manifest, sha256)
    return manifest


def check_name(version: str) -> None:
    if not NAME.fullmatch(version):
        raise ValidationError(
            _(
                "“%(version)s” is no name of a model version: letters, digits, hyphens, dots and "
                "underscores, at most 100, the first a letter or a digit."
            )
            % {"version": version}
        )


def check_same_network(manifest: Manifest, sha256: str) -> None:
    if sha256 and manifest.network_sha256 != sha256:
        raise ValidationError(
            _(
                "The network of %(version)s is not the one that was added (its SHA-256 is another). "
                "Put the right one back, or give this one a name of its own."
            )
            % {"version": manifest.version}
        )


def take_in(*, version: str, source: Path) -> None:
    """Copies the files of an artifact's folder into `settings.MODEL_FOLDER`, whole or not at all.

    A version that is there already is never overwritten. Raises `ValidationError`.
    """
    check_name(version)
    root, target = settings.MODEL_FOLDER, settings.MODEL_FOLDER / version
    if source.is_dir() and source.resolve() == target.resolve():
        return
    try:
        # On the same disk, so that it can be renamed to its place in one step.
        staging = Path(tempfile.mkdtemp(prefix=".adding-", dir=root))
    except OSError as error:
        raise _not_copied(source, error) from error
    try:
        copy = staging / version
        _copy_files(source, copy)
        checked_manifest(version, staging)
        _put_in_place(copy, target)
    except OSError as error:
        raise _not_copied(source, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> None:
    """An artifact has no folders in it, and a link might lead anywhere."""
    files = [path for path in source.iterdir() if path.is_file() and not path.is_symlink()]
    target.mkdir()
    for path in files:
        shutil.copyfile(path, target / path.name)


def _put_in_place(copy: Path, target: Path) -> None:
    try:
        copy.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        if _files(copy) != _files(target):
            raise ValidationError(
                _(
                    "There is another artifact of the name %(version)s in %(folder)s. A version is never "
                    "overwritten: give the new one another name."
                )
                % {"version": target.name, "folder": target.parent}
            ) from None


def _files(folder: Path) -> dict[str, bytes]:
    """The manifest names the SHA-256 of the network, so that it stands for it too."""
    names = ("manifest.json", "MODEL_CARD.md")
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


def _not_copied(source: Path, error: OSError) -> ValidationError:
    return ValidationError(
        _("%(source)s can't be copied into %(folder)s: %(reason)s.")
        % {"source": source, "folder": settings.MODEL_FOLDER, "reason": error.strerror or error}
    )
