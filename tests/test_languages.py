"""The site in each language: who gets which, and what no language may change."""

import html
import re
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from diagnosis import catalogues
from diagnosis.models import Mole, Photo, Prediction, User
from diagnosis.services import (
    REVIEWS,
    create_mole,
    create_profile,
    create_share,
    delete_mole,
    delete_photo,
    report_mismatch,
    stop_token,
)
from docs.screenshots import PUBLIC, private
from skinsite.language import language_of
from tests.conftest import PASSWORD
from tests.readings import looked
from tests.seen import SEEN, VERSION, write_manifest
from tests.test_translations import TEMPLATES, left_out

LANGUAGES = catalogues.languages()
# What a person reads or hears, and the tokens that differ each time.
TEXTS = {"aria-label", "alt", "title", "placeholder", "lang"}
TOKENS = ("csrfmiddlewaretoken", "idempotency_key")


@pytest.fixture
def pages(settings: Any, tmp_path: Any, owner: User, photo: Photo, make_photo: Any, succeeded: Any) -> Any:
    """Every page, of a mole with two measured photos, a pin and a share; and the pages nobody links to."""
    settings.MODEL_FOLDER, settings.MODEL_VERSION = write_manifest(tmp_path / "models"), VERSION
    settings.PREVALENCE = 0.025
    mole = photo.mole
    Mole.objects.filter(pk=mole.pk).update(body_view="back", body_x=0.415, body_y=0.25, notes="Since May.")
    # Made in this order, the first is the earlier one.
    for number, one in enumerate((photo, make_photo(mole=mole, photo_kind=Photo.Kind.DERMATOSCOPIC))):
        succeeded(one.latest_prediction, 0.3125 + number / 8, "raised")
        seen = SEEN | {"measurements": SEEN["measurements"] | {"diameter": 0.43 + number / 10}}
        Prediction.objects.filter(photo=one).update(model_version=VERSION, **seen)
    father = create_profile(owner=owner, name="Anton", birth_year=1950)
    quick = make_photo(photo_kind=Photo.Kind.CLINICAL)
    Photo.objects.filter(pk=quick.pk).update(crop_x=0.41, crop_size=0.73)
    blurred = Prediction.objects.create(photo=quick)
    Prediction.objects.filter(pk=blurred.pk).update(
        status="rejected",
        reason_code="blurred",
        reason="The photo is too blurred to be judged.",
        advice="Hold the camera still, let it focus on the mole, and take the photo again.",
        model_version=VERSION,
        finished_at=blurred.created_at,
    )
    others = {
        "waiting": reverse("prediction", args=[quick.predictions.last().pk]),
        "rejected": reverse("prediction", args=[blurred.pk]),
        "share": reverse("shared", args=[create_share(owner=owner, moles=[mole]).token]),
        "quick": reverse("photo", args=[quick.pk]),
        "quick-checks": reverse("photo-list"),
    }
    old_mole, old_photo = create_mole(owner=owner, name="Old spot"), make_photo()
    delete_mole(mole=old_mole)
    delete_photo(photo=old_photo)
    report_mismatch(photo=photo, kind="histology", outcome="malignant", diagnosis="bcc")
    looked(photo, "urgent")
    looked(quick, "nothing")
    stop = stop_token(owner), stop_token(owner, REVIEWS)
    ids = (mole.pk, photo.pk, photo.latest_prediction.pk, mole.profile_id, father.pk, *stop)
    return PUBLIC | private(*ids, old_mole.pk, old_photo.pk) | others


@pytest.fixture
def reader(owner: User) -> Client:
    """Logged in, and the password given once more."""
    client = Client()
    client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def read(client: Client, address: str, language: str) -> str:
    """What is there for everybody is read as nobody in particular does."""
    client = Client() if address in PUBLIC.values() else client
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code in (200, 404), address
    assert response["Content-Language"] == language
    return response.content.decode()


def text(page: str) -> str:
    """What a person reads. The model card is there in English alone, and says so."""
    page = re.sub(r'<div lang="en">.*?</div></section>', "", page, flags=re.DOTALL)
    spoken = " ".join(re.findall(r'(?:alt|title|aria-label)="([^"]*)"', page))
    return " ".join(html.unescape(f"{re.sub(r'<[^>]*>', ' ', page)} {spoken}").split())


def english() -> set[str]:
    """The pieces of all sentences that are marked, between their tags and placeholders."""
    messages = [message.id for message in catalogues.extract() if message.id]
    forms = {form for one in messages for form in (one if isinstance(one, tuple) else (one,))}
    pieces = {piece for form in forms for piece in re.split(r"%\(\w+\)s|\{\w+\}|<[^>]*>", form)}
    pieces = {" ".join(piece.replace("%%", "%").split()) for piece in pieces if len(piece.split()) >= 5}
    # What is written in English alone says some of them too.
    unmarked = " ".join(" ".join(path.read_text() for path in TEMPLATES if left_out(path)).split())
    return {piece for piece in pieces if piece not in unmarked}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_its_readers_language(pages: dict[str, str], reader: Client, language: str) -> None:
    sentences = english()
    assert len(sentences) > 300
    for name, address in pages.items():
        page = read(reader, address, language)
        assert f'<html lang="{language}"' in page, name
        shown = text(page)
        assert [sentence for sentence in sentences if sentence in shown] == [], name


def attributes(page: str) -> list[tuple[str, str]]:
    """All that machines read of a page: its tags' attributes, without those that are read to people."""
    page = re.sub(r'<form class="languages".*?</form>', "", page, flags=re.DOTALL)
    tags = [tag for tag in re.findall(r"<\w[^>]*>", page) if not any(token in tag for token in TOKENS)]
    # A session is seen anew by each request; how its moment is written is what counts.
    pairs = [
        (name, re.sub(r"\d", "0", value) if name == "datetime" else value)
        for tag in tags
        for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)
    ]
    # A script's sentences stand in data attributes, as words; its figures do not.
    return [
        (name, value) for name, value in pairs if name not in TEXTS and not re.search("[a-z]{2} [a-z]", value)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_changes_what_machines_read(pages: dict[str, str], reader: Client, language: str) -> None:
    for name, address in pages.items():
        here, there = (attributes(read(reader, address, code)) for code in ("en", language))
        assert [pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]] == [], name


def test_a_localised_coordinate_would_be_noticed() -> None:
    assert attributes('<circle cx="12.5">') != attributes('<circle cx="12,5">')
    assert attributes('<p aria-label="A mole">') == attributes('<p aria-label="Ein Muttermal">')


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["31%", "6.8%", "2.5 in 100", "about 31 in 100"]),
        ("de", ["31 %", "6,8 %", "2,5 von 100", "etwa 31 von 100"]),
        ("es", ["31 %", "6,8 %", "2,5 de cada 100", "cerca de 31 de cada 100"]),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(
    pages: dict[str, str], reader: Client, language: str, expected: list[str]
) -> None:
    shown = text(read(reader, pages["prediction"], language))
    assert [number for number in expected if number not in shown] == []


@pytest.mark.parametrize(
    ("language", "day"), [("en", "24 May 2026"), ("de", "24. Mai 2026"), ("es", "24 de mayo de 2026")]
)
def test_days_are_written_as_the_reader_writes_them(
    photo: Photo, owner_client: Client, language: str, day: str
) -> None:
    Photo.objects.update(taken_at="2026-05-24T09:00Z")
    address = reverse("prediction", args=[photo.latest_prediction.pk])
    assert day in text(read(owner_client, address, language))


# Who gets which --------------------------------------------------------------------------------


def test_the_browsers_language_is_the_default_and_the_switch_outlasts_it(anonymous_client: Client) -> None:
    german = {"Accept-Language": "fr-FR, de-AT;q=0.8, en;q=0.5"}
    response = anonymous_client.get("/help/", headers=german)
    assert '<html lang="de"' in response.content.decode()
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))
    chosen = anonymous_client.post("/language/", {"language": "es", "next": "/help/"}, headers=german)
    assert (chosen.status_code, chosen["Location"]) == (302, "/help/")
    cookie = chosen.cookies[site.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("es", "Lax", True)
    page = anonymous_client.get("/help/", headers=german).content.decode()
    assert '<html lang="es"' in page
    assert re.search(r'value="es" lang="es" aria-current="true"', page)


def test_a_language_that_is_not_spoken_is_english(anonymous_client: Client) -> None:
    for headers in ({"Accept-Language": "fr"}, {"Accept-Language": "*"}, {"Accept-Language": "x" * 5000}, {}):
        assert '<html lang="en"' in anonymous_client.get("/", headers=headers).content.decode()
    for cookie in ("fr", "../../etc"):
        anonymous_client.cookies[site.LANGUAGE_COOKIE_NAME] = cookie
        assert '<html lang="en"' in anonymous_client.get("/").content.decode()


def test_the_switch_leads_to_this_site_alone_and_needs_its_token() -> None:
    away = Client().post("/language/", {"language": "de", "next": "https://evil.example/"})
    assert away["Location"] == "/"
    assert Client(enforce_csrf_checks=True).post("/language/", {"language": "de"}).status_code == 403


def test_what_a_person_stored_comes_first(owner: User) -> None:
    request = RequestFactory().get("/", headers={"Accept-Language": "es"})
    request.user = owner
    assert language_of(request) == "es"
    for stored, language in (("de", "de"), ("", "es"), ("xx", "es")):
        owner.language = stored
        assert language_of(request) == language


def test_after_an_answer_the_thread_speaks_english_again(anonymous_client: Client) -> None:
    anonymous_client.get("/", headers={"Accept-Language": "de"})
    assert translation.get_language() == "en"


def test_a_body_that_is_refused_unread_is_refused_in_the_readers_language(owner_client: Client) -> None:
    german = {"Accept-Language": "de"}
    body = b"x" * (site.MAX_BODY_BYTES + 1)
    page = owner_client.post("/check/", body, "multipart/form-data", headers=german)
    assert page.status_code == 413
    assert "Das Foto ist größer als 15 MB, oder mehrere sind es zusammen." in page.content.decode()
    answer = owner_client.post("/api/v1/photos/", body, "multipart/form-data", headers=german)
    assert answer.json()["error"]["code"] == "too_large"
    assert answer.json()["error"]["message"].startswith(
        "Das Foto ist größer als 15 MB, oder mehrere sind es zusammen."
    )


def test_the_page_of_our_own_faults_is_translated(owner_client: Client, monkeypatch: Any) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("diagnosis.pages.moles.RegisterForm", fail)
    owner_client.raise_request_exception = False
    page = owner_client.get("/moles/", headers={"Accept-Language": "de"})
    assert page.status_code == 500
    assert '<html lang="de"' in page.content.decode()
    assert "der Fehler liegt bei uns" in page.content.decode()


# The API ---------------------------------------------------------------------------------------


def test_the_api_changes_its_sentences_and_nothing_else(pages: dict[str, str], reader: Client) -> None:
    answers = {}
    for language in ("en", *LANGUAGES):
        headers = {"Accept-Language": language}
        moles = reader.get("/api/v1/moles/", headers=headers).json()["results"]
        photos = reader.get("/api/v1/photos/", headers=headers).json()["results"]
        answers[language] = [
            *(mole["latest_prediction"] for mole in moles),
            *(one["prediction"] for one in photos),
        ]
    for language in LANGUAGES:
        for here, there in zip(answers["en"], answers[language], strict=True):
            differ = {key for key in here if here[key] != there[key]}
            assert differ == {key for key in ("reason", "advice") if here[key]}


def test_the_apis_errors_keep_their_codes(owner_client: Client, mole: Mole) -> None:
    errors = [
        owner_client.patch(
            f"/api/v1/moles/{mole.pk}/",
            {"body_view": "front", "body_x": 0.01, "body_y": 0.01},
            "application/json",
            headers={"Accept-Language": language},
        ).json()["error"]
        for language in ("en", "de")
    ]
    assert [error["code"] for error in errors] == ["invalid", "invalid"]
    assert [error["message"] for error in errors] == [
        "body_x: This point is beside the body. Place the pin on the figure.",
        "body_x: Dieser Punkt liegt neben dem Körper. Setzen Sie die Markierung auf die Figur.",
    ]


def test_the_apis_description_is_english_for_everybody(anonymous_client: Client) -> None:
    schemas = [
        anonymous_client.get("/api/v1/schema/", headers={"Accept-Language": language}).content
        for language in ("en", "de")
    ]
    assert schemas[0] == schemas[1]
