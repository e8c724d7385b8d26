import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from diagnosis.models import Mole, Photo, Prediction, User
from diagnosis.services import BadImage, create_mole, submit_photo


class Command(BaseCommand):
    help = "Store a photo for a user and print what the model predicts, through the same service and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--user", required=True, metavar="EMAIL", help="whose photo it is")
        parser.add_argument("--mole", metavar="NAME", help="file it under this mole, made if there is none")
        parser.add_argument("--kind", choices=Photo.Kind.values, default=Photo.Kind.CLINICAL)
        parser.add_argument("--wait", type=float, default=60, metavar="SECONDS", help="for the worker (60)")

    def handle(
        self, *, file: Path, user: str, mole: str | None, kind: str, wait: float, **options: Any
    ) -> None:
        owner = User.objects.filter(email=user.lower()).first()
        if owner is None:
            raise CommandError(f"There is no account with the address {user}.")
        try:
            with file.open("rb") as content:
                submitted = submit_photo(owner=owner, file=content, mole=_mole(owner, mole), photo_kind=kind)
        except OSError as error:
            raise CommandError(f"{file} could not be read: {error.strerror}.") from error
        except BadImage as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        prediction = _wait_for(submitted.prediction, wait)
        self.stdout.write(json.dumps(_as_data(prediction)))
        if not prediction.terminal:
            raise CommandError(
                f"No worker judged the photo within {wait:g} s. It is stored and waits for one."
            )


def _mole(owner: User, name: str | None) -> Mole | None:
    if not name:
        return None
    return owner.moles.filter(name=name).first() or create_mole(owner=owner, name=name)


def _wait_for(prediction: Prediction, seconds: float) -> Prediction:
    end = time.monotonic() + seconds
    while not prediction.terminal and time.monotonic() < end:
        time.sleep(0.1)
        prediction.refresh_from_db()
    return prediction


def _as_data(prediction: Prediction) -> dict[str, Any]:
    return {
        "photo": str(prediction.photo_id),
        "prediction": str(prediction.pk),
        "status": prediction.status,
        "malignancy_probability": prediction.malignancy_probability,
        "class_probabilities": prediction.class_probabilities,
        "band": prediction.shown_band or None,
        "model_version": prediction.model_version,
        "reason": prediction.reason,
        "advice": prediction.advice,
    }
