"""Several photos in one form, as a browser without JavaScript sends them: each has its own line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from diagnosis.models import Photo, Prediction
from diagnosis.pages.photo_fields import MOST_AT_ONCE
from skinsite.uploads import shown_name
from tests.pictures import mole_jpeg
from tests.test_pages_uploads import form, text


def file(seed: int, data: bytes | None = None, name: str = "") -> SimpleUploadedFile:
    made = SimpleUploadedFile("mole.jpg", mole_jpeg(seed=seed) if data is None else data, "image/jpeg")
    made._name = name or f"IMG_{seed}.jpg"
    return made


@pytest.fixture
def url(mole):
    return reverse("photo-add", args=[mole.pk])


def send(client, url, *files, **fields):
    return client.post(url, form(**fields) | {"image": list(files)})


def test_each_is_stored_with_what_the_form_says_of_all(owner_client, url, mole):
    response = send(owner_client, url, file(1), file(2), file(3), note="by the window", symptoms=["itch"])
    assert response.status_code == 200
    assert "3 of 3 photos are stored" in text(response)
    photos = Photo.objects.filter(mole=mole)
    assert {(photo.note, tuple(photo.symptoms)) for photo in photos} == {("by the window", ("itch",))}
    for prediction in Prediction.objects.all():
        assert reverse("prediction", args=[prediction.pk]) in text(response)
    assert photos.count() == Prediction.objects.count() == 3


def test_the_refused_one_is_named_with_the_reason_and_the_others_are_stored(owner_client, url):
    response = send(owner_client, url, file(1), file(2, b"<html>", "page <1>.jpg"), file(3))
    page = text(response)
    assert response.status_code == 200
    assert "2 of 3 photos are stored" in page
    assert "Photo 2: page &lt;1&gt;.jpg" in page
    assert "Not stored. This is not a JPEG, PNG or WebP photo." in page
    assert Photo.objects.count() == 2


def test_where_none_can_be_stored_the_answer_is_no_success(owner_client, url, photo_folder):
    response = send(owner_client, url, file(1, b"a"), file(2, b""))
    assert response.status_code == 422
    assert "0 of 2 photos are stored" in text(response)
    assert not Photo.objects.exists()
    assert list(photo_folder.rglob("*.*")) == []


def test_the_same_form_sent_again_stores_nothing_twice(owner_client, url):
    key = "11111111-1111-1111-1111-111111111111"
    send(owner_client, url, file(1), file(2, b"broken"), idempotency_key=key)
    page = text(send(owner_client, url, file(1), file(3), idempotency_key=key))
    assert page.count("It was stored before; it is there once.") == 1
    assert page.count("Stored. The network looks at it now.") == 1
    assert Photo.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"photo_kind": ""}, "Say how the photo was taken."),
        ({"taken_on": "someday"}, "Enter a valid date."),
        ({"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_what_is_wrong_for_all_is_said_once_and_stores_none(owner_client, url, fields, words):
    response = send(owner_client, url, file(1), file(2), **fields)
    assert response.status_code == 422
    assert words in text(response)
    assert "Add photos of" in text(response)
    assert not Photo.objects.exists()


def test_there_is_a_most(owner_client, url):
    small = mole_jpeg(100, 100)
    response = send(owner_client, url, *(file(seed, small) for seed in range(MOST_AT_ONCE + 1)))
    assert response.status_code == 422
    assert f"Send at most {MOST_AT_ONCE} photos at once." in text(response)
    assert not Photo.objects.exists()


def test_only_a_moles_form_takes_several(owner_client, url):
    assert " multiple" in owner_client.get(url).content.decode()
    assert " multiple" not in owner_client.get(reverse("quick-check")).content.decode()


def test_nobody_sends_several_to_anothers_mole(another_client, url):
    assert send(another_client, url, file(1), file(2)).status_code == 404
    assert not Photo.objects.exists()


def test_a_name_is_shown_without_what_could_mislead():
    assert shown_name("C:\\photos\\mole.jpg") == "mole.jpg"
    assert shown_name("../../etc/passwd") == "passwd"
    assert shown_name("a\u202egpj.e\0xe\n") == "agpj.exe"
    assert shown_name("x" * 300) == "x" * 59 + "…"


def test_the_api_finds_what_was_sent_under_a_key(owner_client, another_client, mole):
    url = f"/api/v1/moles/{mole.pk}/photos/"
    headers = {"Idempotency-Key": "file-abc"}
    sent = owner_client.post(url, {"image": file(1)}, headers=headers).json()
    owner_client.post(url, {"image": file(2)})

    def found(client, key):
        return [one["id"] for one in client.get(url, {"idempotency_key": key}).json()["results"]]

    assert found(owner_client, "file-abc") == [sent["id"]]
    assert found(owner_client, "file-abcd") == []
    assert another_client.get(url, {"idempotency_key": "file-abc"}).status_code == 404
    assert owner_client.get(url, {"idempotency_key": "a\0b"}).status_code == 400
