"""What pages and API lists cost in a large register, beside a small one: queries and time.

python -m benchmarks.register [--moles 200] [--photos 10000] [--rounds 15] [--json]

Two accounts stand in one database (SQLite, or that of DATABASE_URL): one follows 5 moles, the other 200,
each mole with 50 photos, every photo with a finished prediction. Both accounts' pages are asked for in
turn by Django's own client, so no network and no browser is timed. Expect the same number of queries,
at most 12, and at most twice the time. Takes about two minutes on two cores; the database is removed.
"""

import argparse
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinsite.settings")
SMALL = 5
VERSION = "residual128-3"
CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


@contextmanager
def database() -> Iterator[None]:
    """An empty database with all migrations, gone afterwards."""
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment(debug=False)
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        yield
    finally:
        runner.teardown_databases(made)
        teardown_test_environment()


def fill(email: str, moles: int, photos: int) -> Any:
    """The user of a new account with so many moles, and photos in all, each with a finished prediction."""
    from django.utils import timezone

    from diagnosis.models import Photo, Prediction, User
    from diagnosis.models.body import PLACES
    from diagnosis.services import create_mole
    from tests.seen import SEEN

    user = User.objects.create_user(email, "correct horse battery")
    made, places = [], list(PLACES.values())
    for number in range(moles):
        place = places[number % len(places)]
        pin = {"body_view": place.view, "body_x": place.x, "body_y": place.y}
        made.append(create_mole(owner=user, name=f"Mole {number}", **pin))
    now = timezone.now()
    rows, predictions = [], []
    for number in range(photos):
        photo = Photo(
            owner=user,
            mole=made[number % moles],
            image=f"{uuid.uuid4()}.jpg",
            thumbnail=f"{uuid.uuid4()}.jpg",
            width=2000,
            height=1500,
            sha256="0" * 64,
            original_format="JPEG",
            photo_kind=Photo.Kind.DERMATOSCOPIC,
            taken_at=now - timedelta(days=7 * (number // moles), minutes=number % moles),
        )
        probability = (number * 37 % 1000) / 1000
        rows.append(photo)
        predictions.append(
            Prediction(
                photo=photo,
                status=Prediction.Status.SUCCEEDED,
                model_version=VERSION,
                malignancy_probability=probability,
                class_probabilities=dict.fromkeys(CLASSES, 0.1) | {"mel": probability},
                band="raised" if probability > 0.5 else "low",
                threshold_low=0.02,
                threshold_raised=0.07,
                finished_at=now,
                # An outline has 64 points.
                **SEEN | {"outline": SEEN["outline"] * 16},
            )
        )
    Photo.objects.bulk_create(rows, batch_size=500)
    Prediction.objects.bulk_create(predictions, batch_size=500)
    return user


def addresses(user: Any) -> dict[str, str]:
    """Each page and API list of this account, by its route's name. A report of a whole person, which
    prints all its moles, is left out."""
    from django.urls import reverse

    mole = user.moles.first()
    photo = mole.photos.first()
    prediction = photo.predictions.get()
    whole = ("mole-list", "mole-add", "new-model", "profile-list", "photo-list", "quick-check", "share-list")
    whole += ("share-add", "deleted", "account", "export", "api:mole-list", "api:photo-list")
    whole += ("api:profile-list", "api:deleted")
    of_mole = ("mole", "mole-edit", "mole-compare", "mole-report", "photo-add", "api:mole-photos")
    found = {name: reverse(name) for name in whole}
    found |= {f"mole-list, {sort}": f"{found['mole-list']}?sort={sort}" for sort in ("probability", "newest")}
    found |= {name: reverse(name, args=[mole.pk]) for name in of_mole}
    found |= {name: reverse(name, args=[photo.pk]) for name in ("photo", "api:photo-predictions")}
    return found | {"prediction": reverse("prediction", args=[prediction.pk])}


def measure(users: dict[str, Any], rounds: int) -> dict[str, dict[str, Any]]:
    """Of each address: queries and median seconds of each account, asked for in turn, and the times' ratio.

    Raises `RuntimeError` where a page does not answer 200.
    """
    from django.test import Client

    from tests.queries import queries_of

    clients, found = {}, {name: addresses(user) for name, user in users.items()}
    for name, user in users.items():
        clients[name] = Client()
        clients[name].force_login(user)
    out = {}
    for page in found["small"]:
        seconds: dict[str, list[float]] = {name: [] for name in users}
        queries = {name: queries_of(clients[name], found[name][page]) for name in users}
        for _ in range(rounds):
            for name in users:
                start = time.perf_counter()
                answer = clients[name].get(found[name][page])
                seconds[name].append(time.perf_counter() - start)
                if answer.status_code != 200:
                    raise RuntimeError(f"{found[name][page]} answered {answer.status_code}.")
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        out[page] = {"queries": queries, "seconds": medians, "ratio": medians["large"] / medians["small"]}
    return out


def table(pages: dict[str, dict[str, Any]]) -> str:
    lines = [f"{'page':26} {'queries':>12} {'ms (5 moles)':>14} {'ms (large)':>12} {'ratio':>7}"]
    for page, one in pages.items():
        queries = f"{one['queries']['small']} / {one['queries']['large']}"
        small, large = (1000 * one["seconds"][name] for name in ("small", "large"))
        lines.append(f"{page:26} {queries:>12} {small:14.1f} {large:12.1f} {one['ratio']:7.2f}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--moles", type=int, default=200)
    parser.add_argument("--photos", type=int, default=10_000, help="of the large register, in all")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.moles < 1 or asked.photos < asked.moles or asked.rounds < 1:
        print("Give at least one mole, a photo for each, and one round.", file=sys.stderr)
        return 2
    django.setup()
    with database():
        each = asked.photos // asked.moles
        users = {
            "small": fill("small@example.org", SMALL, SMALL * each),
            "large": fill("large@example.org", asked.moles, asked.photos),
        }
        pages = measure(users, asked.rounds)
    print(json.dumps(pages) if asked.json else table(pages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
