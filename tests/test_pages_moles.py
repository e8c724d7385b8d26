from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnosis.models import Mole, Photo


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_an_empty_list_says_how_to_start(owner_client):
    page = text(owner_client.get(reverse("mole-list")))
    assert "Start with one mole" in page
    assert reverse("mole-add") in page


def test_adding_a_mole_leads_to_it(owner_client, owner):
    response = owner_client.post(
        reverse("mole-add"), {"name": "chin", "body_site": "head/neck", "notes": "since May"}
    )
    mole = Mole.objects.get()
    assert (mole.owner, mole.name, mole.body_site, mole.notes) == (owner, "chin", "head/neck", "since May")
    assert response.status_code == 302
    assert response["Location"] == reverse("mole", args=[mole.pk])


def test_a_mole_without_a_name_is_refused_and_what_was_typed_stays(owner_client):
    response = owner_client.post(reverse("mole-add"), {"name": " ", "notes": "since May"})
    assert response.status_code == 422
    assert "This field is required." in text(response)
    assert "since May" in text(response)
    assert not Mole.objects.exists()


def test_a_mole_in_an_unknown_place_is_refused(owner_client):
    response = owner_client.post(reverse("mole-add"), {"name": "chin", "body_site": "moon"})
    assert response.status_code == 422
    assert not Mole.objects.exists()


def test_a_name_with_nul_is_refused(owner_client):
    assert owner_client.post(reverse("mole-add"), {"name": "a\0b"}).status_code == 422


def test_a_mole_card_shows_name_place_count_and_the_latest_result(owner_client, photo, succeeded):
    succeeded(photo.latest_prediction, 0.34, "raised")
    page = text(owner_client.get(reverse("mole-list")))
    for words in ("left shoulder", "Arm or hand", "1 photo", "Raised", "34%"):
        assert words in page
    assert reverse("photo-thumbnail", args=[photo.pk]) in page


def test_the_card_of_a_plain_photo_shows_no_band(owner_client, mole, make_photo, succeeded):
    photo = make_photo(mole=mole, photo_kind="clinical")
    succeeded(photo.latest_prediction, 0.34, "raised")
    page = text(owner_client.get(reverse("mole-list")))
    assert "No band" in page
    assert "Raised" not in page


def test_the_list_has_pages(owner_client, owner):
    for number in range(30):
        Mole.objects.create(owner=owner, name=f"mole {number}")
    page = text(owner_client.get(reverse("mole-list")))
    assert "Page 1 of 3" in page
    assert "mole 29" in page
    assert "mole 29" not in text(owner_client.get(reverse("mole-list") + "?page=2"))


def test_ten_moles_cost_no_more_queries_than_one(owner_client, owner, photo, make_photo):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            owner_client.get(reverse("mole-list"))
        return len(captured)

    queries()  # the first visit also notes the session
    one = queries()
    for number in range(9):
        make_photo(mole=Mole.objects.create(owner=owner, name=f"mole {number}"))
    assert queries() == one


def test_a_page_number_that_is_none_shows_some_page(owner_client, mole):
    assert owner_client.get(reverse("mole-list") + "?page=x").status_code == 200


def test_editing_changes_the_mole(owner_client, mole):
    owner_client.post(reverse("mole-edit", args=[mole.pk]), {"name": "right shoulder", "body_site": ""})
    mole.refresh_from_db()
    assert (mole.name, mole.body_site) == ("right shoulder", "")


def test_a_refused_edit_changes_nothing(owner_client, mole):
    response = owner_client.post(reverse("mole-edit", args=[mole.pk]), {"name": "x" * 81})
    assert response.status_code == 422
    mole.refresh_from_db()
    assert mole.name == "left shoulder"


def test_deleting_asks_first_then_puts_the_mole_away_with_its_photos(owner_client, mole, photo):
    url = reverse("mole-delete", args=[mole.pk])
    asked = text(owner_client.get(url))
    assert "Its 1 photo and all predictions of it" in asked
    assert "For 7 days you can restore it" in asked
    assert Mole.objects.exists()
    response = owner_client.post(url, follow=True)
    assert "are deleted" in text(response)
    assert not Mole.objects.exists()
    assert not Photo.objects.exists()


def test_what_a_person_types_is_text_not_markup(owner_client, owner):
    mole = Mole.objects.create(owner=owner, name="<b>x</b>", notes="<script>alert(1)</script>")
    page = owner_client.get(reverse("mole", args=[mole.pk])).content.decode()
    assert "<b>x</b>" not in page
    assert "<script>alert" not in page
