"""Events, opinions and activations are only ever added, whoever asks, by the ORM or by SQL."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from diagnosis.models import Activation, Case, Event, ModelVersion, Opinion, Photo, User
from diagnosis.models.append_only import append_only_models, install_triggers, trigger_names
from diagnosis.services import record_event

KEPT = [Event, Activation]
ALL = [*KEPT, Opinion]


@pytest.fixture
def row(photo: Photo, another: User) -> Any:
    """A row of each."""
    version = ModelVersion.objects.create(version="m-1", sha256="0" * 64)
    case = Case.objects.create(
        photo=photo, prediction=photo.predictions.get(), why="random", due_at=timezone.now()
    )
    said = {"diagnosis": "nv", "confidence": 2, "quality": "good", "recommendation": "nothing"}
    opinion = Opinion.objects.create(case=case, reader=another, stage="blind", seconds=3, **said)
    event = record_event("mole.looked_at", photo.mole)
    rows = {Event: event, Activation: Activation.objects.create(version=version), Opinion: opinion}
    return rows.get


def stored(obj: models.Model) -> dict[str, Any]:
    return type(obj)._base_manager.values().get(pk=obj.pk)


def execute(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def raw_key(obj: models.Model) -> Any:
    """As the database has it."""
    return obj._meta.pk.get_db_prep_value(obj.pk, connection)  # type: ignore[union-attr]


def triggers() -> set[str]:
    source = {"sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'"}
    source["postgresql"] = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
    with connection.cursor() as cursor:
        cursor.execute(source[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def expected() -> set[str]:
    return {name for model in append_only_models() for name in trigger_names(model, connection.vendor)}


# The database ---------------------------------------------------------------------------------


def test_these_three_are_only_ever_added() -> None:
    assert set(append_only_models()) == set(ALL)


@pytest.mark.parametrize("model", ALL)
def test_sql_changes_no_row(model: Any, row: Any) -> None:
    obj = row(model)
    before, table = stored(obj), model._meta.db_table
    key = model._meta.pk.column
    text = "note" if model is Opinion else "reason"
    for sql in (
        f"UPDATE {table} SET {text} = 'other'",
        f"UPDATE {table} SET {text} = 'other' WHERE {key} = %s",
        f"UPDATE {table} SET {key} = {key} WHERE {key} = %s",
    ):
        with pytest.raises(IntegrityError, match="only ever added"):
            execute(sql, *([raw_key(obj)] if "%s" in sql else []))
    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        model._base_manager.filter(pk=obj.pk).update(**{text: "other"})
    assert stored(obj) == before


@pytest.mark.parametrize("model", KEPT)
def test_sql_removes_no_row(model: Any, row: Any) -> None:
    obj = row(model)
    table = model._meta.db_table
    for sql in (f"DELETE FROM {table}", f"DELETE FROM {table} WHERE {model._meta.pk.column} = {obj.pk}"):
        with pytest.raises(IntegrityError, match="only ever added"):
            execute(sql)
    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        model._base_manager.filter(pk=obj.pk)._raw_delete("default")
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="only ever added"):
            execute(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")
        with pytest.raises(IntegrityError, match="only ever added"):
            execute(f"SET LOCAL session_replication_role = replica; DELETE FROM {table}")
    assert model.objects.filter(pk=obj.pk).exists()


@pytest.mark.parametrize("model", ALL)
def test_no_row_is_written_over_another(model: Any, row: Any) -> None:
    obj = row(model)
    before = stored(obj)
    key, table = model._meta.pk.column, model._meta.db_table
    names = [f'"{field.column}"' for field in model._meta.concrete_fields]
    copied = f"SELECT {', '.join(names)} FROM {table} WHERE {key} = %s"
    same = f"ON CONFLICT ({key}) DO UPDATE SET {key} = {table}.{key}"
    statements = [f"INSERT INTO {table} ({', '.join(names)}) {copied} {same}"]
    if connection.vendor == "sqlite":
        statements += [f"REPLACE INTO {table} ({', '.join(names)}) {copied}"]
        statements += [f"UPDATE OR REPLACE {table} SET {key} = {key} WHERE {key} = %s"]
    for sql in statements:
        with pytest.raises(IntegrityError, match="only ever added"):
            execute(sql, raw_key(obj))
    assert stored(obj) == before


def test_an_opinion_goes_with_its_case(row: Any, owner: User) -> None:
    opinion = row(Opinion)
    owner.delete()
    assert not Opinion.objects.filter(pk=opinion.pk).exists()


@pytest.mark.django_db
def test_the_triggers_stand_after_migrate_also_where_a_table_was_made_anew() -> None:
    assert expected() <= triggers()
    with connection.cursor() as cursor:
        for name in trigger_names(Event, connection.vendor):
            cursor.execute(
                f"DROP TRIGGER {name}" + (" ON diagnosis_event" if connection.vendor == "postgresql" else "")
            )
    assert not expected() <= triggers()
    call_command("migrate", verbosity=0)
    assert expected() <= triggers()
    install_triggers()
    assert expected() <= triggers()


@pytest.fixture
def real_event(transactional_db: None) -> Iterator[Event]:
    yield record_event("mole.looked_at")
    assert expected() <= triggers()


def test_the_sites_own_flush_empties_nothing(real_event: Event) -> None:
    with pytest.raises(CommandError, match="couldn't be flushed"):
        call_command("flush", interactive=False, verbosity=0)
    assert Event.objects.filter(pk=real_event.pk).exists()


@pytest.mark.django_db
def test_what_fails_later_leaves_no_event() -> None:
    def change_and_fail() -> None:
        with transaction.atomic():
            record_event("mole.looked_at")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert not Event.objects.exists()


# Python ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ALL)
def test_the_orm_refuses_before_any_sql(model: Any, row: Any, django_assert_num_queries: Any) -> None:
    obj = row(model)
    rows = model.objects.filter(pk=obj.pk)
    with django_assert_num_queries(0):
        for refused in (
            obj.save,
            lambda: rows.update(id=obj.pk),
            lambda: model.objects.bulk_update([obj], ["id"]),
            lambda: model.objects.bulk_create([obj], update_conflicts=True, update_fields=["id"]),
        ):
            with pytest.raises(TypeError, match="only ever added"):
                refused()


@pytest.mark.parametrize("model", KEPT)
def test_the_orm_deletes_none(model: Any, row: Any, django_assert_num_queries: Any) -> None:
    obj = row(model)
    with django_assert_num_queries(0):
        for refused in (obj.delete, model.objects.filter(pk=obj.pk).delete, model.objects.all().delete):
            with pytest.raises(TypeError, match="only ever added"):
                refused()


def test_a_row_of_the_past_is_added_like_any_other(row: Any) -> None:
    """Several at once, too, and with numbers of the database's choice."""
    row(Event)
    earlier = Event(action="a.b", object_type="a", object_id="1", at=timezone.now() - timedelta(days=1))
    Event.objects.bulk_create([earlier, Event(action="a.c", object_type="a", object_id="1")])
    assert Event.objects.filter(object_type="a").count() == 2
