#!/bin/sh
# Style, types, migrations, and Django's own checks of the settings a public site would run with.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
DATA_DIR=$(mktemp -d)
export DATA_DIR
trap 'rm -rf "$DATA_DIR"' EXIT

ruff check
ruff format --check
mypy diagnosis skinsite ml
python manage.py makemigrations --check
PRODUCTION=1 SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(50))') \
    ALLOWED_HOSTS=moles.example.org SITE_URL=https://moles.example.org PHOTO_FOLDER="$DATA_DIR/photos" TRUSTED_PROXIES=1 \
    python manage.py check --deploy --fail-level WARNING
