"""Rows that are only ever added: Python says so before any SQL, and the database refuses raw SQL too.

The triggers come after every `migrate`, not by a migration: SQLite drops them with the table whenever a later
migration makes it anew. Nothing in the site lifts them.
"""

from typing import Any, NoReturn, TypeVar

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

_Row = TypeVar("_Row", bound=models.Model)


class UnchangingQuerySet(models.QuerySet[_Row]):
    def update(self, **fields: Any) -> NoReturn:
        raise _refusal(self.model)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _refusal(self.model)

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[_Row]:
        if kwargs.get("update_conflicts"):
            raise _refusal(self.model)
        return super().bulk_create(*args, **kwargs)


class AppendOnlyQuerySet(UnchangingQuerySet[_Row]):
    def delete(self) -> NoReturn:
        raise _refusal(self.model)


class Unchanging(models.Model):
    """A row that stays as it was written; it may go, with what it belongs to. Its `objects` come from one of
    the query sets above."""

    # What the database does with no row of it, on every vendor.
    REFUSED: tuple[str, ...] = ("UPDATE",)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises `TypeError` for a row that is there already."""
        if not self._state.adding:
            raise _refusal(type(self))
        super().save(*args, **kwargs)


class AppendOnly(Unchanging):
    """A row that stays, as it was written."""

    REFUSED = ("UPDATE", "DELETE")

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _refusal(type(self))


def append_only_models() -> list[type[Unchanging]]:
    return [model for model in apps.get_models() if issubclass(model, Unchanging)]


def trigger_names(model: type[Unchanging], vendor: str) -> list[str]:
    table = model._meta.db_table
    if vendor == "postgresql":
        return [f"{table}_append_only"]
    return [f"{table}_append_only_{what.lower()}" for what in (*model.REFUSED, "INSERT")]


def install_triggers(*, using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """After `migrate`; where they stand already, nothing changes."""
    connection = connections[using]
    there = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for model in append_only_models():
            if model._meta.db_table in there:
                for statement in _STATEMENTS[connection.vendor](model):
                    cursor.execute(statement)


def _refusal(model: type[models.Model]) -> TypeError:
    return TypeError(f"{model.__name__}: rows are only ever added.")


def _on_sqlite(model: type[Unchanging]) -> list[str]:
    """A row written over another one (INSERT OR REPLACE) passes no trigger but that of the insert. Where the
    database is to choose the number of a row, it is -1 at that moment."""
    table, key = model._meta.db_table, model._meta.pk.column
    there = f'SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}"'  # noqa: S608 - our own names
    conditions = {"INSERT": f"WHEN EXISTS ({there})"}
    return [
        f'CREATE TRIGGER IF NOT EXISTS "{name}" BEFORE {what} ON "{table}" {conditions.get(what, "")} '
        f"BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
        for what, name in zip((*model.REFUSED, "INSERT"), trigger_names(model, "sqlite"), strict=True)
    ]


def _on_postgresql(model: type[Unchanging]) -> list[str]:
    """One for each statement, so that TRUNCATE is among them; replicas keep to it too."""
    table = model._meta.db_table
    (name,) = trigger_names(model, "postgresql")
    refused = (*model.REFUSED, "TRUNCATE") if "DELETE" in model.REFUSED else model.REFUSED
    return [
        "CREATE OR REPLACE FUNCTION diagnosis_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%: rows are only ever added', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f'CREATE OR REPLACE TRIGGER "{name}" BEFORE {" OR ".join(refused)} ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION diagnosis_append_only()",
        f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
    ]


_STATEMENTS = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
