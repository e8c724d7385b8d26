"""The steps of a reading room's day: twelve photos come in, and clinicians read them without a mouse."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from PIL import Image, ImageEnhance
from playwright.sync_api import Browser, Page, Request, Response, expect

from tests.conftest import STAFF_SECRET
from tests.journey import press, submit, write
from tests.pictures import encoded, mole_image, mole_jpeg, noise
from tests.processes import PASSWORD, Site
from tests.test_accounts_mfa import code_of

QUEUE = "/admin/diagnosis/case/"
# What the keys of a reading stand for, as the page says beside each choice.
KEYS = {
    "diagnosis": {
        "1": "mel", "2": "bcc", "3": "akiec", "4": "nv", "5": "bkl", "6": "df", "7": "vasc", "8": "unknown"
    },
    "confidence": {"q": 1, "w": 2, "e": 3},
    "quality": {"a": "good", "s": "limited", "d": "unusable"},
    "recommendation": {"u": "nothing", "i": "rephotograph", "o": "see_doctor", "p": "urgent"},
}  # fmt: skip
WORRYING = "1eap"
NOTHING_SEEN = "8qdi"


def said(keys: str) -> dict[str, Any]:
    return {name: meaning[key] for (name, meaning), key in zip(KEYS.items(), keys, strict=True)}


# What comes in --------------------------------------------------------------------------------


def pictures() -> list[bytes]:
    """Twelve: moles as drawn, two of them pale, and one photo on which there is nothing to be judged."""
    moles = [mole_jpeg(seed=number) for number in range(1, 10)]
    pale = [encoded(_paler(mole_image(seed=number), share)) for number, share in ((1, 0.4), (5, 0.35))]
    return [*moles[:4], pale[0], *moles[4:8], pale[1], moles[8], noise(8, 4)]


def _paler(image: Image.Image, share: float) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(share)


# What is said of it ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """What becomes of a case: the keys of each reading of the first reader, the second, and the senior; and
    those of the diagnosis and the recommendation at its end."""

    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    senior: tuple[str, ...] = ()
    end: str = "1p"
    # How often it was put back unread.
    put_back: int = 0

    @property
    def readings(self) -> list[tuple[str, ...]]:
        """Of each that had the case, in turn."""
        return [one for one in (self.first, self.second, self.senior) if one]

    @property
    def stages(self) -> list[str]:
        """Of each opinion, in turn."""
        read = [one for one in (self.first, self.second) if one]
        return [stage for one in read for stage in ("blind", "revealed")[: len(one)]] + ["settling"] * len(
            self.senior
        )

    @property
    def events(self) -> dict[str, int]:
        """How often each thing was done to the case."""
        counts = {
            "case.opened": 1,
            "case.claimed": len(self.readings) + self.put_back,
            "case.released": self.put_back,
            "case.second": int(bool(self.second)),
            "case.disputed": int(bool(self.senior)),
            "case.closed": 1,
        }
        return {action: count for action, count in counts.items() if count}


# Of each case what is to become of it, and the model's prediction.
Cases = dict[UUID, tuple[Story, dict[str, Any]]]


def stories(bands: list[str]) -> list[Story]:
    """One for each photo: the first six of which the model says something clear go six ways, of the others
    the first reader is enough."""
    found, clear = [], 0
    for band in bands:
        if band not in ("raised", "low"):
            found.append(Story((NOTHING_SEEN,), end="8i"))
            continue
        ways = _ways(malignant=band == "raised")
        found.append(ways[clear if clear < len(ways) else 0])
        clear += 1
    assert clear >= 6, f"The model says too little of these pictures: {bands}"
    return found


def _ways(*, malignant: bool) -> list[Story]:
    """Readers who say what the model says, or do not."""
    agrees, against, other = (WORRYING, "4wau", "5wsi") if malignant else ("4wau", WORRYING, "2wao")
    careful = "4wao" if malignant else WORRYING
    ends = {keys: keys[0] + keys[3] for keys in (agrees, against, other, careful)}
    return [
        Story((agrees,), end=ends[agrees]),
        # Changes their mind at the sight of the prediction; another reader, who has not seen it, agrees.
        Story((against, agrees), (agrees,), end=ends[agrees]),
        # Of two recommendations the more careful one holds.
        Story((against,), (careful,), end=ends[careful]),
        # The second reader comes round, to the first.
        Story((against,), (other, against), end=ends[against]),
        Story((against,), (agrees,), (other,), end=ends[other]),
        Story((against,), (other, other[:1] + "e" + other[2:]), (agrees,), end=ends[agrees]),
    ]


# What must not be seen ------------------------------------------------------------------------

WORDS = (
    r"raised|unclear|band|unstable|stability|conformal|threshold|probabilit|malignan|version|residual|outline",
    r"rejected|judged?\b|random|drawn|second reader|mismatch|histology|laboratory|looks wrong|too dark",
    r"explanation|confident that|\d ?%|in 100\b",
)
NUMBERS = ("malignancy_probability", "threshold_low", "threshold_raised", "stability", "distance")


def spellings(number: float) -> set[str]:
    """As a page, a form or an attribute could have it; without those of one digit, which any length has."""
    dotted = {repr(number), f"{number:.3e}", *(f"{number:.{digits}f}" for digits in (2, 3, 4, 5))}
    dotted |= {f"{100 * number:.{digits}f}" for digits in (1, 2, 3)}
    telling = {one for one in dotted if len(one.replace(".", "").strip("0")) > 1}
    whole = {f"{100 * number:.0f}{sign}" for sign in ("%", " %", "\xa0%", "&nbsp;%", " in 100", " of 100")}
    return telling | {one.replace(".", ",") for one in telling} | whole


def secrets_of(prediction: dict[str, Any]) -> set[str]:
    """What a page could give away of a prediction, a row of the database."""
    numbers = [prediction[name] for name in NUMBERS if prediction[name] is not None]
    numbers += json.loads(prediction["class_probabilities"] or "{}").values()
    texts = {prediction[name] for name in ("model_version", "reason_code", "reason", "advice")} - {""}
    return texts.union(*map(spellings, numbers))


def traces(html: str, predictions: list[dict[str, Any]]) -> list[str]:
    """What a page gives away. A form's token and an id may look like anything, and tell nothing; low is a
    confidence, where it stands once."""
    html = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", html)
    html = re.sub(r'(csrfmiddlewaretoken" value)="\w+"', r"\1", html).replace("<span>Low</span>", "", 1)
    found = [hit[0] for pattern in (*WORDS, r"\blow\b") for hit in re.finditer(pattern, html, re.IGNORECASE)]
    for secret in set().union(*map(secrets_of, predictions)):
        found += re.findall(rf"(?<![\w.,]){re.escape(secret)}(?!\w)", html)
    return found


# Who reads ------------------------------------------------------------------------------------


@dataclass
class Reader:
    """At a browser of their own."""

    site: Site
    browser: Browser
    email: str
    # How long the next case took to come, from the key to the whole page.
    seconds: list[float] = field(default_factory=list)
    # The request ids of answers to their browser: of photos, and of forms that were sent.
    photos: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    photos_asked: int = 0
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page: Page = self.browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)

    def log_in(self) -> None:
        """On the site's own page, with the password and the code of their app, and come to the queue."""
        page = self.page
        page.goto(self.site.url + QUEUE)
        write(page, "E-mail address", self.email)
        write(page, "Password", PASSWORD)
        submit(page, "Log in")
        expect(page.get_by_role("heading", name="Second step")).to_be_visible()
        if time.time() % 30 > 20:  # a code counts for its own half minute
            time.sleep(30 - time.time() % 30)
        write(page, "Code", code_of(STAFF_SECRET))
        submit(page, "Log in")
        expect(page).to_have_url(self.site.url + QUEUE)

    def keys(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)

    def go(self, key: str = "Enter") -> float:
        """To the page that follows. Returns the seconds until it is there."""
        start = time.monotonic()
        with self.page.expect_navigation():
            self.keys(key)
        return time.monotonic() - start

    def say(self, keys: str) -> None:
        self.keys(*keys)
        for name, value in said(keys).items():
            chosen = self.page.locator(f"form:visible input[name={name}]:checked")
            expect(chosen).to_have_value(str(value))

    @property
    def id(self) -> str:
        """As the database has it."""
        return str(rows(self.site, "SELECT id FROM diagnosis_user WHERE email = ?", self.email)[0]["id"])

    @property
    def case(self) -> UUID | None:
        """The one on the page."""
        found = re.fullmatch(rf"{QUEUE}([0-9a-f-]+)/read/", urlsplit(self.page.url).path)
        return UUID(found[1]) if found else None

    def cases(self) -> Iterator[UUID]:
        """One after the other, as the site gives them, until nothing is left."""
        expect(self.page.get_by_role("button", name="Read next")).to_be_focused()
        self.go()
        while case := self.case:
            expect(self.page.locator("[data-frame]")).to_be_focused()
            expect(self.page.get_by_role("heading", name="What do you see?")).to_be_visible()
            yield case
        expect(self.page.get_by_text("You have read all that waits for you.")).to_be_visible()

    def go_on(self, changed: tuple[str, ...]) -> None:
        """From the reveal to the next case; their mind changed where there is another reading."""
        if changed:
            self.keys("c")
            self.say(changed[0])
        else:
            expect(self.page.get_by_role("button", name=re.compile("Keep my opinion"))).to_be_focused()
        self.seconds.append(self.go())

    def settle(self, keys: str) -> None:
        """The case on the page, on which readers disagree."""
        expect(self.page.get_by_role("heading", name="Your word settles it")).to_be_visible()
        self.say(keys)
        self.go()
        expect(self.page.get_by_text("The case is closed.")).to_be_visible()
        self.sees_the_prediction()
        self.go()

    def open(self, case: UUID) -> None:
        """By its picture in the queue. The next key begins it."""
        with self.page.expect_navigation():
            press(self.page, self.page.locator(f'a[href="{QUEUE}{case}/read/"]').first)
        expect(self.page.get_by_role("button", name="Start reading")).to_be_focused()

    def sees_the_prediction(self) -> None:
        expect(self.page.get_by_role("heading", name="What the model predicts")).to_be_visible()

    def _asked(self, request: Request) -> None:
        self.photos_asked += "/photos/" in request.url

    def _answered(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if "/photos/" in path:
            self.photos.add(response.headers["x-request-id"])
        elif path.startswith(QUEUE) and response.request.method == "POST":
            self.changes.add(response.headers["x-request-id"])


# What is stored -------------------------------------------------------------------------------


def rows(site: Site, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Of the site's own database."""
    with closing(sqlite3.connect(site.folder / "db.sqlite3", timeout=30)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(sql, values)]
