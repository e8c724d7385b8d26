#!/bin/sh
# Makes .venv where there is none, installs each given requirements file that has changed, and compiles the
# translations.
set -eu
cd "$(dirname "$0")/.."
uv_version=0.13.9

find_python() {
    for python in python3.11 python3 python3.12 python3.13; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
            2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "This needs Python 3.11 (or 3.12, 3.13) with its venv module; on Debian: apt-get install python3-venv" >&2
    return 1
}

# uv installs everything in seconds; where it has no build for this machine, pip does in minutes.
install() {
    if .venv/bin/python -m uv --version >/dev/null 2>&1; then
        .venv/bin/python -m uv pip install --python .venv/bin/python -r "$1"
    else
        .venv/bin/python -m pip install --disable-pip-version-check -r "$1"
    fi
}

if ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(find_python)
    echo "Making .venv with $python ..."
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version" || true
fi
for requirements in "$@"; do
    # What was installed last is kept beside it, so an unchanged file costs nothing.
    if ! cmp -s "$requirements" ".venv/installed-$requirements"; then
        echo "Installing $requirements ..."
        install "$requirements"
        cp "$requirements" ".venv/installed-$requirements"
    fi
done
.venv/bin/python -m diagnosis.catalogues
