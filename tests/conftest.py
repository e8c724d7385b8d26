"""The roles every test speaks of, and a photo folder of its own for each test."""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone
from playwright.sync_api import Browser, sync_playwright

from diagnosis import catalogues, roles
from diagnosis.models import Mole, Photo, Prediction, Profile, User
from diagnosis.models.append_only import append_only_models, install_triggers, trigger_names
from diagnosis.services import create_mole, create_profile, submit_photo
from diagnosis.services.staff import SECOND_FACTOR_OF
from tests.admin_rows import objects  # noqa: F401
from tests.browser import launch
from tests.case_fixtures import a_case, make_case, reader, second  # noqa: F401
from tests.model_artifacts import models_folder  # noqa: F401 - a fixture
from tests.pictures import mole_jpeg
from tests.processes import Site

PASSWORD = "correct horse battery"
# What the authenticator apps of staff know.
STAFF_SECRET = "JBSWY3DPEHPK3PXP"


def pytest_configure() -> None:
    catalogues.compile_stale()


def _forbidden_skip(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """With FORBID_SKIPS every skip is a failure, but for real images that this machine doesn't have."""
    if not os.environ.get("FORBID_SKIPS") or not report.skipped or hasattr(report, "wasxfail"):
        return False
    return "LESION_DATA" not in str(report.longrepr) or bool(os.environ.get("LESION_DATA"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    if _forbidden_skip(report):
        report.outcome, report.longrepr = "failed", f"Skips are forbidden here: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    if _forbidden_skip(report):
        report.outcome, report.longrepr = "failed", f"Skips are forbidden here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as on a site: in memory, threads that write at once fail instead of waiting."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "db.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def emptied_in_spite_of_triggers() -> Iterator[None]:
    """After a test with real transactions Django empties every table, which the log of events refuses: for
    that moment, and in tests alone, the triggers are lifted. One that moved the tables to and fro between
    migrations, without `migrate`, has lost them already."""
    flush = TransactionTestCase._fixture_teardown

    def lifted(case: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            for model in append_only_models():
                for name in trigger_names(model, connection.vendor):
                    on = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')
        try:
            flush(case)
        finally:
            install_triggers()

    TransactionTestCase._fixture_teardown = lifted
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True)
def photo_folder(settings: Any, tmp_path: Path) -> Path:
    """Photos of one test never meet those of another."""
    folder = tmp_path / "photos"
    storages = {**settings.STORAGES}
    storages["default"] = {"BACKEND": "diagnosis.storage.PhotoFolder", "OPTIONS": {"location": folder}}
    settings.STORAGES = storages
    return folder


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A million rounds of hashing keep attackers busy, and tests too."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner@example.org", PASSWORD)


@pytest.fixture
def another(db: None) -> User:
    return User.objects.create_user("another@example.org", PASSWORD)


@pytest.fixture
def staff(db: None) -> User:
    return with_second_factor(User.objects.create_superuser("staff@example.org", PASSWORD))


def with_second_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type="totp", data={"secret": STAFF_SECRET})
    return user


def staff_with_role(email: str, role: str) -> User:
    """In the group of this name."""
    user = User.objects.create_user(email, PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return with_second_factor(user)


@pytest.fixture
def reviewer(db: None) -> User:
    return staff_with_role("reviewer@example.org", roles.REVIEWER)


@pytest.fixture
def senior(db: None) -> User:
    return staff_with_role("senior@example.org", roles.SENIOR_REVIEWER)


@pytest.fixture
def operator(db: None) -> User:
    return staff_with_role("operator@example.org", roles.OPERATOR)


def client_of(user: User | None = None) -> Client:
    """Logged in, staff with a second factor."""
    client = Client()
    if user:
        client.force_login(user)
    if user and user.is_staff:
        put_in_session(client, **{SECOND_FACTOR_OF: str(user.pk)})
    return client


def put_in_session(client: Client, **values: Any) -> None:
    session = client.session
    session.update(values)
    session.save()


@pytest.fixture
def owner_client(owner: User) -> Client:
    return client_of(owner)


@pytest.fixture
def another_client(another: User) -> Client:
    return client_of(another)


@pytest.fixture
def staff_client(staff: User) -> Client:
    return client_of(staff)


@pytest.fixture
def reviewer_client(reviewer: User) -> Client:
    return client_of(reviewer)


@pytest.fixture
def senior_client(senior: User) -> Client:
    return client_of(senior)


@pytest.fixture
def operator_client(operator: User) -> Client:
    return client_of(operator)


@pytest.fixture
def anonymous_client(db: None) -> Client:
    return client_of()


@pytest.fixture
def mole(owner: User) -> Mole:
    return Mole.objects.create(owner=owner, name="left shoulder", body_site="upper extremity")


@pytest.fixture
def anna(owner: User) -> Profile:
    """Somebody for whom the owner cares."""
    return create_profile(owner=owner, name="Anna", birth_year=1990, sex="female", fitzpatrick=3)


@pytest.fixture
def hers(owner: User, anna: Profile) -> Mole:
    point = {"body_view": "front", "body_x": 0.5, "body_y": 0.15}
    return create_mole(owner=owner, name="her heel", profile=anna, **point)


@pytest.fixture
def make_photo(owner: User) -> Callable[..., Photo]:
    """Stores a photo as the site does; its prediction is queued."""

    def make(**fields: Any) -> Photo:
        fields.setdefault("owner", owner)
        fields.setdefault("file", BytesIO(mole_jpeg()))
        return submit_photo(**fields).photo

    return make


@pytest.fixture
def photo(make_photo: Callable[..., Photo], mole: Mole) -> Photo:
    return make_photo(mole=mole, photo_kind=Photo.Kind.DERMATOSCOPIC)


@pytest.fixture
def succeeded() -> Callable[..., None]:
    """Writes a result into a prediction's row, as a worker would."""

    def write(prediction: Prediction, probability: float, band: str) -> None:
        Prediction.objects.filter(pk=prediction.pk).update(
            status=Prediction.Status.SUCCEEDED,
            malignancy_probability=probability,
            class_probabilities={"mel": probability, "nv": 1 - probability},
            band=band,
            threshold_low=0.025,
            threshold_raised=0.068,
            model_version="residual128-3",
            finished_at=timezone.now(),
        )

    return write


@pytest.fixture(scope="session")
def lesion_data() -> str:
    """The folder of the real images."""
    folder = os.environ.get("LESION_DATA")
    if not folder:
        pytest.skip("needs the real images: set LESION_DATA to the folder that holds ham10000/")
    return folder


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The whole site as real processes. One for each worker of the test run."""
    site = Site()
    try:
        site.start_all()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def tiny_artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with one in it, `tiny-1`: as the real one, but small and untrained."""
    from tests.artifacts import write_tiny

    return write_tiny(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; ended with its module, because while it runs Django's tests may not touch the database."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
