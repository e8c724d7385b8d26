"""The API from outside, over HTTP: the documentation's examples, and its page in a browser."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pictures import mole_jpeg
from tests.processes import PASSWORD, ROOT, Site


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl: apt-get install curl")
def test_the_examples_of_the_documentation_run_as_they_stand(site: Site, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    script = "set -euo pipefail\n" + "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
    (tmp_path / "mole.jpg").write_bytes(mole_jpeg())
    site.make_user("reader@example.org")
    variables = {"URL": site.url, "EMAIL": "reader@example.org", "PASSWORD": PASSWORD, "PHOTO": "mole.jpg"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env={**os.environ, **variables},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status":"succeeded"' in done.stdout
    assert '"photo_count":1' in done.stdout


def test_the_documentation_page_works_under_the_strict_policy(site: Site, browser: Browser) -> None:
    page = browser.new_context().new_page()
    complaints: list[str] = []
    addresses: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{site.url}/api/v1/docs/")
    page.locator("#operations-model-model_retrieve .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text("malignant").first.wait_for()
    assert page.locator(".opblock").count() == 40
    assert complaints == []
    assert all(address.startswith(site.url) for address in addresses), addresses
