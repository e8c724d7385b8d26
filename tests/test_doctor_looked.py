"""What a patient learns once a clinician has looked: on every page of a photo, and never that all is well."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Case, Mole, Photo, Prediction
from diagnosis.services import advice_for, create_mole, create_share, open_case
from tests.queries import queries_of
from tests.readings import looked
from tests.test_pages_moles import text

DAY = datetime(2026, 5, 3, 12, tzinfo=UTC)
SAYS = "A clinician looked at this photo on 3 May 2026 and recommends: <strong>{}</strong>."
WORDS = {
    "nothing": "nothing for now",
    "rephotograph": "take another photo",
    "see_doctor": "see a doctor",
    "urgent": "see a doctor soon",
}


@pytest.fixture
def judged(photo: Photo, succeeded: Any) -> Any:
    """The photo, with a result of this band; the model says nothing of a kind it was not tested on."""

    def make(band: str) -> Photo:
        succeeded(photo.predictions.get(), {"low": 0.01, "unclear": 0.05, "raised": 0.3}[band], band)
        return Photo.objects.get(pk=photo.pk)

    return make


def pages(photo: Photo) -> list[str]:
    prediction = photo.predictions.latest("created_at")
    return [reverse("prediction", args=[prediction.pk]), reverse("photo", args=[photo.pk])]


# The photo and its result ----------------------------------------------------------------------


@pytest.mark.parametrize("recommendation", WORDS)
def test_photo_and_result_say_when_a_clinician_looked_and_what_to_do(owner_client, judged, recommendation):
    photo = judged("low")
    looked(photo, recommendation, closed_at=DAY, note="Looks like a seborrhoeic keratosis.")
    for page in pages(photo):
        found = text(owner_client.get(page))
        assert SAYS.format(WORDS[recommendation]) in found
        said = found[found.index('id="review"') :].partition("</section>")[0]
        for telling in ("harmless", "benign", "nevus", "melanoma", "%", "keratosis", "reader@"):
            assert telling not in said, telling
        assert "doctor" in said


@pytest.mark.parametrize("recommendation", ["nothing", "rephotograph"])
def test_nothing_for_now_is_no_all_clear(owner_client, judged, recommendation):
    photo = judged("low")
    looked(photo, recommendation)
    for page in pages(photo):
        found = text(owner_client.get(page))
        assert "changes, itches, bleeds or worries you" in found
        assert "show it to a doctor." in found


def test_while_a_case_is_open_nothing_is_promised(owner_client, judged):
    photo = judged("raised")
    open_case(photo=photo, prediction=photo.latest_prediction, why="raised")
    addresses = [*pages(photo), reverse("mole", args=[photo.mole_id]), reverse("mole-list")]
    for page in addresses:
        assert "clinician" not in text(owner_client.get(page)).lower()
    assert owner_client.get(f"/api/v1/photos/{photo.pk}/").json()["review"] is None
    for page in (reverse("help"), reverse("privacy")):
        assert "A photo may be looked at by a clinician of this site" in text(owner_client.get(page))


@pytest.mark.parametrize("recommendation", ["see_doctor", "urgent"])
@pytest.mark.parametrize("band", ["low", "unclear", "raised"])
def test_a_doctor_stands_above_every_band_as_an_alarm(owner_client, judged, recommendation, band):
    photo = judged(band)
    looked(photo, recommendation)
    for page in pages(photo):
        found = text(owner_client.get(page))
        assert '<section class="caution alarm review"' in found
        assert found.index('id="review"') < re.search(rf'class="band (band-lg )?band-{band}"', found).start()
        assert "The more careful word counts" not in found
    result = text(owner_client.get(pages(photo)[0]))
    next_step = result[result.index('id="next"') :]
    assert ("Keep watching" in next_step, "three months" in next_step) == (False, False)


@pytest.mark.parametrize("recommendation", ["nothing", "rephotograph"])
@pytest.mark.parametrize(
    ("band", "symptoms", "leads"),
    [
        ("low", [], True),
        ("unclear", [], False),
        ("raised", [], False),
        ("low", ["bleeding"], False),
        ("raised", ["itch"], False),
    ],
)
def test_the_more_careful_of_clinician_prediction_and_symptoms_leads(
    owner_client, judged, recommendation, band, symptoms, leads
):
    Photo.objects.update(symptoms=symptoms)
    photo = judged(band)
    looked(photo, recommendation)
    result = text(owner_client.get(pages(photo)[0]))
    assert (result.index('id="review"') < result.index('class="band band-lg')) == leads
    details = text(owner_client.get(pages(photo)[1]))
    assert (details.index('id="review"') < details.index('id="predictions"')) == leads
    for found in (result, details):
        assert ("The more careful word counts" in found) != leads
    if symptoms:
        assert "whatever the number says" in result
        assert result.index("whatever the number says") < result.index('id="review"')


def test_a_photo_that_could_not_be_judged_shows_it_too(owner_client, photo):
    Prediction.objects.update(
        status="rejected", reason_code="too_dark", reason="Too dark.", finished_at=timezone.now()
    )
    looked(photo, "urgent", closed_at=DAY)
    for page in pages(photo):
        assert SAYS.format("see a doctor soon") in text(owner_client.get(page))


def test_the_last_word_leads_and_earlier_ones_stay_in_view(owner_client, judged):
    photo = judged("low")
    looked(photo, "urgent", closed_at=DAY - timedelta(days=2))
    looked(photo, "nothing", closed_at=DAY)
    for page in pages(photo):
        found = text(owner_client.get(page))
        assert SAYS.format("nothing for now") in found
        assert "Before that, on 1 May 2026: see a doctor soon." in found


def test_the_day_is_that_of_the_accounts_time_zone(owner_client, owner, judged):
    photo = judged("low")
    looked(photo, "nothing", closed_at=datetime(2026, 5, 2, 23, tzinfo=UTC))
    type(owner).objects.update(time_zone="Europe/Berlin")
    assert SAYS.format("nothing for now") in text(owner_client.get(pages(photo)[1]))


# The mole, its report, lists -------------------------------------------------------------------


def test_mole_report_and_shared_link_name_each_photo_that_was_looked_at(
    owner_client, anonymous_client, owner, judged
):
    photo = judged("low")
    Photo.objects.update(taken_at=datetime(2026, 5, 1, 12, tzinfo=UTC))
    looked(photo, "see_doctor", closed_at=DAY)
    mole = photo.mole
    token = create_share(owner=owner, moles=[mole]).token
    words = "a clinician looked at it on 3 May 2026 and recommends: <strong>see a doctor</strong>."
    for client, page in (
        (owner_client, reverse("mole", args=[mole.pk])),
        (owner_client, reverse("mole-report", args=[mole.pk])),
        (owner_client, reverse("profile-report", args=[mole.profile_id])),
        (anonymous_client, reverse("shared", args=[token])),
    ):
        found = text(client.get(page))
        assert "Photo of 1 May 2026" in found
        assert words in found
        assert "caution alarm review" in found
        assert "Another photo is no substitute." in found


def test_nothing_for_now_stands_below_the_photos_with_its_caveat(owner_client, judged):
    photo = judged("raised")
    looked(photo, "nothing")
    found = text(owner_client.get(reverse("mole", args=[photo.mole_id])))
    assert "caution alarm review" not in found
    assert found.index("band-raised") < found.index('id="reviews"')
    assert "None of this is an all-clear" in found
    report = text(owner_client.get(reverse("mole-report", args=[photo.mole_id])))
    assert report.index("band-raised") < report.index("None of this is an all-clear")


def test_lists_name_a_doctor_and_never_that_nothing_is_to_be_done(owner_client, judged, make_photo):
    photo, quick = judged("low"), make_photo()
    for one in (photo, quick):
        looked(one, "urgent")
    mole, checks = reverse("mole", args=[photo.mole_id]), reverse("photo-list")
    for page, count in ((mole, 1), (checks, 1), (reverse("mole-list"), 2)):
        assert text(owner_client.get(page)).count("Clinician: see a doctor soon") == count
    for one in (photo, quick):
        looked(one, "nothing")
    for page in (mole, checks, reverse("mole-list")):
        found = text(owner_client.get(page))
        assert "Clinician: " not in found
    assert "A clinician has looked</span>" in text(owner_client.get(checks))


@pytest.mark.parametrize(
    ("later_of", "still"),
    [("same", False), ("newer", False), ("older", True)],
)
def test_a_mole_is_sent_to_a_doctor_until_less_is_said_of_the_same_or_a_newer_photo(
    owner_client, mole, make_photo, later_of, still
):
    days = {"older": 60, "same": 30, "newer": 1}
    photos = {
        name: make_photo(mole=mole, taken_at=timezone.now() - timedelta(days=ago))
        for name, ago in days.items()
    }
    looked(photos["same"], "see_doctor", closed_at=DAY)
    looked(photos[later_of], "nothing", closed_at=DAY + timedelta(days=1))
    assert Case.objects.calling().exists() == still
    assert ("Clinician: see a doctor" in text(owner_client.get(reverse("mole-list")))) == still
    alarm = "caution alarm review" in text(owner_client.get(reverse("mole", args=[mole.pk])))
    assert alarm == still


def test_what_is_deleted_is_said_no_more(owner_client, mole, make_photo):
    photo = make_photo(mole=mole)
    looked(photo, "urgent")
    Photo.objects.update(deleted_at=timezone.now())
    for page in (reverse("mole-list"), reverse("mole", args=[mole.pk])):
        assert "linician" not in text(owner_client.get(page))


def test_reviews_cost_no_more_queries_however_many(owner_client, anonymous_client, owner, mole, make_photo):
    def fill(number: int) -> None:
        other = create_mole(owner=owner, name=f"mole {number}")
        for one in (make_photo(mole=mole), make_photo(mole=other), make_photo()):
            looked(one, "see_doctor")
            looked(one, "urgent")

    fill(0)
    photo = Photo.objects.filter(mole=mole).first()
    token = create_share(owner=owner, moles=[mole]).token
    site = [
        *pages(photo),
        reverse("mole", args=[mole.pk]),
        reverse("mole-list"),
        reverse("photo-list"),
        reverse("mole-report", args=[mole.pk]),
        reverse("profile-report", args=[mole.profile_id]),
        reverse("photo-mismatch", args=[photo.pk]),
    ]
    api = ["/api/v1/photos/", "/api/v1/moles/", f"/api/v1/photos/{photo.pk}/predictions/"]
    shared = reverse("shared", args=[token])

    def queries() -> dict[str, int]:
        counts = {url: queries_of(owner_client, url) for url in [*site, *api]}
        return counts | {shared: queries_of(anonymous_client, shared)}

    before = queries()
    for number in range(1, 4):
        fill(number)
    assert queries() == before
    assert {url: number for url, number in before.items() if number > 12 and url not in api} == {}


# The API ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("recommendation", WORDS)
def test_the_api_says_when_and_what_and_no_more(owner_client, judged, recommendation):
    photo = judged("low")
    looked(photo, recommendation, closed_at=DAY)
    expected = {"closed_at": "2026-05-03T12:00:00Z", "recommendation": recommendation}
    assert owner_client.get(f"/api/v1/photos/{photo.pk}/").json()["review"] == expected
    (listed,) = owner_client.get("/api/v1/photos/").json()["results"]
    assert listed["review"] == expected


def test_advice_begins_with_a_doctor_and_no_band_says_less(owner_client, judged):
    low = judged("low")
    keep_watching = advice_for(low.latest_prediction)
    looked(low, "nothing")
    assert advice_for(Prediction.objects.get()) == keep_watching
    looked(low, "urgent")
    said = advice_for(Prediction.objects.get())
    assert said.startswith("A clinician looked at this photo and recommends: see a doctor soon.")
    assert "Keep watching" not in said
    (mole,) = owner_client.get("/api/v1/moles/").json()["results"]
    assert mole["latest_prediction"]["advice"] == said
    Prediction.objects.update(band="raised")
    assert "Show this mole to a doctor soon." in advice_for(Prediction.objects.get())


def test_nobody_else_learns_of_it(another_client, judged):
    photo = judged("low")
    looked(photo, "urgent")
    assert [another_client.get(page).status_code for page in pages(photo)] == [404, 404]
    Mole.objects.create(owner=photo.owner, name="another")
    assert "linician" not in text(another_client.get(reverse("mole-list")))
