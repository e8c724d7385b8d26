"""Every error under /api/ has one shape, whoever answers it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from rest_framework.throttling import SimpleRateThrottle

from diagnosis.api import photos
from diagnosis.api.moles import MoleList
from diagnosis.models import AuthToken, Mole, Photo, User
from tests.pictures import mole_jpeg
from tests.test_api_photos import upload

MOLES = "/api/v1/moles/"


def error(answer: Any) -> tuple[int, str]:
    """Status and code, once the shape is sure."""
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error"]
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["message"]
    return answer.status_code, body["error"]["code"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v2/",
        "/api/v1/nothing/",
        "/api/v1/moles/1/",
        f"/api/v1/photos/{'x' * 36}/",
        "/api/v1/a%00b/",
    ],
)
def test_an_unknown_address_is_not_found(anonymous_client: Client, path: str) -> None:
    assert error(anonymous_client.get(path)) == (404, "not_found")


def test_pages_keep_their_own_not_found(anonymous_client: Client) -> None:
    answer = anonymous_client.get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["put", "options", "trace", "delete"])
def test_a_method_that_is_not_there_is_told(owner_client: Client, method: str) -> None:
    answer = getattr(owner_client, method)(MOLES)
    assert error(answer) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    "body", ["{", '{"name": NaN}', "[" * 100_000, "\xff", '{"body_x": ' + "9" * 5000 + "}"]
)
def test_broken_json_is_a_bad_request(owner_client: Client, body: str) -> None:
    answer = owner_client.post(MOLES, body.encode("latin-1"), content_type="application/json")
    assert error(answer) == (400, "parse_error")


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null"])
def test_json_that_is_no_object_is_a_bad_request(owner_client: Client, body: str) -> None:
    assert error(owner_client.post(MOLES, body, content_type="application/json"))[0] == 400


def test_a_body_of_another_type_is_not_read(owner_client: Client) -> None:
    assert error(owner_client.post(MOLES, "name=a", content_type="text/plain")) == (
        415,
        "unsupported_media_type",
    )


def test_a_text_too_large_for_a_form_is_refused(owner_client: Client) -> None:
    large = json.dumps({"name": "a", "notes": "x" * 2_000_000})
    assert error(owner_client.post(MOLES, large, content_type="application/json")) == (413, "too_large")
    assert error(upload(owner_client, crop="x" * 2_000_000)) == (413, "too_large")


def test_a_body_over_the_limit_is_refused_before_anybody_is_asked_who_they_are(
    anonymous_client: Client,
) -> None:
    answer = upload(anonymous_client, data=b"x" * (16 * 1024 * 1024))
    assert error(answer) == (413, "too_large")


def test_a_body_of_unknown_length_is_refused(anonymous_client: Client) -> None:
    headers = {"Transfer-Encoding": "chunked"}
    answer = anonymous_client.generic("POST", MOLES, b"", headers=headers)
    assert error(answer) == (411, "length_required")


def test_an_answer_in_another_format_is_not_to_be_had(owner_client: Client) -> None:
    assert error(owner_client.get(MOLES, headers={"Accept": "text/csv"})) == (406, "not_acceptable")


def test_a_session_changes_something_with_its_csrf_token_alone(owner: User, mole: Mole) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert error(client.delete(f"{MOLES}{mole.pk}/")) == (403, "csrf_failed")
    assert error(upload(client)) == (403, "csrf_failed")
    assert Mole.objects.exists()
    assert client.get(MOLES).status_code == 200
    client.get("/accounts/password/change/")  # any page with a form sets the cookie
    token = client.cookies["csrftoken"].value
    headers = {"X-CSRFToken": token}
    assert client.delete(f"{MOLES}{mole.pk}/", headers=headers).status_code == 204
    picture = SimpleUploadedFile("m.jpg", mole_jpeg())
    assert client.post("/api/v1/photos/", {"image": picture}, headers=headers).status_code == 201


def test_a_token_needs_no_csrf_token(owner: User) -> None:
    _, token = AuthToken.objects.create(user=owner)
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Token {token}"}
    answer = client.post(MOLES, {"name": "a"}, content_type="application/json", headers=headers)
    assert answer.status_code == 201


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    rates = {"anon": "3/min", "user": "4/min", "upload": "2/hour"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)
    return rates


@pytest.mark.usefixtures("rates")
def test_too_many_requests_are_told_when_to_come_back(owner_client: Client, anonymous_client: Client) -> None:
    for client, times in ((owner_client, 4), (anonymous_client, 3)):
        for _ in range(times):
            assert client.get("/api/v1/model/").status_code in (200, 503)
        answer = client.get("/api/v1/model/")
        assert error(answer) == (429, "throttled")
        assert 1 <= int(answer["Retry-After"]) <= 60


@pytest.mark.usefixtures("rates")
def test_uploads_have_a_limit_of_their_own_and_looking_does_not_count(owner_client: Client) -> None:
    owner_client.get("/api/v1/photos/")
    for seed in (1, 2):
        assert upload(owner_client, data=mole_jpeg(seed=seed)).status_code == 201
    answer = upload(owner_client)
    assert error(answer) == (429, "throttled")
    assert 60 < int(answer["Retry-After"]) <= 3600
    assert Photo.objects.count() == 2


def test_limits_are_kept_in_the_database(owner: User, owner_client: Client) -> None:
    owner_client.get(MOLES)
    assert type(cache._connections["default"]).__name__ == "DatabaseCache"
    assert cache.get(f"throttle_user_{owner.pk}")


def test_our_own_fault_is_told_without_a_traceback(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(MoleList, "get", broken)
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    answer = client.get(MOLES)
    assert error(answer) == (500, "server_error")
    assert b"secret" not in answer.content


def test_a_mole_that_goes_while_its_photo_arrives_is_a_conflict(
    mole: Mole, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any) -> None:
        raise IntegrityError("FOREIGN KEY constraint failed")

    monkeypatch.setattr(photos, "receive", gone)
    assert error(upload(owner_client, f"{MOLES}{mole.pk}/photos/")) == (409, "conflict")


def test_a_wrong_host_is_a_bad_request(anonymous_client: Client) -> None:
    assert error(anonymous_client.get(MOLES, headers={"Host": "evil.example"})) == (400, "bad_request")


def test_the_model_card_is_there_for_everybody(
    anonymous_client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MODEL_FOLDER = tmp_path
    settings.MODEL_VERSION = "m1"
    answer = anonymous_client.get("/api/v1/model/")
    assert error(answer) == (503, "model_unavailable")
    assert answer["Retry-After"] == "60"
    assert str(tmp_path) not in answer.content.decode()

    (tmp_path / "m1").mkdir()
    manifest = {
        "version": "m1",
        "files": {"model.keras": "0" * 64},
        "prevalence": 0.2,
        "classes": ["mel", "nv"],
        "malignant": ["mel"],
        "side": 96,
        "calibration": {},
        "thresholds": {"low": 0.02, "raised": 0.07},
        "licence": "CC BY-NC 4.0",
        "data": {"name": "HAM10000"},
    }
    (tmp_path / "m1" / "manifest.json").write_text(json.dumps(manifest))
    body = anonymous_client.get("/api/v1/model/").json()
    assert (body["version"], body["malignant"], body["metrics"], body["card"]) == ("m1", ["mel"], {}, "")
    (tmp_path / "m1" / "MODEL_CARD.md").write_text("# m1")
    body = anonymous_client.get("/api/v1/model/").json()
    assert body["card"] == "# m1"
    assert body["thresholds"] == {"low": 0.02, "raised": 0.07}
    assert (body["licence"], body["data"]["name"]) == ("CC BY-NC 4.0", "HAM10000")


def test_the_web_process_does_not_load_tensorflow() -> None:
    check = (
        "import skinsite.wsgi, diagnosis.api.urls, sys; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules), 'TensorFlow was loaded'"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
