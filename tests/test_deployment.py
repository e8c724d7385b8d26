"""What a host runs: Procfile, Dockerfile and compose say the same, and name what is there."""

import json
import os
import re
import shlex
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from skinsite.serve import commands
from tests.processes import ROOT

BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SITE = {"release", "web", "worker", "beat"}
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "only-for-tests-" + string.ascii_letters,
    "ALLOWED_HOSTS": "moles.example.org",
    "TRUSTED_PROXIES": "1",
    "SITE_URL": "https://moles.example.org",
}


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {"HOME": os.environ.get("HOME", "/tmp"), "PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=120
    )


def test_procfile_and_compose_run_the_same_commands() -> None:
    assert set(commands()) == SITE
    for name, command in commands().items():
        assert COMPOSE["services"][name]["command"] == command


def test_every_command_of_the_procfile_is_there(tmp_path: Path) -> None:
    for name, command in commands().items():
        assert shutil.which(command[0], path=str(BIN)), name
    for name in ("worker", "beat"):
        assert run([*commands()[name], "--help"], DATA_DIR=str(tmp_path)).returncode == 0
    assert run([*commands()["web"], "--check-config"], DATA_DIR=str(tmp_path)).returncode == 0


def test_the_image_runs_the_web_process_by_default() -> None:
    (command,) = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)
    assert json.loads(command) == commands()["web"]  # exec form: signals reach the process


def test_the_image_is_slim_in_two_stages_and_not_root() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.11-slim"] * 2
    last = DOCKERFILE.rsplit("FROM ", 1)[1]
    assert re.search(r"^USER (?!root|0)\w+$", last, re.MULTILINE)
    assert "requirements-dev" not in DOCKERFILE


def test_the_image_copies_only_what_is_there() -> None:
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources), line
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".env", "var", "tests"} <= set(ignored)
    assert not {"ml", "diagnosis", "skinsite", "static", "templates", "gunicorn.conf.py"} & set(ignored)


def test_the_images_collectstatic_works(tmp_path: Path) -> None:
    (line,) = re.findall(r"^RUN (PRODUCTION=1.*?) &&", DOCKERFILE, re.MULTILINE)
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    command = [Path(word).name for word in words if not re.match(r"[A-Z_]+=", word)][:1] + words[-3:]
    assert command == ["python", "manage.py", "collectstatic", "--noinput"]
    done = run([*command, "--dry-run"], **variables | {"DATA_DIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert "bootstrap" in done.stdout


def test_compose_sets_what_production_refuses_to_start_without(tmp_path: Path) -> None:
    site = COMPOSE["services"]["web"]
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "POSTGRES_PASSWORD", "REDIS_PASSWORD"} <= set(example)
    assert set(PRODUCTION) <= set(example) | set(site["environment"])
    check = [str(BIN / "python"), "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    database = {"DATABASE_URL": "postgres://skin:x@db:5432/skin", "DATA_DIR": str(tmp_path)}
    done = run(check, **PRODUCTION | site["environment"] | database)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "PHOTO_FOLDER"])
def test_production_refuses_to_start_half_configured(missing: str, tmp_path: Path) -> None:
    whole = PRODUCTION | {"DATA_DIR": str(tmp_path), "PHOTO_FOLDER": str(tmp_path)}
    del whole[missing]
    done = run([str(BIN / "python"), "manage.py", "check"], **whole)
    assert done.returncode != 0
    assert missing in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("address", ["moles.example.org", "ftp://x.org", "https://", "https://x.org/moles"])
def test_an_address_that_links_can_not_begin_with_is_refused(address: str, tmp_path: Path) -> None:
    done = run([str(BIN / "python"), "manage.py", "check"], DATA_DIR=str(tmp_path), SITE_URL=address)
    assert done.returncode != 0
    assert "SITE_URL" in done.stderr.splitlines()[-1]


def test_links_in_mails_lead_to_the_address_of_make_run_and_of_production(tmp_path: Path) -> None:
    ask = [str(BIN / "python"), "-c", "from skinsite import settings; print(settings.SITE_URL)"]
    local = run(ask, DATA_DIR=str(tmp_path), PORT="8123")
    assert local.stdout.strip() == "http://localhost:8123"
    public = PRODUCTION | {"SITE_URL": "https://moles.example.org/", "PHOTO_FOLDER": str(tmp_path)}
    assert run(ask, DATA_DIR=str(tmp_path), **public).stdout.strip() == "https://moles.example.org"


def test_compose_services_of_the_site_write_to_their_volume_alone() -> None:
    for name in SITE:
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["volumes"] == ["data:/data"]
        assert service["environment"]["PHOTO_FOLDER"].startswith("/data/")


def test_redis_of_compose_keeps_a_file_and_asks_for_a_password() -> None:
    command = COMPOSE["services"]["redis"]["command"]
    assert "--appendonly" in command
    assert "--requirepass" in command
    for name in SITE:
        assert "${REDIS_PASSWORD" in COMPOSE["services"][name]["environment"]["REDIS_URL"]


def test_settings_read_no_variable_that_is_documented_nowhere() -> None:
    read = re.findall(
        r'(?:env\.\w+|_required)\(\s*"([A-Z_0-9]+)"', (ROOT / "skinsite" / "settings.py").read_text()
    )
    gunicorn = re.findall(
        r"environ\.get\('([A-Z_]+)'|environ\.get\(\"([A-Z_]+)\"", (ROOT / "gunicorn.conf.py").read_text()
    )
    names = {*read, *(name for pair in gunicorn for name in pair if name)}
    documented = (ROOT / "docs" / "deployment.md").read_text()
    assert sorted(name for name in names if f"`{name}`" not in documented) == []
