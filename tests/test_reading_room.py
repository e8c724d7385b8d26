"""The queue, and what no reader gets to see before their own first opinion."""

import re

import pytest
from django.utils import timezone

from diagnosis import roles
from diagnosis.models import Case, Event, Opinion, Prediction, User
from diagnosis.services import claim_case
from tests.conftest import client_of, staff_with_role, with_second_factor
from tests.readers import SAID, actions, give, page_of, photo_url, read, read_url, say
from tests.seen import REJECTED, SEEN

QUEUE = "/admin/diagnosis/case/"
NEXT = f"{QUEUE}next/"
# As the prediction of `case` has them: number, band, lines, version, reason, status, why.
TRACES = (
    r"0[.,]93|93[.,]7|\b94 ?%|94%",
    r"raised|unclear|\bband\b",
    r"0[.,]068|6[.,]8 ?%|2[.,]5 ?%|0[.,]025",
    r"residual128|zz-version",
    r"too blurred|rejected|can.t be judged|could not judge",
    r"prediction[^<,]*\d|malignancy probability|random|second reader|mismatch|histology|laboratory",
)


@pytest.fixture
def client(reader):
    return client_of(reader)


@pytest.fixture
def claimed(case, reader):
    return claim_case(case=case, reader=reader)


def traces(page: str) -> list[str]:
    """What the page gives away. A form's token and an id may look like anything, and tell nothing."""
    page = re.sub(r"csrfmiddlewaretoken\" value=\"\w+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", page)
    return [found[0] for pattern in TRACES for found in re.finditer(pattern, page, re.IGNORECASE)]


# The queue ------------------------------------------------------------------------------------


def test_the_queue_shows_what_waits_and_who_has_it(client, reader, second, make_case):
    mine, others, free = make_case(), make_case(mole=None), make_case(mole=None)
    claim_case(case=mine, reader=reader)
    claim_case(case=others, reader=second)
    page = page_of(client, QUEUE)
    for words in (
        "arm or hand",
        "through a dermatoscope",
        "to read",
        "somebody is reading it",
        "yours until",
    ):
        assert words in page
    for case in (mine, others, free):
        assert read_url(case) in page
        assert photo_url(case) in page
    assert re.search(r"You have read\s*<strong>0</strong> cases today", page)
    assert re.search(r"<strong>2</strong> wait for you", page)


def test_cases_of_one_mole_stand_together_at_the_place_of_the_first(client, make_case):
    first, alone, last = make_case(), make_case(mole=None), make_case()
    page = page_of(client, QUEUE)
    assert page.index(read_url(first)) < page.index(read_url(last)) < page.index(read_url(alone))
    assert page.count("2 cases of this mole") == 2


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("site=upper+extremity", {"shoulder"}),
        ("site=none", {"loose"}),
        ("site=wherever", set()),
        ("kind=clinical", {"loose"}),
        ("state=to-read", {"shoulder", "loose"}),
        ("state=reviewed", {"read"}),
        ("state=all", {"shoulder", "loose", "read"}),
        ("state=to-settle", set()),
        ("disagreement=readers", set()),
        ("waiting=3", {"loose"}),
        ("waiting=x", {"shoulder", "loose"}),
        ("state=nonsense", {"shoulder", "loose"}),
    ],
)
def test_filters(client, reader, make_case, query, there):
    cases = {"shoulder": make_case(), "read": make_case()}
    cases["loose"] = make_case(mole=None, photo_kind="clinical")
    read(cases["read"], reader, diagnosis="mel", recommendation="urgent")
    Case.objects.filter(pk=cases["loose"].pk).update(created_at=timezone.now() - timezone.timedelta(days=4))
    page = page_of(client, f"{QUEUE}?{query}")
    assert {name for name, case in cases.items() if read_url(case) in page} == there


def test_disagreement_is_found_by_who_was_part_of_it_and_by_seniors(make_case, reader, second, senior):
    case = make_case()
    read(case, reader)
    read(case, second, diagnosis="mel")
    other = staff_with_role("third@example.org", roles.REVIEWER)
    for user, sees in ((reader, True), (senior, True), (other, False)):
        page = page_of(client_of(user), f"{QUEUE}?disagreement=readers&state=all")
        assert (read_url(case) in page) is sees
    assert "to settle" in page_of(client_of(senior), QUEUE)
    assert "to settle" not in page_of(client_of(reader), f"{QUEUE}?state=all").split('id="result_list"')[1]


@pytest.mark.parametrize(
    "lookup",
    [
        "why=raised",
        "why__exact=raised",
        "status__exact=second",
        "status=second",
        "prediction__band=raised",
        "prediction__malignancy_probability__gt=0.5",
        "photo__predictions__band=raised",
        "due_at__lt=2030-01-01",
        "opinions__diagnosis=mel",
    ],
)
def test_no_lookup_in_the_address_asks_for_what_is_hidden(client, case, lookup):
    assert client.get(f"{QUEUE}?{lookup}").status_code == 400


@pytest.mark.parametrize("query", ["o=1", "o=-5.2", "q=raised", "_facets=True"])
def test_no_order_search_or_count_in_the_address_tells_anything(client, make_case, query):
    make_case(), make_case("low", mole=None)
    links = re.findall(r"[0-9a-f-]{36}/read/", page_of(client, QUEUE))
    assert re.findall(r"[0-9a-f-]{36}/read/", page_of(client, f"{QUEUE}?{query}")) == links


def test_the_readers_own_photo_is_no_case_of_theirs(owner, case):
    owner.is_staff = True
    owner.is_superuser = True
    owner.save()
    client = client_of(with_second_factor(owner))
    assert read_url(case) not in page_of(client, f"{QUEUE}?state=all")
    page_of(client, read_url(case), 404)
    assert client.get(photo_url(case)).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_the_permission_get_nothing(case, staff, method):
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    client = client_of(staff)
    for url in (QUEUE, NEXT, read_url(case), photo_url(case)):
        assert getattr(client, method)(url).status_code in (403, 405)
    assert actions() == ["case.opened"]


def test_nothing_is_added_changed_or_deleted_by_hand(staff, case):
    client = client_of(staff)
    assert client.get(f"{QUEUE}add/").status_code == 403
    assert client.post(f"{QUEUE}{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{QUEUE}{case.pk}/change/").url == read_url(case)
    assert client.post(f"{QUEUE}{case.pk}/change/", {"status": "closed"}).status_code == 403
    assert client.get(f"{QUEUE}nothing/change/").status_code == 404
    assert Case.objects.get().status == "waiting"


# Before the first opinion ---------------------------------------------------------------------


@pytest.mark.parametrize("who", ["reader", "senior", "staff"])
@pytest.mark.parametrize("status", ["waiting", "second", "disputed"])
@pytest.mark.parametrize("verdict", ["raised", "rejected"])
def test_before_the_first_opinion_no_page_holds_a_trace_of_the_prediction(
    who, status, verdict, case, request, second
):
    result = SEEN | {"malignancy_probability": 0.9372, "model_version": "zz-version-7"}
    Prediction.objects.update(**(result if verdict == "raised" else REJECTED))
    if status != "waiting":
        read(case, second, note="The model says raised at 94%." if status == "second" else "")
    Case.objects.update(status=status, closed_at=None, diagnosis="", recommendation="")
    Case.objects.update(why="mismatch" if status == "waiting" else verdict)
    user = request.getfixturevalue(who)
    client = client_of(user)
    urls = [QUEUE, f"{QUEUE}?state=all", f"{QUEUE}?disagreement=readers", read_url(case)]
    if status == "disputed" and who == "reader":
        assert traces(page_of(client, read_url(case), 404)) == []
        urls.pop()
    else:
        assert traces(page_of(client, read_url(case))) == []
        assert client.post(read_url(case), {"action": "claim"}).status_code == 302
    for url in urls:
        assert traces(page_of(client, url)) == [], url


def test_the_search_for_traces_finds_them_once_they_may_be_shown(client, claimed, reader):
    result = {"malignancy_probability": 0.9372, "model_version": "zz-version-7"}
    Prediction.objects.update(**SEEN | result)
    say(claimed, reader)
    found = traces(page_of(client, read_url(claimed)))
    assert {"94%", "zz-version", "6.8%", "malignancy probability"} <= set(found)


def test_a_case_that_is_not_claimed_shows_no_photo(client, case, reader, second):
    page = page_of(client, read_url(case))
    assert "Start reading" in page
    assert "/photos/" not in page
    assert client.get(photo_url(case, "image")).status_code == 404
    claim_case(case=case, reader=second)
    page = page_of(client, read_url(case))
    assert "Somebody else is reading this case now" in page
    assert "/photos/" not in page
    assert client.get(photo_url(case, "image")).status_code == 404
    assert not Event.objects.filter(action="photo.viewed").exists()


@pytest.mark.parametrize("who", ["reader", "senior", "staff"])
def test_a_forged_reveal_is_refused_and_leaves_no_event(who, case, request):
    user = request.getfixturevalue(who)
    client = client_of(user)
    claim_case(case=case, reader=user)
    before = actions()
    assert give(client, case, "revealed").status_code == 403
    assert client.post(read_url(case), {"action": "keep"}).status_code == 403
    assert client.get(f"{read_url(case)}?stage=revealed").status_code == 403
    assert actions() == before
    assert not Opinion.objects.exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "opinion", "stage": "later"}, 400),
        ({"action": "opinion"}, 400),
        ({"action": "shred"}, 400),
        ({}, 400),
        ({"action": "opinion", "stage": "settling"}, 403),
    ],
)
def test_a_forged_form_is_refused(client, claimed, form, status):
    assert client.post(read_url(claimed), SAID | form).status_code == status
    assert not Opinion.objects.exists()


def test_a_senior_settles_nothing_that_is_not_disputed(senior, case):
    claim_case(case=case, reader=senior)
    response = give(client_of(senior), case, "settling")
    assert response.status_code == 422
    assert "There is no disagreement here" in response.content.decode()
    assert not Opinion.objects.exists()
