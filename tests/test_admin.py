"""The admin: who gets in, and what happens there to people's data."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import AuthToken, Consent, Mole, Photo, Prediction, Profile, User
from diagnosis.services import record_consent
from tests.conftest import PASSWORD, STAFF_SECRET
from tests.seen import SEEN
from tests.test_accounts_mfa import code_of
from tests.test_accounts_page import assert_nothing_inline

OURS = [User, Consent, Profile, Mole, Photo, Prediction, AuthToken]
ALLAUTHS = [EmailAddress, Authenticator, UserSession]


def say_why(client: Client, photo: Photo, reason: str = "asked by its owner") -> None:
    """From now on this client may see the photos of its owner."""
    client.post(reverse("admin:diagnosis_photo_reason", args=[photo.pk]), {"reason": reason})


def list_url(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_url(obj, action: str = "change") -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}", args=[obj.pk])


@pytest.fixture
def history(owner, mole, photo):
    """A row of everything."""
    record_consent(user=owner)
    AuthToken.objects.create(user=owner)
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    Authenticator.objects.create(user=owner, type="totp", data={"secret": "hush-hush"})
    Client().post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    UserSession.objects.create(user=owner, ip="10.0.0.1", session_key="abc", user_agent="Firefox")


def succeed(prediction: Prediction) -> None:
    Prediction.objects.filter(pk=prediction.pk).update(
        status="succeeded",
        malignancy_probability=0.25,
        class_probabilities={"mel": 0.25, "nv": 0.75},
        band="unclear",
        threshold_low=0.1,
        threshold_raised=0.4,
        model_version="test-1",
        finished_at=timezone.now(),
    )


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# Who gets in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [None, *OURS, *ALLAUTHS])
def test_only_staff_get_in(model, anonymous_client, owner_client, staff_client):
    url = list_url(model) if model else "/admin/"
    assert anonymous_client.get(url, follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert owner_client.get(url, follow=True).status_code == 403
    assert staff_client.get(url).status_code == 200


def test_logging_in_goes_through_the_sites_own_page_and_back(staff):
    client = Client()
    first = client.get("/admin/diagnosis/photo/", follow=True)
    assert "Log in with a passkey" in first.content.decode()
    form = {"login": staff.email, "password": PASSWORD, "next": "/admin/diagnosis/photo/"}
    asked = client.post("/accounts/login/", form).url
    assert asked.startswith("/accounts/2fa/authenticate/")
    assert client.post(asked, {"code": code_of(STAFF_SECRET)}).url == "/admin/diagnosis/photo/"
    assert client.get("/admin/diagnosis/photo/").status_code == 200


def test_djangos_own_form_logs_nobody_in(anonymous_client, staff_client, staff):
    other = User.objects.create_superuser("other@example.org", PASSWORD)
    form = {"username": other.email, "password": PASSWORD}
    assert anonymous_client.post("/admin/login/", form).url.startswith("/accounts/login/")
    assert staff_client.post("/admin/login/", form).url == "/admin/"
    assert staff_client.get("/account/").context["user"] == staff


def test_a_second_factor_guards_the_admin_too(anonymous_client, staff):
    anonymous_client.post("/accounts/login/", {"login": staff.email, "password": PASSWORD})
    assert anonymous_client.get("/admin/").status_code == 302


def test_the_password_is_changed_on_the_sites_own_page(staff_client):
    assert staff_client.get("/admin/password_change/").url == "/accounts/password/change/"


# What is seen --------------------------------------------------------------------------------


def test_every_model_of_ours_is_there():
    assert set(OURS) <= set(admin.site._registry)


@pytest.mark.parametrize("model", OURS + ALLAUTHS)
def test_lists_and_pages_are_shown_and_searched_with_nothing_inline(model, staff_client, history):
    for query in ("", "?q=owner", "?q=0c5b2444-70a0-4932-980c-b4dc0d3f02b5"):
        response = staff_client.get(list_url(model) + query)
        assert response.status_code == 200
        assert_nothing_inline(response.content.decode())
    response = staff_client.get(page_url(model.objects.first()))
    assert response.status_code == 200
    assert_nothing_inline(response.content.decode())


@pytest.mark.parametrize("model", [Photo, Prediction, Mole, Profile, Consent, AuthToken, User])
def test_a_longer_list_takes_no_more_queries(
    model, staff_client, make_photo, owner, another, django_assert_max_num_queries
):
    for _ in range(6):
        make_photo(mole=Mole.objects.create(owner=owner, name="one of many"))
        make_photo(owner=another)
        AuthToken.objects.create(user=owner)
        record_consent(user=another)
    with django_assert_max_num_queries(16):
        staff_client.get(list_url(model))


def test_a_persons_page_shows_their_history(staff_client, owner, mole, photo, history):
    say_why(staff_client, photo)
    page = staff_client.get(page_url(owner)).content.decode()
    for text in ("left shoulder", "storing health photos", ">all 1</a>", f"{photo.pk}/thumbnail/"):
        assert text in page
    linked = re.search(r'href="(/admin/diagnosis/prediction/\?[^"]+)"', page)
    listed = staff_client.get(linked[1])
    assert str(photo.predictions.get().pk) in listed.content.decode()


@pytest.mark.parametrize("model", [Authenticator, AuthToken])
def test_secrets_are_not_shown(model, staff_client, history):
    obj = model.objects.first()
    page = staff_client.get(page_url(obj)).content.decode()
    assert "hush-hush" not in page
    shown = re.sub(r"<[^>]*>", "", page)
    assert AuthToken.objects.first().digest not in shown


def test_a_predictions_page_shows_what_the_network_saw_and_edits_none_of_it(staff_client, photo):
    succeed(photo.predictions.get())
    Prediction.objects.update(**SEEN)
    page = staff_client.get(page_url(Prediction.objects.get())).content.decode()
    for shown in ("through a dermatoscope", "0.031", "area_share", "[0.25, 0.25]", "Explanation:"):
        assert shown in page
    assert not re.search(r'name="(photo_kind_seen|stability|conformal_set|measurements|outline)"', page)


def test_photos_are_shown_to_staff_alone(photo, owner_client, anonymous_client, staff_client):
    say_why(staff_client, photo)
    for name in ("thumbnail", "image"):
        url = reverse(f"admin:diagnosis_photo_{name}", args=[photo.pk])
        assert anonymous_client.get(url).status_code == 302
        assert owner_client.get(url, follow=True).status_code == 403
        response = staff_client.get(url)
        assert b"".join(response)[:2] == b"\xff\xd8"
        assert response["Content-Type"] == "image/jpeg"
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


def test_staff_without_the_right_to_see_photos_see_none(photo, staff, staff_client):
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    assert staff_client.get(reverse("admin:diagnosis_photo_thumbnail", args=[photo.pk])).status_code == 403


def test_a_photo_whose_file_is_gone_is_404(photo, staff_client):
    say_why(staff_client, photo)
    photo.thumbnail.storage.delete(photo.thumbnail.name)
    assert staff_client.get(reverse("admin:diagnosis_photo_thumbnail", args=[photo.pk])).status_code == 404


# What is done --------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Consent, Profile, Mole, Photo, Prediction, AuthToken, User, *ALLAUTHS])
def test_nothing_is_added_by_hand(model, staff_client):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    assert staff_client.get(url).status_code == 403


@pytest.mark.parametrize("model", [Consent, Profile, Mole, Photo, Prediction, AuthToken])
def test_what_people_said_and_got_is_not_edited(model, staff_client, history):
    obj = model.objects.first()
    before = model.objects.values().get(pk=obj.pk)
    response = staff_client.post(page_url(obj), {"name": "another", "text_version": "another"})
    assert response.status_code == 403
    assert model.objects.values().get(pk=obj.pk) == before


@pytest.mark.parametrize("model", [Consent, Profile, Prediction])
def test_consents_people_and_predictions_are_not_deleted_by_hand(model, staff_client, history):
    obj = model.objects.first()
    assert staff_client.post(page_url(obj, "delete"), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [obj.pk], "post": "yes"}
    staff_client.post(list_url(model), action)
    assert model.objects.filter(pk=obj.pk).exists()


@pytest.mark.parametrize("model", [Photo, Prediction])
def test_running_again_adds_a_prediction_and_keeps_the_old_one(model, staff_client, photo):
    old = photo.predictions.get()
    succeed(old)
    pk = photo.pk if model is Photo else old.pk
    response = staff_client.post(
        list_url(model), {"action": "run_again", "_selected_action": [pk]}, follow=True
    )
    assert "Photos that wait for a new prediction: 1." in response.content.decode()
    assert [prediction.status for prediction in photo.predictions.all()] == ["queued", "succeeded"]
    old.refresh_from_db()
    assert old.malignancy_probability == 0.25


def test_staff_who_only_look_do_not_run_again(staff, staff_client, photo):
    succeed(photo.predictions.get())
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    staff.user_permissions.add(Permission.objects.get(codename="view_photo"))
    page = staff_client.get(list_url(Photo))
    assert page.status_code == 200
    assert "run_again" not in page.content.decode()
    staff_client.post(list_url(Photo), {"action": "run_again", "_selected_action": [photo.pk]})
    assert photo.predictions.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["photo", "mole", "owner"])
@pytest.mark.parametrize("bulk", [False, True])
def test_deleting_puts_away_what_its_owner_may_restore_and_removes_accounts(
    what, bulk, staff_client, owner, mole, photo, photo_folder
):
    assert len(files_in(photo_folder)) == 2
    obj = {"photo": photo, "mole": mole, "owner": owner}[what]
    if bulk:
        action = {"action": "delete_selected", "_selected_action": [obj.pk], "post": "yes"}
        staff_client.post(list_url(obj), action)
    else:
        assert "Yes, I’m sure" in staff_client.get(page_url(obj, "delete")).content.decode()
        staff_client.post(page_url(obj, "delete"), {"post": "yes"})
    assert not type(obj).objects.filter(pk=obj.pk).exists()
    assert not Photo.objects.exists()
    assert not Prediction.objects.of(owner).exists()
    kept = 0 if what == "owner" else 1
    assert (Photo.everything.count(), Prediction.objects.count()) == (kept, kept)
    assert len(files_in(photo_folder)) == 2 * kept


def test_deleting_a_session_logs_that_browser_out(owner, staff_client):
    client = Client()
    client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    assert client.get("/account/").status_code == 200
    session = UserSession.objects.get(user=owner)
    staff_client.post(page_url(session, "delete"), {"post": "yes"})
    assert client.get("/account/").status_code == 302


def test_an_address_is_confirmed_by_hand(owner, staff_client):
    address = EmailAddress.objects.create(user=owner, email=owner.email)
    action = {"action": "make_verified", "_selected_action": [address.pk]}
    staff_client.post(list_url(EmailAddress), action)
    address.refresh_from_db()
    assert address.verified


def test_an_account_is_closed_by_staff_who_cannot_give_themselves_rights(owner, staff, staff_client):
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    rights = ["view_user", "change_user", "delete_user"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))
    staff_client.post(page_url(owner), {"is_superuser": "on", "is_staff": "on", "email": "x@example.org"})
    owner.refresh_from_db()
    assert (owner.is_active, owner.is_superuser, owner.is_staff) == (False, False, False)
    assert owner.email == "owner@example.org"
    assert staff_client.post(page_url(owner, "delete"), {"post": "yes"}).status_code == 403
    form = {"is_active": "on", "is_superuser": "on"}
    assert staff_client.post(page_url(staff), form).status_code == 403
    staff.refresh_from_db()
    assert not staff.is_superuser
    boss = User.objects.create_superuser("boss@example.org", PASSWORD)
    assert staff_client.post(page_url(boss), {}).status_code == 403
    assert staff_client.post(page_url(boss, "delete"), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [boss.pk], "post": "yes"}
    staff_client.post(list_url(User), action)
    assert User.objects.filter(pk=boss.pk).exists()
