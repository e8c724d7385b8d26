"""Recently deleted, on the site and in the API: undo, what goes when, gone for good behind a question."""

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Mole, Photo
from diagnosis.services import delete_mole, delete_photo
from tests.queries import queries_of
from tests.test_deleted import DAY, deleted_ago, files
from tests.test_pages_moles import text


def test_undo_is_one_button_after_a_delete(owner_client, mole, photo):
    page = text(owner_client.post(reverse("photo-delete", args=[photo.pk]), follow=True))
    assert f'action="{reverse("photo-restore", args=[photo.pk])}"' in page
    assert "Undo" in page
    back = owner_client.post(reverse("photo-restore", args=[photo.pk]), follow=True)
    assert "The photo is back as it was." in text(back)
    page = text(owner_client.post(reverse("mole-delete", args=[mole.pk]), follow=True))
    undo = reverse("mole-restore", args=[mole.pk])
    assert f'action="{undo}"' in page
    for _ in range(2):  # pressed twice, it is no stranger's
        assert owner_client.post(undo)["Location"] == reverse("mole", args=[mole.pk])
    assert owner_client.get(reverse("photo", args=[photo.pk])).status_code == 200
    assert "Undo" not in text(owner_client.get("/moles/"))


def test_the_page_says_what_goes_when(owner_client, mole, photo, make_photo):
    quick = make_photo()
    delete_photo(photo=quick)
    delete_photo(photo=photo)
    deleted_ago(mole, 2 * DAY)
    page = text(owner_client.get("/deleted/"))
    for words in ("A mole without photos", "Quick check of", "Photo of left shoulder", "Gone for good on"):
        assert words in page
    assert "Restore the mole first" in page
    assert f'action="{reverse("photo-restore", args=[photo.pk])}"' not in page
    assert f'action="{reverse("photo-restore", args=[quick.pk])}"' in page
    thumbnail = owner_client.get(reverse("photo-deleted-thumbnail", args=[quick.pk]))
    assert set(thumbnail["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert "Its mole is deleted too" in text(
        owner_client.post(reverse("photo-restore", args=[photo.pk]), follow=True)
    )


def test_deleting_for_good_asks_first(
    owner_client, mole, photo, make_photo, photo_folder, django_capture_on_commit_callbacks
):
    quick = make_photo()
    for name, pk in (("mole-remove", mole.pk), ("photo-remove", quick.pk)):
        assert owner_client.get(reverse(name, args=[pk])).status_code == 404
        assert owner_client.post(reverse(name, args=[pk])).status_code == 404
    delete_mole(mole=mole)
    delete_photo(photo=quick)
    assert "its 1 photo and all predictions" in text(owner_client.get(reverse("mole-remove", args=[mole.pk])))
    assert "can’t be undone" in text(owner_client.get(reverse("photo-remove", args=[quick.pk])))
    assert Mole.everything.exists()
    with django_capture_on_commit_callbacks(execute=True):
        gone = owner_client.post(reverse("mole-remove", args=[mole.pk]), follow=True)
        owner_client.post(reverse("photo-remove", args=[quick.pk]))
    assert "gone for good" in text(gone)
    assert not Photo.everything.exists()
    assert files(photo_folder) == set()
    assert owner_client.post(reverse("mole-restore", args=[mole.pk])).status_code == 404


@pytest.mark.parametrize("name", ["mole-restore", "mole-remove", "photo-restore", "photo-remove"])
def test_nobody_else_restores_or_removes(name, another_client, staff_client, anonymous_client, mole, photo):
    delete_photo(photo=photo)
    delete_mole(mole=mole)
    url = reverse(name, args=[(mole if name.startswith("mole") else photo).pk])
    assert [client.post(url).status_code for client in (another_client, staff_client)] == [404, 404]
    assert anonymous_client.post(url)["Location"].startswith("/accounts/login/")
    assert Photo.everything.deleted().get() == photo
    assert Mole.everything.deleted().get() == mole


def test_a_long_list_costs_no_more_queries(owner, owner_client, mole, make_photo):
    delete_photo(photo=make_photo(mole=mole))
    few = queries_of(owner_client, "/deleted/"), queries_of(owner_client, "/api/v1/deleted/")
    for number in range(6):
        delete_mole(mole=Mole.objects.create(owner=owner, name=f"m{number}"))
        delete_photo(photo=make_photo())
    assert (queries_of(owner_client, "/deleted/"), queries_of(owner_client, "/api/v1/deleted/")) == few
    assert max(few) <= 12


# The API --------------------------------------------------------------------------------------


def test_the_api_lists_and_restores(owner_client, another_client, mole, photo, make_photo):
    quick = make_photo()
    for kind, row in (("photos", quick), ("moles", mole)):
        assert owner_client.delete(f"/api/v1/{kind}/{row.pk}/").status_code == 204
        assert owner_client.delete(f"/api/v1/{kind}/{row.pk}/").status_code == 404
    found = owner_client.get("/api/v1/deleted/").json()["results"]
    assert [(row["kind"], row["id"], row["photo_count"]) for row in found] == [
        ("mole", str(mole.pk), 1),
        ("photo", str(quick.pk), 1),
    ]
    assert found[0]["mole_name"] == "left shoulder"
    assert found[0]["goes_at"][:10] == str((timezone.now() + 7 * DAY).date())
    assert another_client.get("/api/v1/deleted/").json()["results"] == []
    one = owner_client.get("/api/v1/deleted/?page_size=1").json()
    assert len(one["results"]) == 1
    assert owner_client.get(one["next"]).json()["results"] == found[1:]
    restored = owner_client.post(f"/api/v1/moles/{mole.pk}/restore/")
    assert (restored.status_code, restored.json()["photo_count"]) == (200, 1)
    restored = owner_client.post(f"/api/v1/photos/{quick.pk}/restore/")
    assert (restored.status_code, restored.json()["id"]) == (200, str(quick.pk))
    assert owner_client.get("/api/v1/deleted/").json()["results"] == []


def test_the_api_says_why_a_photo_does_not_come_back(owner_client, another_client, mole, photo):
    delete_photo(photo=photo)
    delete_mole(mole=mole)
    answer = owner_client.post(f"/api/v1/photos/{photo.pk}/restore/")
    assert answer.status_code == 400
    assert "Restore the mole first" in answer.json()["error"]["message"]
    for kind, row in (("photos", photo), ("moles", mole)):
        assert another_client.post(f"/api/v1/{kind}/{row.pk}/restore/").status_code == 404
