"""Links for a doctor: what they show, what they never show, and how they end."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Mole, Share, ShareNote, ShareOpening
from diagnosis.services import create_share, delete_account, leave_note, revoke_share
from diagnosis.services.shares import MOST_NOTES
from tests.queries import queries_of
from tests.test_accounts_page import assert_nothing_inline
from tests.test_pages_moles import text

NOTE = {"action": "see_doctor", "text": "Let me see it.", "author": "Dr A"}


@pytest.fixture
def issued(owner, mole, photo, succeeded):
    succeeded(photo.latest_prediction, 0.34, "raised")
    return create_share(owner=owner, moles=[mole], label="Dr A")


@pytest.fixture
def url(issued):
    return reverse("shared", args=[issued.token])


def test_a_link_is_made_for_14_days_and_shows_once(owner_client, owner, mole):
    Mole.objects.create(owner=owner, name="another one")
    page = text(owner_client.get(reverse("share-add"), {"mole": mole.pk}))
    assert re.search(rf'value="{mole.pk}"[^>]* checked', page)
    assert page.count(" checked") == 1
    response = owner_client.post(reverse("share-add"), {"moles": [mole.pk], "days": 14, "label": "Dr A"})
    token = re.search(r"/s/([\w-]{43})/", response.content.decode())[1]
    share = Share.objects.get()
    assert list(share.moles.all()) == [mole]
    assert timedelta(days=13, hours=23) < share.expires_at - timezone.now() <= timedelta(days=14)
    assert token not in str(Share.objects.values())
    assert token not in text(owner_client.get(reverse("share-list")))


def test_what_is_no_share_is_refused(owner_client, owner, another, mole):
    strange = Mole.objects.create(owner=another, name="not mine")
    for data in (
        {"moles": [], "days": 14},
        {"moles": [strange.pk], "days": 14},
        {"moles": [mole.pk], "days": 0},
        {"moles": [mole.pk], "days": 91},
        {"moles": ["x"], "days": 14},
    ):
        assert owner_client.post(reverse("share-add"), data).status_code == 422
    for moles, days in (([], 14), ([strange], 14), ([mole], 0), ([mole], 91)):
        with pytest.raises(ValidationError):
            create_share(owner=owner, moles=moles, days=days)
    assert not Share.objects.exists()


def test_who_has_the_link_sees_the_moles_chosen_and_nothing_else(
    anonymous_client, owner, mole, photo, url, make_photo
):
    other = Mole.objects.create(owner=owner, name="kept to myself")
    hidden = make_photo(mole=other)
    response = anonymous_client.get(url)
    page = text(response)
    assert_nothing_inline(response.content.decode())
    assert "left shoulder" in page
    assert "34%" in page
    for secret in ("kept to myself", owner.email, str(hidden.pk), "Dr A", reverse("mole", args=[mole.pk])):
        assert secret not in page
    image = reverse("shared-image", args=[url.split("/")[2], photo.pk])
    assert image in page
    assert anonymous_client.get(image)["Content-Type"] == "image/jpeg"
    assert anonymous_client.get(image.replace(str(photo.pk), str(hidden.pk))).status_code == 404
    assert anonymous_client.get(reverse("photo-image", args=[photo.pk])).status_code == 302


def test_no_search_engine_and_no_cache_keeps_the_page(anonymous_client, url):
    response = anonymous_client.get(url)
    assert "noindex" in response["X-Robots-Tag"]
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex, nofollow">' in text(response)


def test_a_link_that_was_guessed_leads_nowhere(anonymous_client, issued, photo):
    for token in ("x", issued.token[:-1] + "_", str(issued.share.pk), issued.share.token_hash):
        assert anonymous_client.get(reverse("shared", args=[token])).status_code == 404
        assert anonymous_client.get(reverse("shared-image", args=[token, photo.pk])).status_code == 404
    assert not ShareOpening.objects.exists()


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_an_ended_link_shows_nothing_and_takes_no_note(
    anonymous_client, owner_client, issued, url, photo, mole, end
):
    if end == "revoked":
        owner_client.post(reverse("share-revoke", args=[issued.share.pk]))
        words = "Its owner revoked it."
    else:
        past = timezone.now() - timedelta(days=1)
        Share.objects.update(created_at=past - timedelta(days=1), expires_at=past)
        words = "It was open until"
    for response in (anonymous_client.get(url), anonymous_client.post(url, NOTE | {"mole": mole.pk})):
        assert response.status_code == 410
        assert words in text(response)
        assert "left shoulder" not in text(response)
    assert anonymous_client.get(reverse("shared-image", args=[issued.token, photo.pk])).status_code == 404
    issued.share.refresh_from_db()
    with pytest.raises(ValidationError, match="has ended"):
        leave_note(share=issued.share, mole=mole, **NOTE)
    assert not ShareNote.objects.exists()
    assert not ShareOpening.objects.exists()


def test_revoking_twice_keeps_the_first_time(issued):
    revoke_share(share=issued.share)
    first = Share.objects.get().revoked_at
    revoke_share(share=issued.share)
    assert Share.objects.get().revoked_at == first


def test_the_owner_sees_each_opening_and_the_note_beside_the_mole(anonymous_client, owner_client, url, mole):
    for _ in range(2):
        anonymous_client.get(url)
    anonymous_client.head(url)
    response = anonymous_client.post(url, NOTE | {"mole": mole.pk}, follow=True)
    assert "Your note is stored." in text(response)
    for page in (owner_client.get(reverse("share-list")), owner_client.get(reverse("mole", args=[mole.pk]))):
        assert "Let me see it." in text(page)
        assert "come and show it" in text(page)
    # The page after the note is one more.
    assert "Opened 3 times" in text(owner_client.get(reverse("share-list")))


def test_a_note_that_says_nothing_or_of_another_mole_is_refused(anonymous_client, owner, issued, url, mole):
    other = Mole.objects.create(owner=owner, name="kept to myself")
    good = NOTE | {"mole": mole.pk}
    for change in (
        {"mole": other.pk},
        {"text": ""},
        {"author": ""},
        {"action": "pray"},
        {"text": "a\0"},
        {"mole": "x"},
    ):
        assert anonymous_client.post(url, good | change).status_code == 422
    with pytest.raises(ValidationError, match="not among those"):
        leave_note(share=issued.share, mole=other, **NOTE)
    assert not ShareNote.objects.exists()


def test_notes_have_an_end(anonymous_client, issued, url, mole):
    for _ in range(MOST_NOTES):
        leave_note(share=issued.share, mole=mole, **NOTE)
    response = anonymous_client.post(url, NOTE | {"mole": mole.pk})
    assert response.status_code == 422
    assert "There are too many notes. Ask for a new link." in text(response)


def test_what_a_stranger_writes_is_text_not_markup(anonymous_client, owner_client, url, mole):
    anonymous_client.post(
        url, NOTE | {"mole": mole.pk, "text": "<script>alert(1)</script>", "author": "<b>x</b>"}
    )
    page = owner_client.get(reverse("mole", args=[mole.pk])).content.decode()
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_nobody_else_revokes(another_client, issued):
    assert another_client.post(reverse("share-revoke", args=[issued.share.pk])).status_code == 404
    assert Share.objects.get().revoked_at is None


def test_links_go_with_the_account_and_moles_leave_their_links(owner, issued, mole, anonymous_client, url):
    leave_note(share=issued.share, mole=mole, **NOTE)
    mole.delete()
    assert "left shoulder" not in text(anonymous_client.get(url))
    assert not ShareNote.objects.exists()
    delete_account(user=owner)
    assert not Share.objects.exists()
    assert not ShareOpening.objects.exists()


def test_many_links_cost_no_more_queries_than_one(owner_client, owner, mole, issued):
    leave_note(share=issued.share, mole=mole, **NOTE)
    one = queries_of(owner_client, reverse("share-list"))
    for _ in range(5):
        leave_note(share=create_share(owner=owner, moles=[mole]).share, mole=mole, **NOTE)
    assert queries_of(owner_client, reverse("share-list")) == one <= 12


def test_the_report_holds_what_a_doctor_asks_for(owner_client, mole, photo, issued):
    page = text(owner_client.get(reverse("mole-report", args=[mole.pk])))
    assert_nothing_inline(page)
    for words in ("left shoulder", "Arm or hand", "34%", "Raised", "They are no diagnosis", "residual128-3"):
        assert words in page
    assert reverse("photo-image", args=[photo.pk]) in page
