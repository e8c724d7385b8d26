"""Photos over the API: what is stored, shown, corrected, removed, and what the same upload twice does."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from diagnosis.models import Mole, Photo, Prediction, User
from tests.pictures import encoded, mole_image, mole_jpeg

URL = "/api/v1/photos/"
FIELDS = {
    "id",
    "mole",
    "photo_kind",
    "taken_at",
    "symptoms",
    "note",
    "created_at",
    "width",
    "height",
    "sha256",
    "crop",
    "image",
    "thumbnail",
    "prediction",
    "review",
}


def upload(client: Client, url: str = URL, data: bytes | None = None, key: str = "", **fields: Any) -> Any:
    name = fields.pop("filename", "mole.jpg")
    file = SimpleUploadedFile(name, mole_jpeg() if data is None else data)
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(url, {"image": file, **fields}, headers=headers)


def patch(client: Client, photo: Photo, **body: Any) -> Any:
    return client.patch(f"{URL}{photo.pk}/", body, content_type="application/json")


def test_a_photo_of_a_mole_is_stored_and_its_prediction_queued(
    mole: Mole, owner: User, owner_client: Client
) -> None:
    taken_at = timezone.now() - timedelta(days=3)
    answer = upload(
        owner_client,
        f"/api/v1/moles/{mole.pk}/photos/",
        taken_at=taken_at.isoformat(),
        photo_kind="dermatoscopic",
        crop='{"x": 0.25, "y": 0.5, "size": 0.4}',
    )
    assert answer.status_code == 201
    photo = Photo.objects.get()
    assert answer["Location"] == f"http://testserver{URL}{photo.pk}/"
    body = answer.json()
    assert set(body) == FIELDS
    assert (photo.owner, photo.mole, photo.photo_kind, photo.taken_at) == (
        owner,
        mole,
        "dermatoscopic",
        taken_at,
    )
    assert body["mole"] == str(mole.pk)
    assert body["crop"] == {"x": 0.25, "y": 0.5, "size": 0.4}
    assert body["prediction"]["id"] == str(photo.predictions.get().pk)
    assert body["prediction"]["status"] == "queued"


def test_a_quick_check_needs_no_mole_and_counts_as_a_plain_photo(owner_client: Client) -> None:
    body = upload(owner_client).json()
    assert (body["mole"], body["photo_kind"], body["taken_at"]) == (None, "clinical", None)
    assert body["crop"] == {"x": 0.5, "y": 0.5, "size": 1.0}


def test_the_stored_bytes_go_to_their_owner_alone(
    photo: Photo, owner_client: Client, another_client: Client, staff_client: Client, anonymous_client: Client
) -> None:
    for name in ("image", "thumbnail"):
        url = f"{URL}{photo.pk}/{name}/"
        answer = owner_client.get(url, headers={"Accept": "image/jpeg"})
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Cache-Control"] == "private, no-store"
        assert Image.open(BytesIO(b"".join(answer))).format == "JPEG"
        assert another_client.get(url).status_code == 404
        assert staff_client.get(url).status_code == 404
        assert anonymous_client.get(url).status_code == 401


def test_a_file_that_storage_lost_is_not_found(photo: Photo, owner_client: Client) -> None:
    Path(photo.image.path).unlink()
    answer = owner_client.get(f"{URL}{photo.pk}/image/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "filename",
    [
        "../../etc/passwd",
        "a\u202egpj.exe",
        "x" * 300,
        "m.jpg\0.exe",
        "m." + "x" * 300,
        "no extension",
        "..",
        "/",
    ],
)
def test_no_file_name_refuses_a_good_photo(owner_client: Client, filename: str) -> None:
    large = encoded(mole_image(1200, 1200), "PNG", compress_level=0)  # goes to disk while it arrives
    for data in (mole_jpeg(), large):
        boundary = b"xxboundaryxx"
        head = f'Content-Disposition: form-data; name="image"; filename="{filename}"\r\n\r\n'.encode()
        body = b"--" + boundary + b"\r\n" + head + data + b"\r\n--" + boundary + b"--\r\n"
        kind = f"multipart/form-data; boundary={boundary.decode()}"
        assert owner_client.post(URL, body, content_type=kind).status_code == 201


def test_photos_are_listed_newest_first_for_their_owner(
    mole: Mole, make_photo: Callable[..., Photo], owner_client: Client, another_client: Client
) -> None:
    first, second, third = make_photo(mole=mole), make_photo(), make_photo(mole=mole)
    listed = [row["id"] for row in owner_client.get(URL).json()["results"]]
    assert listed == [str(photo.pk) for photo in (third, second, first)]
    of_mole = owner_client.get(f"/api/v1/moles/{mole.pk}/photos/").json()["results"]
    assert [row["id"] for row in of_mole] == [str(third.pk), str(first.pk)]
    assert another_client.get(URL).json()["results"] == []
    assert another_client.get(f"/api/v1/moles/{mole.pk}/photos/").status_code == 404


def test_a_list_of_photos_takes_the_same_number_of_queries_however_long_it_is(
    make_photo: Callable[..., Photo], owner_client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner_client.get(URL).status_code == 200
        return len(captured)

    make_photo()
    queries()
    one = queries()
    for _ in range(4):
        make_photo()
    assert queries() == one


def test_a_photo_can_be_filed_corrected_and_taken_out_again(
    mole: Mole, make_photo: Callable[..., Photo], owner_client: Client
) -> None:
    photo = make_photo()
    assert patch(owner_client, photo, mole=str(mole.pk)).json()["mole"] == str(mole.pk)
    changed = patch(owner_client, photo, photo_kind="dermatoscopic", taken_at="2024-05-01T10:00:00Z").json()
    assert (changed["photo_kind"], changed["taken_at"]) == ("dermatoscopic", "2024-05-01T10:00:00Z")
    assert changed["mole"] == str(mole.pk)
    assert patch(owner_client, photo, mole=None, taken_at=None).json()["mole"] is None
    photo.refresh_from_db()
    assert (photo.mole, photo.taken_at, photo.photo_kind) == (None, None, "dermatoscopic")


def test_nothing_is_filed_under_somebody_elses_mole(
    mole: Mole, another: User, make_photo: Callable[..., Photo], another_client: Client
) -> None:
    answer = upload(another_client, f"/api/v1/moles/{mole.pk}/photos/")
    assert (answer.status_code, Photo.objects.count()) == (404, 0)
    photo = make_photo(owner=another)
    assert patch(another_client, photo, mole=str(mole.pk)).status_code == 404
    assert Photo.objects.get().mole is None


@pytest.mark.parametrize(
    "body",
    [
        {"mole": "no uuid"},
        {"photo_kind": "x-ray"},
        {"taken_at": "yesterday"},
        {"taken_at": "2999-01-01T00:00:00Z"},
        {"taken_at": "0001-01-01T00:00:00Z"},
        {"taken_at": "0001-01-01T00:00:00+23:00"},
    ],
)
def test_what_is_not_allowed_is_named_when_correcting(
    photo: Photo, owner_client: Client, body: dict[str, str]
) -> None:
    answer = patch(owner_client, photo, **body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == list(body)


def test_a_deleted_photo_is_not_there(photo: Photo, owner_client: Client) -> None:
    assert owner_client.delete(f"{URL}{photo.pk}/").status_code == 204
    for address in ("", "image/", "thumbnail/", "predictions/"):
        assert owner_client.get(f"{URL}{photo.pk}/{address}").status_code == 404
    assert owner_client.get(URL).json()["results"] == []


def test_photos_of_somebody_else_do_not_exist(
    photo: Photo, another_client: Client, staff_client: Client
) -> None:
    for client in (another_client, staff_client):
        for method in (client.get, client.patch, client.delete):
            assert method(f"{URL}{photo.pk}/", content_type="application/json").status_code == 404
    assert Photo.objects.exists()


# The same upload twice ------------------------------------------------------------------------


def test_the_same_key_and_photo_are_stored_once(owner_client: Client) -> None:
    first, again = upload(owner_client, key="k1"), upload(owner_client, key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert first.json() == again.json()
    assert Photo.objects.count() == Prediction.objects.count() == 1


def test_the_same_key_with_another_photo_or_mole_is_a_conflict(owner_client: Client, mole: Mole) -> None:
    upload(owner_client, key="k1")
    for answer in (
        upload(owner_client, data=mole_jpeg(seed=2), key="k1"),
        upload(owner_client, f"/api/v1/moles/{mole.pk}/photos/", key="k1"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_conflict")
    assert Photo.objects.count() == 1


def test_two_people_may_use_the_same_key(owner_client: Client, another_client: Client) -> None:
    assert upload(owner_client, key="k1").status_code == upload(another_client, key="k1").status_code == 201


@pytest.mark.parametrize(
    ("key", "status"), [("k" * 255, 201), ("k" * 256, 400), ("k\xe9y", 400), ("k\0", 400)]
)
def test_a_key_has_at_most_255_printable_characters(owner_client: Client, key: str, status: int) -> None:
    assert upload(owner_client, key=key).status_code == status
