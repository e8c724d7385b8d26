"""A note on a photo: where it is written, where it shows, and what two people at once make of it."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from diagnosis.models import Mole, Photo
from diagnosis.models.photo import NOTE_LENGTH
from diagnosis.services import ChangedMeanwhile, create_share, submit_photo, update_photo, version_of
from tests.pictures import mole_jpeg
from tests.queries import queries_of
from tests.test_api_photos import upload
from tests.test_pages_uploads import form, text

NOTE = "After a day at the sea; <b>red</b> around it."
SHOWN = "After a day at the sea; &lt;b&gt;red&lt;/b&gt; around it."


def details(photo: Photo, **fields: str) -> dict[str, str]:
    """What the photo's own form sends."""
    return {"mole": str(photo.mole_id or ""), "photo_kind": photo.photo_kind, "taken_on": ""} | fields


def opened(client: Client, photo: Photo) -> str:
    """What a browser that opens the photo's page holds of it."""
    return str(client.get(reverse("photo", args=[photo.pk])).context["version"])


def test_a_note_comes_with_the_photo_and_shows_wherever_the_photo_does(
    owner_client: Client, anonymous_client: Client, mole: Mole, succeeded: Any
) -> None:
    for seed in (1, 2):
        data = form(mole_jpeg(seed=seed), note=NOTE if seed == 1 else "")
        assert owner_client.post(reverse("photo-add", args=[mole.pk]), data).status_code == 302
    photo = Photo.objects.get(note=NOTE)
    for each in Photo.objects.all():
        succeeded(each.latest_prediction, 0.3, "raised")
    share = create_share(owner=mole.owner, moles=[mole])
    assert SHOWN in text(owner_client.get(reverse("photo", args=[photo.pk])))
    assert text(owner_client.get(reverse("mole", args=[mole.pk]))).count(SHOWN) == 2  # tile and table
    assert SHOWN in text(owner_client.get(reverse("mole-compare", args=[mole.pk])))
    assert text(owner_client.get(reverse("mole-report", args=[mole.pk]))).count(SHOWN) == 2
    assert SHOWN in text(anonymous_client.get(reverse("shared", args=[share.token])))


def test_the_lines_of_a_note_stay_lines(owner_client: Client) -> None:
    owner_client.post(reverse("quick-check"), form(note=" one\r\ntwo\r\n"))
    photo = Photo.objects.get()
    assert photo.note == "one\ntwo"
    assert "one<br>two" in text(owner_client.get(reverse("photo", args=[photo.pk])))


def test_a_note_has_an_end_and_what_was_typed_is_kept(owner_client: Client, photo: Photo) -> None:
    longest = "\r\n".join(["x" * 99] * 20)
    assert len(longest.replace("\r\n", "\n")) == NOTE_LENGTH - 1
    too_long = longest + "yyy"
    assert owner_client.post(reverse("quick-check"), form(note=longest)).status_code == 302
    for url, data in (
        (reverse("quick-check"), form(note=too_long)),
        (reverse("photo", args=[photo.pk]), details(photo, note=too_long)),
    ):
        response = owner_client.post(url, data)
        assert response.status_code == 422
        assert "at most 2000 characters" in text(response)
        assert "xyyy</textarea>" in text(response)
    with pytest.raises(ValidationError):
        update_photo(photo=photo, note="x" * (NOTE_LENGTH + 1))
    assert Photo.objects.get(pk=photo.pk).note == ""


def test_a_note_is_changed_and_removed_on_the_photos_page(owner_client: Client, photo: Photo) -> None:
    url = reverse("photo", args=[photo.pk])
    for note in ("first", "second", ""):
        data = details(photo, note=note, version=opened(owner_client, photo))
        assert owner_client.post(url, data).status_code == 302
        assert Photo.objects.get().note == note


def test_of_two_browsers_the_last_is_told_and_nothing_is_lost(owner_client: Client, photo: Photo) -> None:
    url = reverse("photo", args=[photo.pk])
    one, two = opened(owner_client, photo), opened(owner_client, photo)
    assert owner_client.post(url, details(photo, note="from one", version=one)).status_code == 302
    response = owner_client.post(url, details(photo, note="from two", version=two))
    page = text(response)
    assert response.status_code == 409
    assert "This was changed in another window" in page
    assert "<td>from one</td><td>from two</td>" in page
    assert "from two</textarea>" in page  # what was typed
    assert Photo.objects.get().note == "from one"
    again = str(response.context["version"])
    assert owner_client.post(url, details(photo, note="from both", version=again)).status_code == 302
    assert Photo.objects.get().note == "from both"


def test_a_change_of_another_detail_is_told_too(owner_client: Client, photo: Photo) -> None:
    seen = version_of(photo)
    update_photo(photo=photo, symptoms=["itch"])
    with pytest.raises(ChangedMeanwhile):
        update_photo(photo=photo, version=seen, note="calm")
    stored = Photo.objects.get()
    assert (stored.symptoms, stored.note) == (["itch"], "")
    assert update_photo(photo=stored, version=version_of(stored), note="calm").note == "calm"


def test_the_same_form_with_another_note_is_another_photo(owner_client: Client) -> None:
    for note in ("", "", "new"):
        owner_client.post(reverse("quick-check"), form(note=note, idempotency_key="one form"))
    assert sorted(Photo.objects.values_list("note", flat=True)) == ["", "new"]


def test_the_api_takes_shows_and_changes_it(owner_client: Client) -> None:
    body = upload(owner_client, note=NOTE).json()
    assert body["note"] == NOTE
    assert upload(owner_client).json()["note"] == ""

    def patch(note: Any) -> Any:
        url = f"/api/v1/photos/{body['id']}/"
        return owner_client.patch(url, json.dumps({"note": note}), "application/json")

    assert patch("paler").json()["note"] == "paler"
    assert patch("").json()["note"] == ""
    for wrong in ("x" * (NOTE_LENGTH + 1), None, ["a"], "a\0b"):
        answer = patch(wrong)
        assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["note"])
    assert upload(owner_client, note="x" * (NOTE_LENGTH + 1)).status_code == 400


def test_the_pages_cost_no_more_queries_for_notes(owner_client: Client, mole: Mole) -> None:
    url = reverse("mole", args=[mole.pk])
    submit_photo(owner=mole.owner, mole=mole, file=BytesIO(mole_jpeg(seed=1)), note="a")
    one = queries_of(owner_client, url)
    for seed in (2, 3, 4):
        submit_photo(owner=mole.owner, mole=mole, file=BytesIO(mole_jpeg(seed=seed)), note="b")
    assert queries_of(owner_client, url) == one <= 12
