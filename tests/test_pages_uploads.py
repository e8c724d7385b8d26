import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Photo, Prediction
from tests.pictures import encoded, mole_image, mole_jpeg

CHECK = "quick-check"


def form(data: bytes | None = None, **fields):
    file = SimpleUploadedFile("mole.jpg", mole_jpeg() if data is None else data, "image/jpeg")
    return {"image": file, "photo_kind": "dermatoscopic", "idempotency_key": str(uuid.uuid4())} | fields


def without(name: str, **fields):
    return {key: value for key, value in form(**fields).items() if key != name}


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def stored(photo_folder):
    """How many rows and files there are."""
    return lambda: (Photo.objects.count(), Prediction.objects.count(), len(list(photo_folder.rglob("*.*"))))


def test_a_photo_is_stored_with_its_square_and_leads_to_its_prediction(owner_client, owner, mole):
    fields = {"crop_x": "0.25", "crop_y": "0.75", "crop_size": "0.4", "taken_on": "2026-01-31"}
    response = owner_client.post(reverse("photo-add", args=[mole.pk]), form(**fields))
    photo = Photo.objects.get()
    assert (photo.owner, photo.mole, photo.photo_kind) == (owner, mole, "dermatoscopic")
    assert (photo.crop_x, photo.crop_y, photo.crop_size) == (0.25, 0.75, 0.4)
    assert timezone.localdate(photo.taken_at).isoformat() == "2026-01-31"
    assert response.status_code == 302
    assert response["Location"] == reverse("prediction", args=[Prediction.objects.get().pk])


def test_a_quick_check_needs_no_mole_and_no_square(owner_client):
    owner_client.post(reverse(CHECK), form(photo_kind="clinical"))
    photo = Photo.objects.get()
    assert photo.mole is None
    assert (photo.crop_x, photo.crop_y, photo.crop_size) == (0.5, 0.5, 1.0)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x" * 300 + ".jpg", "\u202egpj.mole", "a\0b.jpg", "mole"]
)
def test_no_file_name_refuses_a_good_photo(owner_client, name):
    file = SimpleUploadedFile("mole.jpg", mole_jpeg(), "image/jpeg")
    file._name = name
    assert owner_client.post(reverse(CHECK), form() | {"image": file}).status_code == 302


def test_the_same_form_sent_twice_stores_one_photo(owner_client, stored):
    key = str(uuid.uuid4())
    first = owner_client.post(reverse(CHECK), form(idempotency_key=key))
    second = owner_client.post(reverse(CHECK), form(idempotency_key=key))
    assert first["Location"] == second["Location"]
    assert stored() == (1, 1, 2)


def test_the_same_form_with_another_square_is_another_photo(owner_client, stored):
    key = str(uuid.uuid4())
    owner_client.post(reverse(CHECK), form(idempotency_key=key, crop_size="0.5"))
    owner_client.post(reverse(CHECK), form(idempotency_key=key, crop_size="0.6"))
    assert stored() == (2, 2, 4)


def test_a_form_sent_again_after_its_photo_was_filed_says_so(owner_client, mole, stored):
    key = str(uuid.uuid4())
    owner_client.post(reverse(CHECK), form(idempotency_key=key))
    Photo.objects.update(mole=mole)
    response = owner_client.post(reverse(CHECK), form(idempotency_key=key))
    assert response.status_code == 422
    assert "You sent this photo before" in text(response)
    assert stored() == (1, 1, 2)


BAD_FILES = {
    "not a picture": (b"plain text", 415, "This is not a JPEG, PNG or WebP photo."),
    "a web page": (b"<html><script>alert(1)</script></html>", 415, "This is not a JPEG"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "This is not a JPEG"),
    "a GIF": (encoded(mole_image(), "GIF"), 415, "This is not a JPEG"),
    "empty": (b"", 422, "The file is empty."),
    "cut short": (mole_jpeg()[:3000], 422, "damaged or incomplete"),
    "too small": (mole_jpeg(90, 90), 422, "at least 100"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_in_words_and_nothing_is_stored(owner_client, stored, case):
    data, status, words = BAD_FILES[case]
    response = owner_client.post(reverse(CHECK), form(data, taken_on="2026-01-31"))
    assert response.status_code == status
    assert words in text(response)
    assert 'value="2026-01-31"' in text(response)  # what was typed is kept
    assert stored() == (0, 0, 0)


BAD_FIELDS = {
    "no file": (without("image"), "Choose a photo first."),
    "text for a file": (without("image") | {"image": "mole.jpg"}, "Choose a photo first."),
    "no kind": (without("photo_kind"), "Say how the photo was taken."),
    "unknown kind": ({"photo_kind": "x-ray"}, "not one of the available choices"),
    "square off the photo": ({"crop_x": "1.5"}, "The square must lie on the photo."),
    "square of no size": ({"crop_size": "0"}, "The square must lie on the photo."),
    "square that is no number": ({"crop_y": "nan"}, "The square must lie on the photo."),
    "no date": ({"taken_on": "yesterday"}, "Enter a valid date."),
    "future": (
        {"taken_on": f"{timezone.now() + timedelta(days=9):%Y-%m-%d}"},
        "taken in the future",
    ),
}


@pytest.mark.parametrize("case", BAD_FIELDS)
def test_a_bad_field_is_refused_beside_it_and_nothing_is_stored(owner_client, stored, case):
    fields, words = BAD_FIELDS[case]
    data = fields if "idempotency_key" in fields else form(**fields)
    if "image" in data and not isinstance(data["image"], str):
        data["image"].seek(0)
    response = owner_client.post(reverse(CHECK), data)
    assert response.status_code == 422
    assert words in text(response).replace("&#x27;", "'")
    assert stored() == (0, 0, 0)


def test_two_files_are_refused(owner_client, stored):
    files = [SimpleUploadedFile(f"{n}.jpg", mole_jpeg(seed=n), "image/jpeg") for n in (1, 2)]
    response = owner_client.post(reverse(CHECK), form() | {"image": files})
    assert response.status_code == 422
    assert "Send one photo at a time." in text(response)
    assert stored() == (0, 0, 0)


def test_a_body_over_the_limit_is_refused_before_log_in(anonymous_client, settings, stored):
    settings.MAX_BODY_BYTES = 1000
    response = anonymous_client.post(reverse(CHECK), form())
    assert response.status_code == 413
    assert "The photo is larger than" in text(response)
    assert "Log in" not in text(response)  # nobody knows yet who asks
    assert stored() == (0, 0, 0)


def test_the_question_about_the_dermatoscope_has_no_answer_yet(owner_client):
    page = owner_client.get(reverse(CHECK)).content.decode()
    assert 'value="dermatoscopic"' in page
    assert not re.search(r"<input[^>]*\schecked", page)


def test_every_form_has_its_own_key(owner_client):
    keys = {owner_client.get(reverse(CHECK)).context["form"]["idempotency_key"].value() for _ in range(2)}
    assert len(keys) == 2


def test_today_is_no_future_anywhere(owner_client):
    tomorrow_in_the_east = timezone.localdate() + timedelta(days=1)
    response = owner_client.post(reverse(CHECK), form(taken_on=tomorrow_in_the_east.isoformat()))
    assert response.status_code == 302
