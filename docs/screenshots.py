"""Takes the pictures of the README, or of every page, from a site it starts for the purpose.

python -m docs.screenshots                 docs/screenshots/*.png
python -m docs.screenshots --all FOLDER    every page at 390 and 1280 px, light and dark
"""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import confirm_password, launch, log_in
from tests.processes import Site, wait_for

EMAIL, PASSWORD = "demo@example.org", "a drawn mole"
PUBLIC = {
    "home": "/",
    "help": "/help/",
    "model": "/model/",
    "privacy": "/privacy/",
    "log-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "reset-password": "/accounts/password/reset/",
    "not-found": "/no/such/page/",
    "offline": "/offline/",
}
PRIVATE = {
    "delete-account": "/account/delete/",
    "moles": "/moles/",
    "add-mole": "/moles/add/",
    "people": "/people/",
    "add-person": "/people/add/",
    "new-model": "/moles/new-model/",
    "shares": "/shares/",
    "share": "/shares/add/",
    "quick-check": "/check/",
    "account": "/account/",
    "export": "/account/export/",
    "deleted": "/deleted/",
    "settings": "/account/settings/",
    "password": "/accounts/password/change/",
    "two-factor": "/accounts/2fa/",
    "sessions": "/accounts/sessions/",
}
README = {"home": "light", "moles": "light", "mole": "light", "prediction": "dark"}
# Something to restore, and an export to fetch.
DELETED = """
from diagnosis.models import Photo
from diagnosis.services import create_mole, delete_mole, delete_photo, start_export, submit_photo
shown = Photo.objects.filter(mole__name='Right forearm').first()
mole = create_mole(owner=shown.owner, name='Old spot')
photo = submit_photo(owner=shown.owner, file=shown.image.open()).photo
delete_mole(mole=mole), delete_photo(photo=photo), start_export(owner=shown.owner)
print(mole.pk, photo.pk)
"""


# A clinician has looked at the newest photo behind the knee, and its owner has heard from a laboratory.
REVIEWED = """
from diagnosis.models import Case, Prediction, User
from diagnosis.services import Reading, claim_case, finish_case, open_case, record_opinion, report_mismatch
shown = Prediction.objects.filter(photo__mole__name='Behind the knee').newest_photo_first().first()
known = User.objects.filter(email='clinician@example.org')
reader = known.first() or User.objects.create_user('clinician@example.org')
case = Case.objects.open().filter(photo=shown.photo).first()
case = case or open_case(photo=shown.photo, prediction=shown, why='random')
class_ = {True: 'mel', False: 'nv', None: 'unknown'}[case.model_malignant]
claim_case(case=case, reader=reader)
record_opinion(case=case, reader=reader, stage='blind', reading=Reading(class_, 2, 'good', 'see_doctor'))
finish_case(case=case, reader=reader)
report_mismatch(photo=shown.photo, kind='histology', outcome='benign', diagnosis='nv')
print(shown.photo.mole_id, shown.photo_id, shown.pk)
"""


def addresses(site: Site) -> dict[str, str]:
    """The demo account's pages; its photos are drawn, not patients'."""
    code = (
        "from diagnosis.models import Prediction as P; from diagnosis.services import stop_token; "
        "p = P.objects.filter(photo__mole__name='Right forearm').newest_photo_first().first(); "
        "from diagnosis.models import Profile; f = Profile.objects.get(name='Father'); "
        "print(p.photo.mole_id, p.photo_id, p.pk, p.photo.mole.profile_id, f.pk, "
        "stop_token(p.photo.owner), stop_token(p.photo.owner, 'reviews'))"
    )
    ids = site.manage("shell", "-v0", "-c", code).split()
    mole, photo, prediction = site.manage("shell", "-v0", "-c", REVIEWED).split()
    reviewed = {
        "reviewed-mole": f"/moles/{mole}/",
        "reviewed-report": f"/moles/{mole}/report/",
        "reviewed-photo": f"/photos/{photo}/",
        "reviewed-prediction": f"/predictions/{prediction}/",
        "reviewed-mismatch": f"/photos/{photo}/mismatch/",
    }
    return private(*ids, *site.manage("shell", "-v0", "-c", DELETED).split()) | reviewed


def private(
    mole: object,
    photo: object,
    prediction: object,
    me: object,
    father: object,
    stop: object,
    stop_reviews: object,
    old_mole: object,
    old_photo: object,
) -> dict[str, str]:
    """The pages of somebody who is logged in, has these (their ids), cares for a father, tokens that stop
    reminder mails and mails on reviews, and has deleted an old mole and an old photo."""
    return PRIVATE | {
        "delete-mole-for-good": f"/deleted/moles/{old_mole}/remove/",
        "delete-photo-for-good": f"/deleted/photos/{old_photo}/remove/",
        "mole": f"/moles/{mole}/",
        "compare": f"/moles/{mole}/compare/",
        "report": f"/moles/{mole}/report/",
        "reminder": f"/moles/{mole}/reminder/",
        "stop-reminders": f"/reminders/stop/{stop}/",
        "stop-review-mails": f"/reviews/stop/{stop_reviews}/",
        "removal": f"/moles/{mole}/removal/",
        "edit-mole": f"/moles/{mole}/edit/",
        "delete-mole": f"/moles/{mole}/delete/",
        "add-photo": f"/moles/{mole}/photos/add/",
        "moles-of-father": f"/moles/?profile={father}",
        "edit-person": f"/people/{father}/edit/",
        "delete-person": f"/people/{father}/delete/",
        "report-person": f"/people/{me}/report/",
        "share-person": f"/shares/add/?profile={father}",
        "photo": f"/photos/{photo}/",
        "mismatch": f"/photos/{photo}/mismatch/",
        "delete-photo": f"/photos/{photo}/delete/",
        "prediction": f"/predictions/{prediction}/",
    }


def judged(site: Site) -> bool:
    code = "from diagnosis.models import Prediction as P; print(P.objects.filter(finished_at=None).count())"
    return site.manage("shell", "-v0", "-c", code).strip() == "0"


def context(browser: Browser, width: int, scheme: str) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": 844 if width < 500 else 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )


def take_all(browser: Browser, site: Site, folder: Path) -> None:
    pages = addresses(site)
    for width in (390, 1280):
        for scheme in ("light", "dark"):
            page = context(browser, width, scheme).new_page()
            take(page, site, PUBLIC, folder, f"-{width}-{scheme}")
            log_in(page, site.url, EMAIL, PASSWORD)
            confirm_password(page, site.url, PASSWORD)
            take(page, site, pages, folder, f"-{width}-{scheme}")


def take_readme(browser: Browser, site: Site, folder: Path) -> None:
    pages = PUBLIC | addresses(site)
    for name, scheme in README.items():
        page = context(browser, 900, scheme).new_page()
        log_in(page, site.url, EMAIL, PASSWORD)
        take(page, site, {name: pages[name]}, folder, "", full=False)


def take(page, site: Site, pages: dict[str, str], folder: Path, suffix: str, *, full: bool = True) -> None:  # type: ignore[no-untyped-def]
    for name, address in pages.items():
        page.goto(site.url + address, wait_until="networkidle")
        page.screenshot(path=folder / f"{name}{suffix}.png", full_page=full)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    folder = args.all or Path(__file__).with_name("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    site = Site()
    try:
        site.start_all()
        site.manage("demo", "--password", PASSWORD)
        wait_for("the demo's predictions", lambda: judged(site), 120, pause=1)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            take_all(browser, site, folder) if args.all else take_readme(browser, site, folder)
    finally:
        site.stop()


if __name__ == "__main__":
    main()
