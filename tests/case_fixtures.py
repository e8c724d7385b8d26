"""Cases, and two readers for them, for conftest. A senior reader is there."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from diagnosis import roles
from diagnosis.models import Case, Mole, Photo, User
from diagnosis.services import open_case


@pytest.fixture
def reader(db: None) -> User:
    from tests.conftest import staff_with_role

    return staff_with_role("reader@example.org", roles.REVIEWER)


@pytest.fixture
def second(db: None) -> User:
    """Another reader."""
    from tests.conftest import staff_with_role

    return staff_with_role("second@example.org", roles.REVIEWER)


@pytest.fixture
def make_case(
    make_photo: Callable[..., Photo], succeeded: Callable[..., None], mole: Mole
) -> Callable[..., Case]:
    """An open case of a photo of its own, due in the order in which they are made."""
    turn = count()

    def make(band: str = "raised", **fields: Any) -> Case:
        photo = make_photo(**{"mole": mole, "photo_kind": Photo.Kind.DERMATOSCOPIC} | fields)
        succeeded(photo.predictions.get(), {"raised": 0.9, "unclear": 0.05, "low": 0.01}[band], band)
        case = open_case(photo=photo, prediction=photo.predictions.get(), why="raised")
        assert case is not None
        case.due_at = timezone.now() - timedelta(days=1) + timedelta(minutes=next(turn))
        case.save()
        return case

    return make


@pytest.fixture(name="case")
def a_case(make_case: Callable[..., Case]) -> Case:
    return make_case()
