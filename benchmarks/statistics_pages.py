"""What the statistics pages cost with many cases, beside a few: queries and time.

python -m benchmarks.statistics_pages [--cases 10000] [--rounds 5] [--json]

Each case is of a mole of its own and has one reader; a quarter of the moles have an outcome. The pages are
asked for by Django's own client, first with forty cases and then with all. Expect the same
number of queries and less than a second a page. Takes about a minute on two cores; the database is removed.
"""

import argparse
import json
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks.register import database

FEW = 40
DAYS = {"start": "2026-03-02", "end": "2026-03-29"}
FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fill(owner: Any, count: int) -> None:
    """So many closed cases within four weeks, each read once."""
    from django.db.models import F

    from diagnosis.models import Case, Mole, Opinion, Photo, Prediction, Profile, User

    def stored(model: Any, rows: list[Any]) -> list[Any]:
        return list(model._base_manager.bulk_create(rows, batch_size=500))

    reader, _ = User.objects.get_or_create(email="reader@example.org")
    own = Profile.objects.own(owner)
    outcomes = ["malignant", "", "", "", "benign", "", "", ""]
    moles = [
        Mole(
            owner=owner,
            profile=own,
            name="one of many",
            removed_on=date(2099, 1, 1) if outcomes[place % 8] else None,
            outcome=outcomes[place % 8],
        )
        for place in range(count)
    ]
    photos = [
        Photo(owner=owner, mole=mole, image=f"{mole.pk}.jpg", thumbnail="t.jpg", width=9, height=9)
        for mole in stored(Mole, moles)
    ]
    for photo in photos:
        photo.photo_kind = Photo.Kind.DERMATOSCOPIC
    predictions = [
        Prediction(
            photo=photo,
            status=Prediction.Status.SUCCEEDED,
            model_version="one-1",
            malignancy_probability=place % 100 / 100,
            class_probabilities={},
            band=("low", "unclear", "raised")[place % 3],
            threshold_low=0.1,
            threshold_raised=0.4,
            stability=0.1,
            distance=1.0,
            finished_at=FIRST + timedelta(days=place % 28),
        )
        for place, photo in enumerate(stored(Photo, photos))
    ]
    cases = [
        Case(
            photo=one.photo,
            prediction=one,
            why="raised",
            status="closed",
            diagnosis="nv",
            recommendation="nothing",
            due_at=FIRST,
            closed_at=one.finished_at,
        )
        for one in stored(Prediction, predictions)
    ]
    said = {"stage": "blind", "diagnosis": "nv", "confidence": 2, "quality": "good", "seconds": 9}
    opinions = [
        Opinion(case=case, reader=reader, recommendation="nothing", **said) for case in stored(Case, cases)
    ]
    stored(Opinion, opinions)
    Prediction.objects.update(created_at=F("finished_at"))
    Case.objects.update(created_at=F("closed_at"))


def measure(client: Any, rounds: int) -> dict[str, dict[str, float]]:
    """Queries and median seconds of each page, by its topic."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from diagnosis.admin.statistics.views import TOPICS

    found = {}
    for topic in TOPICS:
        seconds = []
        for _ in range(rounds):
            with CaptureQueriesContext(connection) as queries:
                began = time.perf_counter()
                answer = client.get(f"/admin/statistics/{topic}/", DAYS)
                seconds.append(time.perf_counter() - began)
            assert answer.status_code == 200, f"{topic} answered {answer.status_code}"
        found[topic] = {"queries": len(queries), "seconds": statistics.median(seconds)}
    return found


def compare(cases: int, rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """`measure` with a few cases and with all."""
    from diagnosis.models import User
    from tests.conftest import client_of, with_second_factor

    staff = with_second_factor(User.objects.create_superuser("staff@example.org", "correct horse battery"))
    owner, client = User.objects.create_user("owner@example.org"), client_of(staff)
    fill(owner, FEW)
    first = measure(client, rounds)
    fill(owner, cases - FEW)
    return {"few": first, "all": measure(client, rounds)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Costs of the statistics pages.")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="figures for machines")
    args = parser.parse_args()
    with database():
        found = compare(args.cases, args.rounds)
    if args.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'page':<12}  queries few/all  seconds few   all")
    for topic, many in found["all"].items():
        few = found["few"][topic]
        queries = f"{few['queries']:.0f} / {many['queries']:.0f}"
        print(f"{topic:<12}  {queries:>15}  {few['seconds']:>11.3f} {many['seconds']:>5.3f}")


if __name__ == "__main__":
    # Only now: the models need a settings module first.
    import django

    django.setup()
    main()
