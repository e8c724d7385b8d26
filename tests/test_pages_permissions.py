"""Who may open which page: the owner, another user, staff, nobody."""

import pytest
from django.urls import reverse

from diagnosis.models import Mole, Photo, Prediction

MOLE_PAGES = ["mole", "mole-edit", "mole-delete", "photo-add"]
PHOTO_PAGES = ["photo", "photo-delete", "photo-image", "photo-thumbnail"]
OWN_LISTS = ["mole-list", "mole-add", "quick-check", "photo-list"]
POSTED = ["mole-edit", "mole-delete", "photo-add", "photo", "photo-delete", "photo-rerun"]


@pytest.fixture
def address(mole: Mole, photo: Photo):
    """The URL of a page about the owner's mole, photo or prediction."""
    prediction = photo.latest_prediction

    def make(name: str) -> str:
        if name in OWN_LISTS:
            return reverse(name)
        of_photo = name in PHOTO_PAGES or name == "photo-rerun"
        return reverse(
            name, args=[prediction.pk if name == "prediction" else photo.pk if of_photo else mole.pk]
        )

    return make


@pytest.mark.parametrize("name", ["home", "about-model"])
def test_anybody_may_read_what_the_site_is(anonymous_client, name):
    assert anonymous_client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", [*OWN_LISTS, *MOLE_PAGES, *PHOTO_PAGES, "prediction"])
def test_the_owner_opens_the_page_and_no_cache_keeps_it(owner_client, address, name):
    response = owner_client.get(address(name))
    assert response.status_code == 200
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}


@pytest.mark.parametrize("name", [*OWN_LISTS, *MOLE_PAGES, *PHOTO_PAGES, "prediction"])
def test_nobody_is_sent_to_log_in(anonymous_client, address, name):
    response = anonymous_client.get(address(name))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={address(name)}"


@pytest.mark.parametrize("name", [*MOLE_PAGES, *PHOTO_PAGES, "prediction"])
def test_for_others_the_page_does_not_exist_not_even_for_staff(another_client, staff_client, address, name):
    assert another_client.get(address(name)).status_code == 404
    assert staff_client.get(address(name)).status_code == 404


@pytest.mark.parametrize("name", POSTED)
def test_nobody_else_can_change_anything(another_client, staff_client, anonymous_client, address, name):
    form = {"name": "mine now", "photo_kind": "clinical"}
    assert another_client.post(address(name), form).status_code == 404
    assert staff_client.post(address(name), form).status_code == 404
    assert anonymous_client.post(address(name), form).status_code == 302
    assert Mole.objects.get().name == "left shoulder"
    assert Photo.objects.get().photo_kind == "dermatoscopic"
    assert Prediction.objects.count() == 1


@pytest.mark.parametrize("name", ["photo-image", "photo-thumbnail"])
def test_a_photo_is_a_jpeg(owner_client, address, name):
    response = owner_client.get(address(name))
    assert response["Content-Type"] == "image/jpeg"
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")


def test_a_photo_whose_file_is_gone_is_not_found(owner_client, photo, address):
    photo.image.storage.delete(photo.image.name)
    assert owner_client.get(address("photo-image")).status_code == 404


def test_others_moles_and_photos_are_in_no_list(another_client, photo):
    assert "left shoulder" not in another_client.get(reverse("mole-list")).content.decode()
    assert str(photo.pk) not in another_client.get(reverse("photo-list")).content.decode()


def test_running_again_needs_a_post(owner_client, address):
    assert owner_client.get(address("photo-rerun")).status_code == 405
