"""The learning loop, end to end, on real photos and the real site.

    python -m benchmarks.learning_loop [--data DIR] [--photos 60] [--every N] [--json FILE]

It starts the whole site (web, worker, beat, Redis) in a folder of its own. Three people allow use for
training and upload photos of HAM10000 through the API; the worker judges them; two readers read them through
the pages of the administration, saying HAM10000's label; the cases are exported; one person takes the
consent back, and the set is refreshed; `ml.train --extra` trains two epochs of small pictures; the network
becomes a model version, is measured, compared with the shipped one, tried out unseen, activated and rolled
back. Every step prints its seconds and figures.

It shows that the machinery works. Its figures are no evaluation of a network: two epochs teach little, and
the readers' word is HAM10000's own label. The photos are whole lesions of HAM10000's test part: under their
pseudonyms `ml.train` can't know them for HAM10000's, which it would refuse. So the network of this run has
trained on test photos. It must never be measured on the test part, and the comparison opens the
validation part alone. The folder, the network and its model version are gone when the command ends.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.reading_room import Reader, Said, make_staff
from benchmarks.uploads import choose, upload
from ml.data import Ham10000, Row, default_folder
from ml.manifest import ARTIFACTS
from tests.processes import ROOT, Api, Site, wait_for

SHIPPED = "residual128-3"
# Made of the day's time, so that it is nobody else's.
VERSION = f"loop-{datetime.now(UTC):%Y%m%d-%H%M%S}"
OWNERS = [f"person{number}@example.org" for number in range(1, 4)]
READERS = {"reader1@example.org": "JBSWY3DPEHPK3PXP", "reader2@example.org": "KRSXG5CTMVRXEZLU"}
PHASES = "((64, 2),)"
UNSEEN_PHOTOS = 6
# Every band is read, so that every photo has a case.
REVIEW_ALL = {f"REVIEW_{name}": "1" for name in ("RAISED", "UNCLEAR", "REJECTED", "LOW")}


class Loop:
    """The site, the folders, and what each step has shown."""

    def __init__(self, data: str, folder: Path):
        self.data, self.ham, self.folder = data, Ham10000(data), folder
        self.set, self.run, self.models = folder / "set", folder / "run", folder / "models"
        shutil.copytree(ARTIFACTS / SHIPPED, self.models / SHIPPED)
        self.site = Site(MODEL_FOLDER=str(self.models), **REVIEW_ALL)
        self.steps: dict[str, dict[str, Any]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Times it, and prints its figures."""
        figures: dict[str, Any] = {}
        start = time.monotonic()
        yield figures
        self.steps[name] = {"seconds": round(time.monotonic() - start, 1), **figures}
        print(f"{name}: {json.dumps(self.steps[name])}", flush=True)

    def ask(self, expression: str) -> Any:
        """What a Python expression gives in the site's shell, where it knows the models as `m`."""
        code = f"import json; from diagnosis import models as m; print(json.dumps({expression}))"
        return json.loads(self.site.manage("shell", "-v0", "-c", code))

    def command(self, module: str, *arguments: str) -> str:
        """Raises `RuntimeError` with what it said where it failed."""
        command = [sys.executable, "-m", module, "--data", self.data, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 - our own
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout


def predicted(loop: Loop, photos: dict[str, Row]) -> dict[str, int]:
    """Waits until all are judged. How many of each band, and how many could not be judged."""
    said = f"[[p.status, p.band] for p in m.Prediction.objects.filter(photo__in={list(photos)})]"

    def done() -> list[list[str]] | None:
        found: list[list[str]] = loop.ask(said)
        return None if any(status in ("queued", "running") for status, _ in found) else found

    answers = wait_for("predictions", done, 60 + 5 * len(photos), pause=2)
    return dict(Counter(band or status for status, band in answers))


def review(loop: Loop, label: dict[str, Row]) -> dict[str, Any]:
    """Two readers, one after the other, each reading all that waits for them; both say HAM10000's label."""
    photo_of = loop.ask("{str(c.pk): str(c.photo_id) for c in m.Case.objects.all()}")
    opinions, seconds = Counter[str](), []
    for email, secret in READERS.items():
        reader = Reader(loop.site, email, secret)
        reader.log_in()
        reader.seconds.clear()
        case = reader.next_case()
        while case:
            reader.give_opinion(case, Said(label[photo_of[case]].dx))
            opinions[email] += 1
            case = reader.keep(case)
        seconds += reader.seconds
    statuses = Counter(loop.ask("[c.status for c in m.Case.objects.all()]"))
    return {
        "cases": len(photo_of),
        "opinions": list(opinions.values()),
        "statuses": dict(statuses),
        "page_seconds": {"median": round(median(seconds), 3), "95%": round(quantiles(seconds, n=20)[-1], 3)},
    }


def make_version(loop: Loop) -> None:
    """`ml.artifact` writes beside the shipped versions: it is taken away from there at once."""
    try:
        loop.command("ml.artifact", "--version", VERSION, "--runs", str(loop.run))
        shutil.copytree(ARTIFACTS / VERSION, loop.models / VERSION)
    finally:
        shutil.rmtree(ARTIFACTS / VERSION, ignore_errors=True)


def refused(loop: Loop, *arguments: str) -> str:
    """Why the site's command refuses. Raises `RuntimeError` where it does not."""
    try:
        said = loop.site.manage(*arguments)
    except AssertionError as error:
        return str(error).strip().splitlines()[-1]
    raise RuntimeError(f"{arguments} was not refused: {said}")


def judged_by(loop: Loop, api: Api, rows: list[Row]) -> dict[str, int]:
    """The versions whose word the owner sees of photos that are uploaded now, and of how many each."""
    photos = upload(loop.ham, [api], rows)
    predicted(loop, photos)
    pages = [api.get(f"photos/{photo}/predictions/")["results"] for photo in photos]
    return dict(Counter(one["model_version"] for page in pages for one in page))


def to_a_set(loop: Loop, rows: list[Row]) -> list[Api]:
    """From upload to the refreshed training set. The accounts that still allow use for training."""
    with loop.step("start the site") as figures:
        loop.site.start_all()
        for email in OWNERS:
            loop.site.make_user(email)
        for email, secret in READERS.items():
            make_staff(loop.site, email, secret, "reviewer")
        apis = [loop.site.api(email) for email in OWNERS]
        for api in apis:
            answer = api.session.put(f"{api.url}me/consents/training/", json={"given": True}, timeout=30)
            assert answer.status_code == 200, answer.text
        figures |= {"accounts": len(apis), "readers": len(READERS)}
    with loop.step("upload") as figures:
        photos_of = upload(loop.ham, apis, rows)
        figures |= {"photos": len(photos_of), "moles": len({row.lesion_id for row in rows})}
        figures["classes"] = dict(Counter(row.dx for row in rows))
    with loop.step("predict") as figures:
        figures |= predicted(loop, photos_of)
    with loop.step("review") as figures:
        figures |= review(loop, photos_of)
    with loop.step("export") as figures:
        figures["said"] = loop.site.manage("export_training_set", str(loop.set)).splitlines()
    with loop.step("withdraw and refresh") as figures:
        apis[-1].session.put(f"{apis[-1].url}me/consents/training/", json={"given": False}, timeout=30)
        said = loop.site.manage("export_training_set", str(loop.set), "--refresh")
        figures["said"] = said.splitlines()
    return apis[:-1]


def to_a_version(loop: Loop, every: int) -> None:
    """From the training set to an artifact beside the shipped one, measured and compared with it."""
    with loop.step("train") as figures:
        settings = ["--set", f"phases={PHASES}", "--extra", str(loop.set)]
        loop.command("ml.train", "--run", str(loop.run), *settings)
        figures["last epoch"] = json.loads((loop.run / "history.json").read_text())[-1]
    with loop.step("make a version"):
        make_version(loop)
    models = ["--artifacts", str(loop.models)]
    with loop.step("measure"):
        report = ["--parts", "validation", "--record", "--out", str(loop.folder / "report")]
        loop.command("ml.evaluate", "--version", VERSION, *models, *report)
    with loop.step("compare") as figures:
        extra = ["--extra", str(loop.set), "--every", str(every)]
        said = loop.command("ml.evaluate", "--compare", SHIPPED, VERSION, *models, *extra)
        figures["said"] = said.splitlines()


def to_users_and_back(loop: Loop, api: Api, rows: list[Row]) -> None:
    """Added, tried out unseen, refused, activated all the same, and rolled back."""
    manage = loop.site.manage
    with loop.step("add and try out") as figures:
        manage("model", "add", VERSION)
        manage("model", "shadow", VERSION)
        figures["users see"] = judged_by(loop, api, rows)
        tried = "[s.status for s in m.ShadowPrediction.objects.all()]"

        def done() -> list[str] | None:
            found: list[str] = loop.ask(tried)
            return found if len(found) >= len(rows) and not {"queued", "running"} & set(found) else None

        figures["unseen"] = dict(Counter(wait_for("shadow predictions", done, 300, pause=2)))
    with loop.step("activate") as figures:
        figures["refused"] = refused(loop, "model", "activate", VERSION, "--yes")
        manage("model", "activate", VERSION, "--yes", "--reason", "a rehearsal of the learning loop")
        figures["users see"] = judged_by(loop, api, rows[:1])
    with loop.step("roll back") as figures:
        manage("model", "rollback", "--reason", "the rehearsal is over")
        figures["users see"] = judged_by(loop, api, rows[:1])
        figures["versions"] = manage("model", "list").splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=default_folder(), help="folder of both data sets (or LESION_DATA)")
    parser.add_argument("--photos", type=int, default=60, help="how many are uploaded and read")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="compare on every N-th photo only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    args = parser.parse_args()
    if not args.data:
        parser.error("say where the data sets are: --data DIR, or LESION_DATA=DIR")
    with tempfile.TemporaryDirectory(prefix="learning-loop-") as folder:
        loop = Loop(args.data, Path(folder))
        try:
            rows = choose(loop.ham.rows, args.photos)
            apis = to_a_set(loop, rows)
            to_a_version(loop, args.every)
            others = choose(loop.ham.rows, UNSEEN_PHOTOS, without={row.lesion_id for row in rows})
            to_users_and_back(loop, apis[0], others)
            with loop.step("log of events") as figures:
                figures |= Counter(loop.ask("[e.action for e in m.Event.objects.all()]"))
        finally:
            loop.site.stop()
    if args.json:
        args.json.write_text(json.dumps(loop.steps, indent=2) + "\n")


if __name__ == "__main__":
    main()
