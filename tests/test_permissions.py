"""Who may see what: every route of the site against four roles. A route without an entry fails.

An entry gives the status for nobody, another user, staff and the owner (GET, or what the route
accepts). Staff who are not the owner get no photo outside the admin.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from diagnosis.models import (
    AuthToken,
    Case,
    Export,
    Mismatch,
    Mole,
    Photo,
    Prediction,
    Profile,
    Share,
    User,
)
from diagnosis.services import create_profile, create_share, delete_mole, delete_photo, stop_token

ROLES = ("anonymous", "another", "staff", "owner")
LOGIN = 302
PUBLIC = (200, 200, 200, 200)
PERSONAL = (LOGIN, 200, 200, 200)
OWN = (LOGIN, 404, 404, 200)
# Whose it is is asked after the method; the test of changes below posts to these.
POST_ALONE = (405, 405, 405, 405)
# The password is asked for again first.
CONFIRMED = (LOGIN, LOGIN, LOGIN, LOGIN)
API_PERSONAL = (401, 200, 200, 200)
API_OWN = (401, 404, 404, 200)
API_PERSONAL_POST = (401, 405, 405, 405)

EXPECTED: dict[str, tuple[int, int, int, int]] = {
    "home": PUBLIC,
    "help": PUBLIC,
    "about-model": PUBLIC,
    "privacy": PUBLIC,
    "set-language": POST_ALONE,
    "account": PERSONAL,
    "account-delete": CONFIRMED,
    # Leads staff who gave a second factor on.
    "staff-access": (LOGIN, 404, 302, 404),
    "token-revoke": POST_ALONE,
    "consent-training": POST_ALONE,
    "export": PERSONAL,
    "export-download": OWN,
    "deleted": PERSONAL,
    "mole-restore": POST_ALONE,
    "photo-restore": POST_ALONE,
    "mole-remove": OWN,
    "photo-remove": OWN,
    "photo-deleted-thumbnail": OWN,
    "mole-list": PERSONAL,
    "mole-add": PERSONAL,
    "new-model": PERSONAL,
    "quick-check": PERSONAL,
    "photo-list": PERSONAL,
    "mole": OWN,
    "mole-removal": OWN,
    "mole-compare": OWN,
    "mole-edit": OWN,
    "mole-delete": OWN,
    "photo-add": OWN,
    "photo": OWN,
    "photo-delete": OWN,
    "photo-mismatch": OWN,
    "photo-image": OWN,
    "photo-thumbnail": OWN,
    "mole-archive": POST_ALONE,
    "mole-report": OWN,
    "profile-list": PERSONAL,
    "profile-add": PERSONAL,
    "profile-edit": OWN,
    "profile-delete": OWN,
    "profile-report": OWN,
    "mole-reminder": OWN,
    "mole-snooze": POST_ALONE,
    # Whoever has the mail may end the mails, logged in or not.
    "reminders-stop": PUBLIC,
    "review-mails-stop": PUBLIC,
    "account-settings": PERSONAL,
    "share-list": PERSONAL,
    "share-add": PERSONAL,
    "share-revoke": POST_ALONE,
    # Whoever has the token sees what was shared; that is what it is for.
    "shared": PUBLIC,
    "shared-image": PUBLIC,
    "photo-rerun": POST_ALONE,
    "prediction": OWN,
    "prediction-line": OWN,
    "manifest": PUBLIC,
    "service-worker": PUBLIC,
    "offline": PUBLIC,
    "api:model": PUBLIC,
    "api:schema": PUBLIC,
    "api:docs": PUBLIC,
    "api:auth-token": POST_ALONE,
    "api:auth-logout": API_PERSONAL_POST,
    "api:auth-logoutall": API_PERSONAL_POST,
    "api:me": API_PERSONAL,
    "api:consent-training": API_PERSONAL_POST,
    "api:export": API_OWN,
    "api:export-detail": API_OWN,
    "api:export-download": API_OWN,
    "api:deleted": API_PERSONAL,
    "api:mole-restore": API_PERSONAL_POST,
    "api:photo-restore": API_PERSONAL_POST,
    "api:mole-list": API_PERSONAL,
    "api:mole-detail": API_OWN,
    "api:mole-photos": API_OWN,
    "api:profile-list": API_PERSONAL,
    "api:profile-detail": API_OWN,
    "api:mole-snooze": API_PERSONAL_POST,
    "api:photo-list": API_PERSONAL,
    "api:photo-detail": API_OWN,
    "api:photo-image": API_OWN,
    "api:photo-thumbnail": API_OWN,
    "api:photo-predictions": API_OWN,
    "api:photo-mismatches": API_OWN,
    "api:prediction-detail": API_OWN,
}
# Of what is deleted; of what is not, they are nobody's.
OF_DELETED = {"mole-remove": delete_mole, "photo-remove": delete_photo}
OF_DELETED["photo-deleted-thumbnail"] = delete_photo


def routes(patterns: Any = None, namespace: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named route with its arguments' converters."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", dict(pattern.pattern.converters)


def own_routes() -> list[tuple[str, dict[str, Any]]]:
    """The site's own routes; allauth's and the admin's have tests of their own."""
    others = ("admin:", "account_", "mfa_", "usersessions_", "socialaccount_")
    return [(name, arguments) for name, arguments in routes() if not name.startswith(others)]


@pytest.fixture
def prediction(photo: Photo) -> Prediction:
    return photo.predictions.get()


@pytest.fixture
def export(owner: User, photo_folder: Path) -> Export:
    """Made, and still kept."""
    name = default_storage.save("exports/one.zip", ContentFile(b"PK"))
    return Export.objects.create(
        owner=owner, status="done", file=name, size=2, photo_count=0, finished_at=timezone.now()
    )


@pytest.fixture
def clients(
    anonymous_client: Client, another_client: Client, staff_client: Client, owner_client: Client
) -> dict[str, Client]:
    return dict(zip(ROLES, (anonymous_client, another_client, staff_client, owner_client), strict=True))


def test_every_route_has_an_entry_here() -> None:
    assert {name for name, _ in own_routes()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_role_gets_what_is_theirs(
    name: str, clients: dict[str, Client], mole: Mole, photo: Photo, prediction: Prediction, export: Export
) -> None:
    arguments = dict(own_routes())[name]
    identifiers = {"mole_id": mole.pk, "photo_id": photo.pk, "prediction_id": prediction.pk}
    identifiers["profile_id"] = create_profile(owner=mole.owner, name="Anna").pk
    issued = create_share(owner=mole.owner, moles=[mole])
    identifiers |= {"token": issued.token, "share_id": issued.share.pk, "export_id": export.pk}
    identifiers["signed"] = stop_token(mole.owner, "reviews" if name.startswith("review") else "reminders")
    identifiers["token_key"] = AuthToken.objects.create(mole.owner)[0].token_key
    if "pk" in arguments or "id" in arguments:
        kind = name.removeprefix("api:").split("-")[0]
        identifiers |= dict.fromkeys(("pk", "id"), identifiers[f"{kind}_id"])
    if delete := OF_DELETED.get(name):
        delete(**({"mole": mole} if name.startswith("mole") else {"photo": photo}))  # type: ignore[operator]
    url = reverse(name, kwargs={argument: identifiers[argument] for argument in arguments})
    got = tuple(clients[role].get(url).status_code for role in ROLES)
    assert got == EXPECTED[name], dict(zip(ROLES, got, strict=True))


@pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
@pytest.mark.parametrize("role", ["anonymous", "another", "staff"])
def test_nobody_else_changes_anything(
    role: str,
    method: str,
    clients: dict[str, Client],
    mole: Mole,
    photo: Photo,
    prediction: Prediction,
    export: Export,
) -> None:
    share = create_share(owner=mole.owner, moles=[mole]).share
    profile = create_profile(owner=mole.owner, name="Anna")
    before = rows()
    identifiers = {"mole": mole.pk, "photo": photo.pk, "prediction": prediction.pk, "share": share.pk}
    identifiers["profile"] = profile.pk
    identifiers["export"] = export.pk
    for name, arguments in own_routes():
        if not arguments:
            continue
        kind = name.removeprefix("api:").split("-")[0]
        url = (
            reverse(name, args=[identifiers["mole" if name == "photo-add" else kind]] * len(arguments))
            if (kind in identifiers)
            else None
        )
        if url:
            status = getattr(clients[role], method)(
                url, {"name": "taken over"}, "application/json"
            ).status_code
            assert status in {302, 401, 403, 404, 405}, (name, status)
    assert rows() == before


def rows() -> list[Any]:
    models = (Mole, Photo, Prediction, Profile, Share, Export, Mismatch, Case)
    return [list(model._base_manager.order_by("pk").values()) for model in models]
