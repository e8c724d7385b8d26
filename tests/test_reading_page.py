"""The reading page: a case from its claim to the next one."""

import re
from html import unescape

import pytest
from django.utils import timezone

from diagnosis.models import Event, Mole, Opinion, Prediction
from diagnosis.services import claim_case
from tests.conftest import client_of
from tests.readers import actions, give, page_of, photo_url, read, read_url
from tests.seen import REJECTED, SEEN

QUEUE = "/admin/diagnosis/case/"
NEXT = f"{QUEUE}next/"


@pytest.fixture
def client(reader):
    return client_of(reader)


@pytest.fixture
def claimed(case, reader):
    return claim_case(case=case, reader=reader)


# Reading --------------------------------------------------------------------------------------


def test_read_next_claims_the_case_whose_turn_it_is(client, reader, make_case):
    first, _ = make_case(), make_case()
    assert client.get(NEXT).url == QUEUE
    assert client.post(NEXT).url == read_url(first)
    first.refresh_from_db()
    assert first.claimed_by == reader


def test_with_nothing_left_it_leads_to_the_queue_and_says_so(client):
    page = unescape(client.post(NEXT, follow=True).content.decode())
    assert "You have read all that waits for you." in page


def test_the_reading_page_shows_the_photo_and_who_it_is_of_without_a_name(client, claimed, owner, mole):
    mole.profile.birth_year, mole.profile.sex, mole.profile.name = timezone.now().year - 41, "female", "Berta"
    mole.profile.save()
    claimed.photo.symptoms, claimed.photo.note = ["itch"], "since <b>spring</b>"
    claimed.photo.save()
    page = client.get(read_url(claimed)).content.decode()
    for words in ("arm or hand", ">41<", "female", "itches or hurts", "since &lt;b&gt;spring"):
        assert words in page
    assert photo_url(claimed, "image") in page
    for name in (owner.email, mole.name, "Berta", str(owner.pk)):
        assert name not in page


def test_earlier_photos_and_what_was_said_of_others_are_in_view(client, reader, second, make_case, owner):
    other_mole = Mole.objects.create(owner=owner, name="elsewhere", body_site="head/neck")
    earlier, other, stranger = make_case(), make_case(mole=other_mole), make_case("low", mole=other_mole)
    for case in (earlier, other):
        read(case, second, diagnosis="mel", recommendation="urgent")
    read(stranger, second, diagnosis="bcc", recommendation="see_doctor")  # not closed yet
    now = claim_case(case=make_case(), reader=reader)
    page = page_of(client, read_url(now))
    assert page.count("melanoma: see a doctor soon") == 2
    assert "head or neck" in page
    for case in (earlier, other):
        assert photo_url(now, photo=case.photo) in page
        assert b"".join(client.get(photo_url(now, photo=case.photo)))[:2] == b"\xff\xd8"
    assert photo_url(now, photo=stranger.photo) not in page
    assert client.get(photo_url(now, photo=stranger.photo)).status_code == 404


def test_each_look_at_a_photo_is_one_event_with_its_reason(client, claimed, reader):
    for field in ("thumbnail", "image"):
        response = client.get(photo_url(claimed, field))
        assert b"".join(response)[:2] == b"\xff\xd8"
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
        event = Event.objects.latest("id")
        assert (event.action, event.actor, event.object_id) == (
            "photo.viewed",
            reader.pk,
            str(claimed.photo_id),
        )
        assert event.reason == f"review of case {claimed.pk}"
    assert actions().count("photo.viewed") == 2
    assert client.get(photo_url(claimed, "sha256")).status_code == 404
    assert actions().count("photo.viewed") == 2


def test_the_first_opinion_reveals_the_prediction(client, claimed):
    Prediction.objects.update(**SEEN | {"malignancy_probability": 0.9372})
    response = give(client, claimed, note="flat and <even>")
    assert response.url == read_url(claimed)
    page = client.get(response.url).content.decode()
    for words in ("94%", "raised", "residual128-3", "band raised", "flat and &lt;even&gt;", "Nevus (mole)"):
        assert words in page
    assert page.count("<polygon") == 1
    assert Opinion.objects.get().stage == "blind"


def test_a_photo_the_model_could_not_judge_reveals_why(client, claimed):
    Prediction.objects.update(**REJECTED)
    give(client, claimed)
    page = page_of(client, read_url(claimed))
    assert "It could not judge the photo." in page
    assert "too blurred" in page


def test_who_keeps_their_opinion_comes_to_the_next_case(client, claimed, make_case):
    following = make_case()
    give(client, claimed)
    assert client.post(read_url(claimed), {"action": "keep"}).url == read_url(following)
    claimed.refresh_from_db()
    assert (claimed.status, claimed.claimed_by) == ("second", None)
    assert Opinion.objects.count() == 1


def test_who_comes_round_to_the_model_leaves_the_case_to_another_reader(client, claimed):
    give(client, claimed)
    page = page_of(client, read_url(claimed))
    assert re.search(r'value="nv"[^>]*checked', page)
    response = give(client, claimed, "revealed", diagnosis="mel", recommendation="urgent")
    assert response.url == QUEUE
    claimed.refresh_from_db()
    assert (claimed.status, claimed.diagnosis, claimed.claimed_by) == ("second", "", None)
    assert Opinion.objects.count() == 2


def test_who_changes_their_opinion_adds_one_and_comes_to_the_next_case(client, claimed):
    give(client, claimed, "blind", diagnosis="bcc", recommendation="urgent")
    page = page_of(client, read_url(claimed))
    assert re.search(r'value="bcc"[^>]*checked', page)
    response = give(client, claimed, "revealed", diagnosis="mel", recommendation="urgent")
    assert response.url == QUEUE
    claimed.refresh_from_db()
    assert (claimed.status, claimed.diagnosis) == ("closed", "mel")
    page = page_of(client, read_url(claimed))
    assert "The case is closed." in page
    assert "Change my opinion" not in page


def test_a_case_is_put_back_unread(client, claimed):
    assert client.post(read_url(claimed), {"action": "back"}).url == QUEUE
    claimed.refresh_from_db()
    assert (claimed.status, claimed.claimed_by) == ("waiting", None)
    assert actions()[-1] == "case.released"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"diagnosis": ""}, "Something is missing"),
        ({"confidence": "9"}, "Something is missing"),
        ({"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_what_was_typed_outlives_a_mistake(client, claimed, changed, words):
    response = give(client, claimed, **{"note": "a long thought"} | changed)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert re.search(r'value="good"[^>]*checked', page)
    assert changed.get("note", "a long thought") in page
    assert not Opinion.objects.exists()
