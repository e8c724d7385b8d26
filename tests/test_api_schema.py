"""The schema says what the API does, and nothing that it says can bring the API down."""

import json
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from diagnosis.models import AuthToken, Mole, Photo, User
from diagnosis.services import start_export
from skinsite import wsgi
from tests.seen import SEEN

SCHEMA = "/api/v1/schema/"


@pytest.fixture
def schema(anonymous_client: Client) -> dict[str, Any]:
    return json.loads(anonymous_client.get(SCHEMA, {"format": "json"}).content)


def test_the_schema_is_valid_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_error_of_every_call_has_the_one_shape(schema: dict[str, Any]) -> None:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            statuses = operation["responses"]
            assert "429" in statuses, (method, path)
            for status in statuses.keys() - {"200", "201", "202", "204"}:
                content = statuses[status]["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (method, path, status)


def test_uploads_are_described_as_they_are(schema: dict[str, Any]) -> None:
    upload = schema["paths"]["/api/v1/moles/{id}/photos/"]["post"]
    assert list(upload["requestBody"]["content"]) == ["multipart/form-data"]
    assert {"200", "201", "400", "401", "404", "411", "413", "415", "422", "429"} <= upload[
        "responses"
    ].keys()
    assert "Location" in upload["responses"]["201"]["headers"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in upload["parameters"]}
    fields = schema["components"]["schemas"]["PhotoUploadRequest"]
    assert fields["required"] == ["image"]
    assert set(fields["properties"]) == {"image", "taken_at", "photo_kind", "symptoms", "note", "crop"}


def test_what_the_network_saw_is_described_field_by_field(schema: dict[str, Any]) -> None:
    described = schema["components"]["schemas"]
    fields = described["Prediction"]["properties"]
    assert set(described["Measurements"]["required"]) == set(SEEN["measurements"])
    assert {"$ref": "#/components/schemas/PhotoKindEnum"} in fields["photo_kind_seen"]["oneOf"]
    assert fields["outline"]["items"]["items"]["type"] == "number"
    assert fields["explanation"]["items"]["items"]["type"] == "number"
    assert fields["conformal_set"]["items"]["type"] == "string"
    assert all(fields[name]["nullable"] for name in [*SEEN, "at_prevalence"])


def test_what_is_open_to_all_says_so(schema: dict[str, Any]) -> None:
    for path, method in (("/api/v1/auth/token/", "post"), ("/api/v1/model/", "get")):
        operation = schema["paths"][path][method]
        assert "security" not in operation or {} in operation["security"]
    assert schema["paths"]["/api/v1/me/"]["get"]["security"] == [{"token": []}, {"session": []}]


def test_the_documentation_page_takes_everything_from_this_site(anonymous_client: Client) -> None:
    page = anonymous_client.get("/api/v1/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text
    assert "style=" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert text.count("<script") == text.count("<script src=") == 3
    assert "default-src 'none'" in page["Content-Security-Policy"]


SPECIFICATION = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
OPERATIONS = [found.ok() for found in SPECIFICATION.get_all_operations()]


@pytest.fixture
def open_connection() -> Iterator[None]:
    """A request's end closes the connection, and the test's transaction with it; not here."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The site, with the address that a server would tell of; log-in limits need it."""
    return wsgi.application({"REMOTE_ADDR": "127.0.0.1", **environ}, start_response)


@pytest.mark.usefixtures("open_connection")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "broken"]
)
def test_nothing_that_the_schema_allows_or_forbids_brings_the_api_down(
    owner: User, mole: Mole, photo: Photo, operation: Any, mode: GenerationMode
) -> None:
    _, token = AuthToken.objects.create(user=owner)
    headers = {"Authorization": f"Token {token}"}
    own = {
        "profiles": mole.profile_id,
        "moles": mole.pk,
        "photos": photo.pk,
        "predictions": photo.latest_prediction.pk,
        "export": start_export(owner=owner).pk,
    }

    @settings(
        max_examples=5,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if case.path_parameters and mode is GenerationMode.POSITIVE:
            kind = operation.path.split("/{id}")[0].rpartition("/")[2]
            case.path_parameters["id"] = str(own[kind])
        response = case.call(app=application, base_url="http://testserver", headers=headers)
        assert response.status_code < 500 or response.status_code == 503, response.text

    with suppress(Unsatisfiable):  # a call without parameters has no broken form
        ask()
