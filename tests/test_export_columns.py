"""No column of anybody is forgotten in an export: each is in it, or left out for a reason."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Field

from diagnosis.models import User
from diagnosis.services.exports.tables import LEFT_OUT_MODELS, TABLES


def models_of_a_person() -> set[Any]:
    """Every model with a way to the account, however long."""
    found, waiting = {User}, [User]
    while waiting:
        for relation in waiting.pop()._meta.get_fields(include_hidden=True):
            model = relation.related_model
            if relation.auto_created and not relation.concrete and model not in found:
                found.add(model)
                waiting.append(model)
    return found


def test_every_model_of_a_person_is_exported_or_left_out_for_a_reason() -> None:
    exported = {table.model._meta.label for table in TABLES}
    there = {model._meta.label for model in models_of_a_person()}
    assert {"diagnosis.Photo", "diagnosis.Share_moles", "mfa.Authenticator"} <= there
    assert there == exported | set(LEFT_OUT_MODELS)
    assert not exported & set(LEFT_OUT_MODELS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_exported_or_left_out_for_a_reason(table: Any) -> None:
    fields = {field.name for field in table.model._meta.get_fields() if isinstance(field, Field)}
    assert fields == set(table.columns) | set(table.left_out)
    assert not set(table.columns) & set(table.left_out)
    assert all(table.left_out.values())


OF_NOBODY = {
    "diagnosis.Event": "plain ids and no names, so that the log stays whole when an account goes",
    "diagnosis.ModelVersion": "a network of the site",
    "diagnosis.Activation": "which network judges photos; the site's too",
}


def test_every_model_of_this_app_belongs_to_a_person_or_to_nobody_for_a_reason() -> None:
    """Or the test above would not see it."""
    of_nobody = set(apps.get_app_config("diagnosis").get_models()) - models_of_a_person()
    assert {model._meta.label for model in of_nobody} == set(OF_NOBODY)
    assert all(OF_NOBODY.values())
