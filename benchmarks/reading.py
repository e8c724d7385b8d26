"""What a reader waits for: 30 cases in a row, through the site's own pages, with 500 cases in the queue.

python -m benchmarks.reading [--cases 500] [--read 30] [--json]

The web process (gunicorn) and its database (SQLite, in a folder that is removed) are started for it. A
reader then opens the queue by HTTP, and for each case sends the claim, the first opinion and "keep it, next
case", and fetches what their browser would: the page that follows, the photo and the thumbnails on
it. A reload is from the click to the whole page's HTML, redirects included. The first pages of a process that
has just begun, which reads its templates then, are not counted. Expect no reload of a page above 300 ms.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
from html import unescape
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinsite.settings")
GOAL_MS = 300
# Pages asked for beforehand, so that each of the web's processes has had some.
WARM_UP = 12
READER = "reader.of.many@example.org"
SAID = {"diagnosis": "nv", "confidence": "2", "quality": "good", "recommendation": "nothing", "note": ""}


class Reader:
    """Speaks HTTP as a browser does; `seconds` holds how long each kind of reload took."""

    def __init__(self, url: str, session: str):
        import requests

        self.url, self.session = url, requests.Session()
        self.session.cookies.set("sessionid", session)
        self.seconds: dict[str, list[float]] = {}

    def open(self, kind: str, path: str, form: dict[str, str] | None = None) -> Any:
        """The answer to a GET, or a POST where there is a form. Raises `RuntimeError` for any but 200."""
        start = time.perf_counter()
        if form is None:
            answer = self.session.get(self.url + path, timeout=30)
        else:
            answer = self.session.post(self.url + path, form, timeout=30)
        self.seconds.setdefault(kind, []).append(time.perf_counter() - start)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")
        return answer

    def look(self, page: str) -> None:
        """Fetches the photos of a page."""
        for path in set(re.findall(r'(?:src|<image href)="(/admin/diagnosis/case/[^"]+)"', unescape(page))):
            self.open("a photo", path)


def _token(page: str) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return {"csrfmiddlewaretoken": found[1] if found else ""}


def fill(cases: int) -> None:
    """A reader, and so many cases of three photos a mole, in this process's database and photo folder."""
    from io import BytesIO

    from django.utils import timezone

    from diagnosis.models import Mole, Prediction, User
    from diagnosis.services import open_case, submit_photo
    from tests.pictures import mole_jpeg
    from tests.readers import make_reader
    from tests.seen import SEEN

    make_reader(READER, "read_case")
    owner = User.objects.create_user("owner.of.many@example.org")
    # As large as photos are stored.
    jpeg = mole_jpeg(2000, 1500)
    for number in range(cases):
        if number % 3 == 0:
            mole = Mole.objects.create(owner=owner, name=f"mole {number}", body_site="upper extremity")
        photo = submit_photo(owner=owner, mole=mole, file=BytesIO(jpeg), photo_kind="dermatoscopic").photo
        photo.predictions.update(
            status="succeeded",
            malignancy_probability=0.9,
            class_probabilities={"mel": 0.9, "nv": 0.1},
            band="raised",
            threshold_low=0.025,
            threshold_raised=0.068,
            model_version="residual128-3",
            finished_at=timezone.now(),
            **SEEN,
        )
        open_case(photo=photo, prediction=Prediction.objects.get(photo=photo), why="raised")


def measure(url: str, session: str, cases: int) -> dict[str, list[float]]:
    """Seconds of each kind of reload."""
    reader = Reader(url, session)
    for _ in range(WARM_UP):
        reader.open("", "/admin/diagnosis/case/")
    reader.seconds.clear()
    queue = reader.open("the queue", "/admin/diagnosis/case/")
    reader.look(queue.text)
    page = reader.open("claim", "/admin/diagnosis/case/next/", _token(queue.text))
    for _ in range(cases):
        path = page.url.removeprefix(url)
        reader.look(page.text)
        form = {"action": "opinion", "stage": "blind"}
        revealed = reader.open("opinion, then reveal", path, SAID | form | _token(page.text))
        reader.look(revealed.text)
        page = reader.open("keep, then next case", path, {"action": "keep"} | _token(revealed.text))
    return reader.seconds


def table(seconds: dict[str, list[float]]) -> str:
    lines = [f"{'reload':24} {'number':>7} {'median ms':>10} {'max ms':>8}"]
    for kind, times in seconds.items():
        median, longest = 1000 * statistics.median(times), 1000 * max(times)
        lines.append(f"{kind:24} {len(times):7} {median:10.1f} {longest:8.1f}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=500, help="in the queue")
    parser.add_argument("--read", type=int, default=30, help="of them in a row")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if not 1 <= asked.read <= asked.cases:
        print("Read at least one case, and no more than there are.", file=sys.stderr)
        return 2
    from tests.processes import Site, wait_for

    site = Site()
    try:
        site.prepare()
        code = (
            f"import benchmarks.reading as b, tests.readers as r; b.fill({asked.cases}); "
            "print(r.session_of(b.READER))"
        )
        session = site.manage("shell", "-v0", "-c", code).split()[-1]
        site.start("web")
        wait_for("web", site.web_answers, 60)
        seconds = measure(site.url, session, asked.read)
    finally:
        site.stop()
    print(json.dumps(seconds) if asked.json else table(seconds))
    pages = [one for kind, times in seconds.items() if kind != "a photo" for one in times]
    return 0 if 1000 * max(pages) <= GOAL_MS else 1


if __name__ == "__main__":
    django.setup()
    sys.exit(main())
