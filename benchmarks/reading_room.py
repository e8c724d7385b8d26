"""Staff at the site's own pages, by HTTP alone: every form is fetched, filled in and sent as a browser does.

`benchmarks.learning_loop` reads its cases through it.
"""

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import asdict, dataclass

import requests

from tests.processes import PASSWORD, Site

QUEUE = "/admin/diagnosis/case/"
CASE = re.compile(QUEUE + r"([0-9a-f-]{36})/read/")
HALF_MINUTE = 30  # seconds for which a code counts


@dataclass(frozen=True)
class Said:
    """What a reader enters of a case, under the names of the form's fields."""

    diagnosis: str
    confidence: str = "2"
    quality: str = "good"
    recommendation: str = "see_doctor"
    note: str = ""


def make_staff(site: Site, email: str, secret: str, group: str = "") -> None:
    """Somebody of that group, else a superuser, with an authenticator app that holds `secret` (base32)."""
    code = f"""
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from diagnosis.models import User
user = User.objects.create_user({email!r}, {PASSWORD!r}, is_staff=True, is_superuser=not {group!r})
user.groups.set(Group.objects.filter(name={group!r}))
assert user.groups.exists() or user.is_superuser, "there is no such group"
TOTP.activate(user, {secret!r})
"""
    site.manage("shell", "-v0", "-c", code)


def code_of(secret: str, at: float) -> str:
    """What the app shows at this second since 1970 (RFC 6238, six digits)."""
    counter = struct.pack(">Q", int(at) // HALF_MINUTE)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Reader:
    """One member of staff in a session of their own. `seconds` are those of every answer, in turn."""

    def __init__(self, site: Site, email: str, secret: str):
        self.url, self.email, self.secret = site.url, email, secret
        self.session = requests.Session()
        self.seconds: list[float] = []

    def log_in(self) -> None:
        """Password, then code; in a second try where the first came at the end of a half minute."""
        self._get("/accounts/login/")
        page = self._post("/accounts/login/", login=self.email, password=PASSWORD)
        for _ in range(2):
            if "/2fa/authenticate/" not in page.url:
                break
            if time.time() % HALF_MINUTE > HALF_MINUTE - 2:
                time.sleep(2.5)
            page = self._post("/accounts/2fa/authenticate/", code=code_of(self.secret, time.time()))
        page = self._get("/admin/")
        if not page.url.endswith("/admin/"):
            raise RuntimeError(f"{self.email} did not get into the administration, but to {page.url}.")

    def next_case(self) -> str | None:
        """The id of the case whose turn it is, claimed. None: all is read."""
        self._get(QUEUE)
        return _case(self._post(f"{QUEUE}next/"))

    def give_opinion(self, case: str, said: Said) -> None:
        """The first one, before the prediction is shown."""
        page = self._read(case, action="opinion", stage="blind", **asdict(said))
        if _case(page) != case:
            raise RuntimeError(f"Case {case} took no opinion: {page.url}")

    def keep(self, case: str) -> str | None:
        """Stays with the first opinion after the reveal. Returns the next case, which is claimed then."""
        return _case(self._read(case, action="keep"))

    def _read(self, case: str, **fields: str) -> requests.Response:
        return self._post(f"{QUEUE}{case}/read/", **fields)

    def _get(self, path: str) -> requests.Response:
        return self._measured(self.session.get(self.url + path, timeout=30))

    def _post(self, path: str, **fields: str) -> requests.Response:
        form = fields | {"csrfmiddlewaretoken": str(self.session.cookies["csrftoken"])}
        return self._measured(self.session.post(self.url + path, form, timeout=30))

    def _measured(self, answer: requests.Response) -> requests.Response:
        """Raises `RuntimeError` where the site refused."""
        self.seconds += [one.elapsed.total_seconds() for one in (*answer.history, answer)]
        if not answer.ok:
            raise RuntimeError(f"{answer.request.method} {answer.url}: {answer.status_code}")
        return answer


def _case(page: requests.Response) -> str | None:
    found = CASE.search(page.url)
    return found[1] if found else None
