from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Mole, Photo, Prediction
from diagnosis.pages.wording import dots, in_hundred, percent


def text(response) -> str:
    return " ".join(response.content.decode().replace("&#x27;", "'").split())


@pytest.fixture
def show(owner_client, photo):
    """The text of the prediction's page, after the row was given these fields."""

    def page(**fields) -> str:
        Prediction.objects.update(**fields)
        return text(owner_client.get(reverse("prediction", args=[photo.latest_prediction.pk])))

    return page


def test_a_waiting_prediction_is_polled_and_refreshes_without_javascript(show, photo):
    page = show()
    assert "Waiting for its turn" in page
    assert f'data-poll="/api/v1/predictions/{photo.latest_prediction.pk}/"' in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page


def test_a_waiting_prediction_says_why_it_waits(show):
    assert "The model can't be loaded" in show(reason="The model can't be loaded at the moment.")


def test_a_running_prediction_says_so(show, photo):
    token = photo.latest_prediction.pk
    page = show(status="running", claim_token=token, lease_until=timezone.now())
    assert "The network is looking at it" in page


@pytest.mark.parametrize(
    ("band", "step"),
    [
        ("low", "Low does not mean harmless."),
        ("unclear", "Have a doctor look at this mole."),
        ("raised", "Show this mole to a doctor soon."),
    ],
)
def test_a_band_comes_with_words_and_what_to_do(show, photo, succeeded, band, step):
    succeeded(photo.latest_prediction, 0.34, band)
    page = show()
    assert f"#band-{band}" in page  # its own icon, for colour alone says nothing
    for words in (
        band.capitalize(),
        step,
        "about 34 in 100",
        "34%",
        "Asymmetry",
        "Common mole",
        "residual128-3",
    ):
        assert words in page
    assert "not a diagnosis" in page
    assert "data-poll" not in page


def test_the_hundred_dots_show_the_number_and_say_it(show, photo, succeeded):
    succeeded(photo.latest_prediction, 0.34, "raised")
    page = show()
    assert page.count('class="on"') == 34
    assert page.count('class="off"') == 66
    assert 'role="img" aria-label="About 34 in 100' in page


def test_a_plain_photo_shows_no_band(show, photo, succeeded):
    succeeded(photo.latest_prediction, 0.34, "raised")
    Photo.objects.update(photo_kind="clinical")
    page = show()
    assert "No band for a plain photo" in page
    assert "not on plain photos like this one" in page
    assert "34%" in page
    assert "band-raised" not in page
    assert "Show this mole to a doctor soon" not in page


@pytest.mark.parametrize(
    ("probability", "words", "short", "filled"),
    [
        (0.0, "less than 1 in 100", "under 1%", 1),
        (0.0099, "less than 1 in 100", "under 1%", 1),
        (0.01, "about 1 in 100", "1%", 1),
        (0.346, "about 35 in 100", "35%", 35),
        (0.99, "about 99 in 100", "99%", 99),
        (0.999, "more than 99 in 100", "over 99%", 99),
        (1.0, "more than 99 in 100", "over 99%", 99),
    ],
)
def test_the_network_is_never_wholly_sure(probability, words, short, filled):
    assert (in_hundred(probability), percent(probability), dots(probability)) == (words, short, filled)


def test_a_rejected_photo_says_why_and_asks_for_another(show, mole):
    page = show(
        status="rejected",
        reason_code="too_dark",
        reason="The photo is too dark.",
        advice="Use the flash.",
        finished_at=timezone.now(),
    )
    for words in ("can’t be judged", "The photo is too dark.", "Use the flash.", "Take another photo"):
        assert words in page
    assert reverse("photo-add", args=[mole.pk]) in page
    assert "in 100" not in page


def test_a_failed_prediction_offers_to_run_again(show, photo):
    page = show(status="failed", reason_code="gave_up", reason="It failed.", finished_at=timezone.now())
    assert "It failed." in page
    assert reverse("photo-rerun", args=[photo.pk]) in page


def test_running_again_adds_a_prediction_and_keeps_the_old(owner_client, photo, succeeded):
    old = photo.latest_prediction
    succeeded(old, 0.34, "raised")
    response = owner_client.post(reverse("photo-rerun", args=[photo.pk]))
    new = Prediction.objects.exclude(pk=old.pk).get()
    assert response["Location"] == reverse("prediction", args=[new.pk])
    assert new.status == "queued"
    page = text(owner_client.get(reverse("photo", args=[photo.pk])))
    assert reverse("prediction", args=[old.pk]) in page
    assert reverse("prediction", args=[new.pk]) in page


def test_a_photo_is_filed_and_corrected(owner_client, owner, make_photo):
    photo, mole = make_photo(), Mole.objects.create(owner=owner, name="chin")
    form = {"mole": mole.pk, "photo_kind": "dermatoscopic", "taken_on": "2026-01-31"}
    assert owner_client.post(reverse("photo", args=[photo.pk]), form).status_code == 302
    photo.refresh_from_db()
    assert (photo.mole, photo.photo_kind) == (mole, "dermatoscopic")
    assert timezone.localdate(photo.taken_at).isoformat() == "2026-01-31"


def test_saving_keeps_the_hour_the_camera_wrote(owner_client, photo):
    moment = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)
    Photo.objects.update(taken_at=moment)
    form = {"mole": photo.mole_id, "photo_kind": "clinical", "taken_on": "2026-01-31"}
    owner_client.post(reverse("photo", args=[photo.pk]), form)
    photo.refresh_from_db()
    assert (photo.taken_at, photo.photo_kind) == (moment, "clinical")


def test_a_photo_can_be_taken_out_of_its_mole_and_lose_its_day(owner_client, photo):
    Photo.objects.update(taken_at=datetime(2026, 1, 31, tzinfo=UTC))
    form = {"mole": "", "photo_kind": "dermatoscopic", "taken_on": ""}
    owner_client.post(reverse("photo", args=[photo.pk]), form)
    photo.refresh_from_db()
    assert (photo.mole, photo.taken_at) == (None, None)


def test_a_photo_is_not_filed_under_anothers_mole(owner_client, another, photo, mole):
    theirs = Mole.objects.create(owner=another, name="theirs")
    form = {"mole": theirs.pk, "photo_kind": "dermatoscopic"}
    response = owner_client.post(reverse("photo", args=[photo.pk]), form)
    assert response.status_code == 422
    assert "theirs" not in text(response)
    photo.refresh_from_db()
    assert photo.mole == mole


def test_a_photo_taken_in_the_future_is_refused(owner_client, photo):
    form = {"mole": photo.mole_id, "photo_kind": "clinical", "taken_on": "2999-01-31"}
    response = owner_client.post(reverse("photo", args=[photo.pk]), form)
    assert response.status_code == 422
    assert "taken in the future" in text(response)
    photo.refresh_from_db()
    assert photo.photo_kind == "dermatoscopic"


def test_deleting_a_photo_asks_first_then_removes_it(owner_client, photo, mole):
    url = reverse("photo-delete", args=[photo.pk])
    assert "Delete this photo?" in text(owner_client.get(url))
    response = owner_client.post(url)
    assert response["Location"] == reverse("mole", args=[mole.pk])
    assert not Photo.objects.exists()


def test_quick_checks_wait_in_a_list_until_they_are_filed(owner_client, make_photo, mole):
    photo = make_photo()
    assert str(photo.pk) in text(owner_client.get(reverse("photo-list")))
    assert str(photo.pk) in text(owner_client.get(reverse("mole-list")))
    Photo.objects.update(mole=mole)
    assert str(photo.pk) not in text(owner_client.get(reverse("photo-list")))
