from typing import Any

from django.db import transaction

from diagnosis.models import Mole, User
from diagnosis.services.checks import check_numbers
from diagnosis.services.files import remove_files_on_commit


def create_mole(*, owner: User, **fields: Any) -> Mole:
    """A new mole. Raises `ValidationError` where a field is not allowed."""
    mole = Mole(owner=owner, **fields)
    mole.full_clean()
    check_numbers(mole, "body_x", "body_y")
    mole.save()
    return mole


def update_mole(*, mole: Mole, **fields: Any) -> Mole:
    """Changes the given fields. Raises `ValidationError` where one is not allowed."""
    for name, value in fields.items():
        setattr(mole, name, value)
    mole.full_clean()
    check_numbers(mole, "body_x", "body_y")
    mole.save(update_fields=list(fields))
    return mole


def delete_mole(*, mole: Mole) -> None:
    """Removes the mole, its photos, their predictions and files."""
    with transaction.atomic():
        remove_files_on_commit(list(mole.photos.all()))
        mole.delete()
