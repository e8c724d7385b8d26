"""How a table of an export comes by its rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field, Model, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from diagnosis.models import Photo, User

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Table:
    """One model's rows: the columns that are exported, those that are not and why, and what is added.

    `owner` is the way from a row to its person, `photo` the column that names the row's photo.
    """

    name: str
    model: type[Model]
    owner: str
    columns: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    related: tuple[str, ...] = ()
    photo: str = ""

    @property
    def headings(self) -> list[str]:
        return [*self.columns, *self.added]

    def rows(self, user: User) -> Iterator[dict[str, Any]]:
        """The person's rows in an order that stays. What is in "Recently deleted" is among them.

        A few hundred at a time, and no cursor stays open in between: on SQLite an open one would keep this
        process from writing down how far it is.
        """
        mine: QuerySet[Any] = self.model._base_manager.filter(**{self.owner: user.pk}).order_by("pk")
        pks = list(mine.values_list("pk", flat=True))
        for start in range(0, len(pks), ROWS_AT_ONCE):
            rows = mine.filter(pk__in=pks[start : start + ROWS_AT_ONCE])
            for row in rows.select_related(*self.related) if self.related else rows:
                yield self._row(row)

    def _row(self, row: Any) -> dict[str, Any]:
        stored = {name: self._column(name).value_from_object(row) for name in self.columns}
        return stored | {name: value(row) for name, value in self.added.items()}

    def _column(self, name: str) -> Field:
        column = self.model._meta.get_field(name)
        assert isinstance(column, Field), f"{name} is another model's column."
        return column


def photo_entry(photo: Photo) -> str:
    """The name of a photo's file in the ZIP. Of a mole's name only letters, digits and hyphens are left."""
    folder = (slugify(photo.mole.name, allow_unicode=True) or "mole") if photo.mole else "without-a-mole"
    return f"photos/{folder}/{timezone.localtime(photo.moment):%Y-%m-%d}-{photo.pk}.jpg"
