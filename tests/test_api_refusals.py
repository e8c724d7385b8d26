"""Uploads over the API that are refused: each with its reason, and nothing of them stays."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from diagnosis.models import Photo, Prediction
from tests.pictures import encoded, mole_image, mole_jpeg
from tests.test_api_photos import URL, upload


def refused(answer: Any) -> tuple[int, str]:
    """Status and code, once it is sure that nothing was stored."""
    assert not Photo.objects.exists()
    assert not Prediction.objects.exists()
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details"}
    assert len(error["message"]) > 10
    return answer.status_code, error["code"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"no picture", 415, "unsupported_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_type"),
        (encoded(mole_image(), "GIF"), 415, "unsupported_type"),
        (mole_jpeg()[:2000], 422, "damaged"),
        (encoded(mole_image(60, 60)), 422, "too_small"),
        (encoded(Image.new("L", (5000, 5000)), "PNG"), 422, "too_many_pixels"),
        (
            encoded(mole_image(), "WEBP", save_all=True, append_images=[mole_image(seed=2)]),
            422,
            "animated",
        ),
    ],
)
def test_what_is_no_usable_photo_is_refused_with_its_reason(
    owner_client: Client, photo_folder: Path, data: bytes, status: int, code: str
) -> None:
    assert refused(upload(owner_client, data=data)) == (status, code)
    assert not [path for path in photo_folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"photo_kind": "x-ray"}, "photo_kind"),
        ({"symptoms": "hiccups"}, "symptoms"),
        ({"symptoms": ["itch", "itch"]}, "symptoms"),
        ({"taken_at": "yesterday"}, "taken_at"),
        ({"taken_at": "2999-01-01T00:00:00Z"}, "taken_at"),
        ({"taken_at": "2024-01-01\0"}, "taken_at"),
        ({"crop": "left"}, "crop"),
        ({"crop": "[1, 2]"}, "crop"),
        ({"crop": "[" * 100_000}, "crop"),
        ({"crop": '{"x": 0.5, "y": 0.5}'}, "crop"),
        ({"crop": '{"x": 1.5, "y": 0.5, "size": 1}'}, "crop"),
        ({"crop": '{"x": NaN, "y": 0.5, "size": 1}'}, "crop"),
        ({"crop": '{"x": 1e999, "y": 0.5, "size": 1}'}, "crop"),
        ({"crop": '{"x": 0.5, "y": 0.5, "size": 0}'}, "non_field_errors"),
        ({"crop": '{"x": "a\\u0000", "y": 0.5, "size": 1}'}, "crop"),
    ],
)
def test_a_field_that_is_not_allowed_is_named(
    owner_client: Client, fields: dict[str, str], field: str
) -> None:
    answer = upload(owner_client, **fields)
    assert refused(answer) == (400, "invalid")
    assert list(answer.json()["error"]["details"]) == [field]


def test_no_file_two_files_and_a_file_of_another_name_are_bad_requests(owner_client: Client) -> None:
    files = [SimpleUploadedFile(f"{number}.jpg", mole_jpeg()) for number in range(4)]
    assert refused(owner_client.post(URL, {"photo_kind": "clinical"})) == (400, "no_file")
    assert refused(owner_client.post(URL, {"image": "text"})) == (400, "no_file")
    assert refused(owner_client.post(URL, {"image": files[:2]})) == (400, "two_files")
    assert refused(owner_client.post(URL, {"image": files[0], "other": files[1]})) == (400, "two_files")
    assert refused(owner_client.post(URL, {"photo": files[3]})) == (400, "no_file")


def test_a_body_that_is_no_form_is_of_a_wrong_type(owner_client: Client) -> None:
    answer = owner_client.post(URL, json.dumps({"image": "x"}), content_type="application/json")
    assert refused(answer) == (415, "unsupported_media_type")
    assert refused(owner_client.post(URL, mole_jpeg(), content_type="image/jpeg"))[0] == 415


def test_a_broken_form_is_a_bad_request(owner_client: Client) -> None:
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=\xe9",
    ):
        assert refused(owner_client.post(URL, b"--y\r\nbroken", content_type=kind))[0] == 400


def test_nobody_stores_nothing(anonymous_client: Client) -> None:
    assert refused(upload(anonymous_client)) == (401, "not_authenticated")
