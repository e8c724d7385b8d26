"""The last steps of a person's way through the site: everything taken along, then nothing left."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Page, expect

from tests.journey import files, follow, letter, press, submit, write
from tests.processes import PASSWORD, Site
from tests.smtp import MailServer

# More than the five minutes for which a log-in opens what asks for the password again.
AGE_LOG_INS = """
from importlib import import_module
from allauth.usersessions.models import UserSession
from django.conf import settings
store = import_module(settings.SESSION_ENGINE).SessionStore
for row in UserSession.objects.filter(user__email={email!r}):
    session = store(row.session_key)
    for method in session["account_authentication_methods"]:
        method["at"] -= 600
    session.save()
"""
COUNTS = {
    "account": 1, "email_addresses": 1, "consents": 2, "profiles": 2, "moles": 5, "last_reminder_mail": 1,
    "photos": 3, "predictions": 3, "shares": 1, "share_moles": 1, "share_openings": 2, "share_notes": 1,
    "sessions": 1, "second_factors": 0, "api_tokens": 0, "exports": 1,
    "mismatches": 0, "reviews": 3, "opinions": 0,
}  # fmt: skip


def everything_is_exported(page: Page, site: Site, folder: Path, moles: set[str]) -> None:
    page.goto(f"{site.url}/account/")
    follow(page, "Export everything")
    submit(page, "Start the export")
    expect(page.get_by_role("heading", name="It is ready")).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        press(page, page.get_by_role("link", name="Download the ZIP"))
    download.value.save_as(folder / "export.zip")
    with ZipFile(folder / "export.zip") as archive:
        assert archive.testzip() is None
        manifest, data = (json.loads(archive.read(f"{name}.json")) for name in ("manifest", "data"))
        assert manifest["counts"] == COUNTS
        assert {name: len(rows) for name, rows in data.items()} == COUNTS
        for name, count in COUNTS.items():
            assert (
                len(list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig")))))
                == count
            )
        packed = {name for name in archive.namelist() if name.startswith("photos/")}
        assert packed == {photo["file"] for photo in data["photos"]}
        for photo in data["photos"]:
            stored = site.folder / "photos" / photo["id"][:2] / f"{photo['id']}.jpg"
            assert archive.read(photo["file"]) == stored.read_bytes()
        for name, said in manifest["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == said["sha256"], name
    assert {mole["name"] for mole in data["moles"]} == moles


def the_account_is_deleted(page: Page, site: Site, mails: MailServer, email: str) -> None:
    kept = len(files(site))
    assert kept >= 7  # three photos, their thumbnails, the export
    site.manage("shell", "-v0", "-c", AGE_LOG_INS.format(email=email))
    page.goto(f"{site.url}/account/")
    follow(page, "Delete my account …")
    expect(page).to_have_url(re.compile("/accounts/reauthenticate/"))
    write(page, "Password", PASSWORD)
    submit(page, "Confirm")
    press(page, page.get_by_label("I want all of this deleted for good."), "Space")
    submit(page, "Delete my account")
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    held = "2 profiles, 5 moles, 3 photos and 3 predictions"
    expect(page.get_by_text(held)).to_be_visible()
    assert held in letter(mails, email, "Your account was deleted")
    page.goto(f"{site.url}/moles/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
