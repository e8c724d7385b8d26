"""What comes between a reader and their case: time, other readers, its patient."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from diagnosis.models import Event, Opinion
from diagnosis.services import claim_case, delete_account, delete_mole, delete_photo, release_expired
from tests.conftest import client_of
from tests.readers import SAID, actions, give, page_of, photo_url, read, read_url, run_out

QUEUE = "/admin/diagnosis/case/"
ACTIONS = ("claim", "opinion", "keep", "back")


@pytest.fixture
def client(reader):
    return client_of(reader)


@pytest.fixture
def claimed(case, reader):
    return claim_case(case=case, reader=reader)


# Time and other readers -----------------------------------------------------------------------


def test_who_lost_the_case_keeps_what_they_typed_and_may_claim_it_again(client, claimed):
    run_out(claimed)
    release_expired()
    response = give(client, claimed, note="a long thought", diagnosis="bkl")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Nothing was stored. Claim it again" in page
    typed = SAID | {"diagnosis": "bkl", "note": "a long thought"}
    for again in (page, client.post(read_url(claimed), typed | {"action": "claim"}).content.decode()):
        assert "a long thought" in again
        assert re.search(r'value="bkl"[^>]*checked', again)
    assert give(client, claimed, note="a long thought").status_code == 302
    assert Opinion.objects.get().note == "a long thought"


def test_who_lost_the_case_to_somebody_else_keeps_what_they_typed(client, claimed, second):
    run_out(claimed)
    claim_case(case=claimed, reader=second)
    response = give(client, claimed, note="a long thought")
    page = response.content.decode()
    assert response.status_code == 409
    assert "somebody else took it, or it is closed" in page
    assert "a long thought" in page
    assert second.email not in page
    assert "Claim it again" not in page
    assert not Opinion.objects.exists()


def test_a_case_closed_meanwhile_says_so_and_keeps_what_was_typed(client, claimed, second):
    run_out(claimed)
    read(claimed, second, diagnosis="mel", recommendation="urgent")
    for action in ACTIONS:
        response = client.post(read_url(claimed), SAID | {"action": action, "note": "a long thought"})
        page = response.content.decode()
        assert response.status_code == 404
        assert "it is closed, its photo was deleted, or there never" in page
        assert "a long thought" in page
    assert Opinion.objects.count() == 1


def test_somebody_elses_claim_is_not_taken_over(client, case, second):
    claim_case(case=case, reader=second)
    for action in ("claim", "opinion"):
        response = client.post(read_url(case), SAID | {"action": action, "stage": "blind"})
        assert response.status_code == 409
    assert client.post(read_url(case), {"action": "back"}).status_code == 302
    case.refresh_from_db()
    assert case.claimed_by == second
    assert not Opinion.objects.exists()


def test_of_a_reveal_that_ran_out_the_first_opinion_counts(client, claimed):
    give(client, claimed)
    run_out(claimed)
    release_expired()
    response = give(client, claimed, "revealed", diagnosis="mel", note="on second thoughts")
    page = response.content.decode()
    assert response.status_code == 409
    assert "What you said first counts" in page
    assert "on second thoughts" in page
    assert [one.diagnosis for one in Opinion.objects.all()] == ["nv"]
    assert "Change my opinion" not in page_of(client, read_url(claimed))


def test_the_same_opinion_from_a_second_window_changes_nothing_and_stays_in_the_form(client, claimed):
    give(client, claimed)
    response = give(client, claimed, diagnosis="mel", note="from the second window")
    page = response.content.decode()
    assert response.status_code == 409
    assert "You have said this already" in page
    assert "from the second window" in page
    assert [one.diagnosis for one in Opinion.objects.all()] == ["nv"]


@pytest.mark.django_db(transaction=True)
def test_of_two_readers_who_save_at_once_one_is_told(claimed, reader, second):
    """The claim of the first has run out, so the second takes it while the first saves."""
    run_out(claimed)
    clients = [client_of(reader), client_of(second)]
    start = threading.Barrier(2)

    def save(number):
        try:
            start.wait()
            if number:
                clients[1].post(read_url(claimed), {"action": "claim"})
            return give(clients[number], claimed).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(save, range(2)))
    assert answers == [302, 409]
    assert Opinion.objects.count() == 1
    assert actions().count("opinion.added") == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_twice_at_once_is_stored_once(claimed, reader):
    clients = [client_of(reader) for _ in range(4)]
    start = threading.Barrier(4)

    def save(client):
        try:
            start.wait()
            return give(client, claimed).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(save, clients))
    assert answers.count(302) == 1
    assert set(answers) <= {302, 409, 422}
    assert Opinion.objects.count() == 1


# The patient ----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["photo", "mole", "account"])
@pytest.mark.parametrize("when", ["blind", "revealed"])
def test_what_its_patient_deletes_while_it_is_read_ends_the_reading(client, claimed, owner, mole, what, when):
    if when == "revealed":
        give(client, claimed)
    image = photo_url(claimed, "image")
    if what == "photo":
        delete_photo(photo=claimed.photo)
    elif what == "mole":
        delete_mole(mole=mole)
    else:
        delete_account(user=owner)
    before = (Opinion.objects.count(), Event.objects.count())
    assert "its photo was deleted" in page_of(client, read_url(claimed), 404)
    assert client.get(image).status_code == 404
    for action in ACTIONS:
        response = client.post(read_url(claimed), SAID | {"action": action, "stage": when})
        assert response.status_code == 404
    assert (Opinion.objects.count(), Event.objects.count()) == before
    assert read_url(claimed) not in page_of(client, f"{QUEUE}?state=all")


def test_a_photo_that_is_deleted_between_look_and_save_ends_the_reading(client, claimed, monkeypatch):
    """The page has found the case, and then its patient is quicker."""
    from diagnosis.admin.reading import views

    def late(**reading):
        delete_photo(photo=claimed.photo)
        return record(**reading)

    record = views.record_opinion
    monkeypatch.setattr(views, "record_opinion", late)
    response = give(client, claimed)
    assert response.status_code == 404
    assert "its photo was deleted" in response.content.decode()
    assert not Opinion.objects.exists()
