import secrets
from argparse import ArgumentParser
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from diagnosis.management.drawing import Drawing, draw
from diagnosis.models import Mole, Photo, Profile, User
from diagnosis.services import (
    create_mole,
    create_profile,
    delete_mole,
    delete_photo,
    delete_profile,
    record_consent,
    remove_mole,
    remove_photo,
    submit_photo,
)

LIGHT, DARKER = (226, 180, 158), (196, 146, 118)
# A second person, whose mole this is.
FATHER, FATHERS = "Father", "Neck"
# The knee's last photo is so many days old that another is due.
WAITS = {"Behind the knee": 95}
# Name, place, point on the body map, drawing, and how it grew from photo to photo, 60 days apart.
MOLES = [
    ("Left shoulder blade", Mole.BodySite.POSTERIOR_TORSO, ("back", 0.40, 0.25),
     Drawing(LIGHT, (122, 78, 56), 0.16, 0.10, 3), (1.0, 1.02, 1.01, 1.03)),
    ("Right forearm", Mole.BodySite.UPPER_EXTREMITY, ("front", 0.21, 0.44),
     Drawing(LIGHT, (84, 54, 46), 0.15, 0.38, 12), (1.0, 1.18, 1.42)),
    ("Behind the knee", Mole.BodySite.LOWER_EXTREMITY, ("back", 0.41, 0.69),
     Drawing(DARKER, (104, 62, 46), 0.11, 0.15, 23), (1.0, 1.0)),
    ("Neck", Mole.BodySite.HEAD_NECK, ("front", 0.5, 0.15),
     Drawing(LIGHT, (168, 96, 84), 0.13, 0.25, 31), (1.0,)),
]  # fmt: skip


class Command(BaseCommand):
    help = "A demo account with a few moles over months. Its pictures are drawn by the program."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", default="demo@example.org")
        parser.add_argument("--password", help="default: a new random one, printed")

    def handle(self, *, email: str, password: str | None, **options: Any) -> None:
        password = password or secrets.token_urlsafe(12)
        user = _fresh_account(email, password)
        father = create_profile(
            owner=user, name=FATHER, birth_year=1953, sex=Profile.Sex.MALE, fitzpatrick=Profile.Fitzpatrick.II
        )
        own = Profile.objects.own(user)
        for name, site, (view, x, y), drawing, growths in MOLES:
            mole = create_mole(
                owner=user, profile=father if name == FATHERS else own, name=name,
                body_site=site, body_view=view, body_x=x, body_y=y,
                notes="A drawing, not a patient's mole.",
            )  # fmt: skip
            _submit_photos(user, mole, drawing, growths)
        photos = user.photos.count()
        self.stdout.write(f"{len(MOLES)} moles with {photos} drawn photos. A worker judges them now.")
        self.stdout.write(f"Log in as {email} with the password {password}")


def _fresh_account(email: str, password: str) -> User:
    """The demo account without moles and photos; one from an earlier run is emptied and used again."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email)
        record_consent(user=user)
    user.set_password(password)
    user.save()
    for mole in Mole.everything.of(user):
        delete_mole(mole=mole)
        remove_mole(mole=mole)
    for photo in Photo.everything.of(user):  # quick checks, which belong to no mole
        delete_photo(photo=photo)
        remove_photo(photo=photo)
    for profile in user.profiles.filter(is_self=False):
        delete_profile(profile=profile)
    return user


def _submit_photos(user: User, mole: Mole, drawing: Drawing, growths: tuple[float, ...]) -> None:
    for number, growth in enumerate(growths):
        submit_photo(
            owner=user,
            mole=mole,
            file=BytesIO(draw(drawing, growth, light=1 - 0.04 * (number % 2))),
            photo_kind=Photo.Kind.DERMATOSCOPIC,
            taken_at=timezone.now()
            - timedelta(days=60 * (len(growths) - 1 - number) + WAITS.get(mole.name, 1)),
        )
