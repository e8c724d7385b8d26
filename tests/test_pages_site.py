"""The front page, the model's page, the error pages, and what holds for every page."""

import json
import re

import pytest
from django.conf import settings as site
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from diagnosis.pages.markdown import to_html
from ml.artifact import LOW_SENSITIVITY, RAISED_SENSITIVITY
from ml.manifest import REQUIRED

RAISED = {"sensitivity": 0.944, "specificity": 0.578, "ppv": 0.35, "melanoma_sensitivity": 0.93}
LOW = {"sensitivity": 0.987, "specificity": 0.39, "ppv": 0.28, "melanoma_sensitivity": 0.98}
PART = {
    "images": 1512,
    "lesions": 1121,
    "prevalence": 0.2,
    "malignancy_auc": {"value": 0.883, "interval": [0.862, 0.903]},
    "at_raised": RAISED | {"threshold": 0.07},
    "at_low": LOW | {"threshold": 0.03},
    "ece": {"value": 0.021, "interval": [0.015, 0.034]},
}


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def model(settings, tmp_path):
    """A manifest with these metrics as the site's model."""

    def make(metrics, card="# Card\nIt is **no** doctor."):
        settings.MODEL_FOLDER, settings.MODEL_VERSION = tmp_path / "models", "m-1"
        folder = settings.MODEL_FOLDER / "m-1"
        folder.mkdir(parents=True)
        data = {key: {} for key in REQUIRED} | {"version": "m-1", "licence": "CC BY-NC 4.0"}
        (folder / "manifest.json").write_text(json.dumps(data | {"metrics": metrics}))
        if card:
            (folder / "MODEL_CARD.md").write_text(card)

    return make


def test_the_front_page_says_how_good_it_is_and_that_it_is_no_diagnosis(anonymous_client, model):
    model({"test": PART, "validation": PART})
    page = text(anonymous_client.get("/"))
    assert "Of 100 photos of malignant moles it flagged 94." in page
    assert "Of 100 photos of harmless ones it also flagged 42." in page
    assert "88 of 100 such pairs (with 95% confidence between 86 and 90)" in page
    assert "This is not a diagnosis." in page


@pytest.mark.parametrize(
    "metrics", [{}, {"test": {}}, {"test": PART | {"at_raised": {"sensitivity": float("nan")}}}]
)
def test_without_whole_figures_the_front_page_shows_none(anonymous_client, model, metrics):
    model(metrics)
    response = anonymous_client.get("/")
    assert response.status_code == 200
    assert "How good is it?" not in text(response)


def test_the_help_says_when_to_see_a_doctor_and_how_the_bands_were_drawn(anonymous_client):
    page = text(anonymous_client.get(reverse("help")))
    assert page.index("When to see a doctor") < page.index("What the number means")
    assert f"{LOW_SENSITIVITY:.0%}".replace("%", " of 100 malignant moles of the photos") in page
    assert f"{RAISED_SENSITIVITY:.0%}".replace("%", " of 100 malignant moles lay here") in page
    contents = re.findall(r'href="#(\w+)"', page.partition("On this page")[2].partition("</nav>")[0])
    assert contents == re.findall(r'<h2 id="(\w+)"', page)


def test_every_page_leads_to_the_help(anonymous_client, owner_client):
    for client in (anonymous_client, owner_client):
        assert text(client.get("/")).count('href="/help/"') == 2  # header and footer


def test_the_models_page_shows_figures_licence_and_card(anonymous_client, model):
    model({"test": PART, "validation": PART})
    page = text(anonymous_client.get(reverse("about-model")))
    for words in (
        "m-1",
        "0.883 (0.862 to 0.903)",
        "94.4%",
        "1,121",
        "CC BY-NC 4.0",
        "It is <strong>no</strong>",
    ):
        assert words in page


def test_the_models_page_copes_without_figures_card_or_model(anonymous_client, model, settings):
    model({}, card="")
    assert "no figures to show" in text(anonymous_client.get(reverse("about-model")))
    settings.MODEL_VERSION = "gone"
    assert "is not installed" in text(anonymous_client.get(reverse("about-model")))
    assert anonymous_client.get("/").status_code == 200


def test_a_card_is_rendered_and_its_tags_are_not():
    html = to_html("# A\ntext `x`\n\n- **b**\n- <script>\n\n| h | i |\n| --- | --- |\n| 1 | 2 & 3 |\n\n## B")
    assert "<h2>A</h2>\n<p>text <code>x</code></p>" in html
    assert "<ul><li><strong>b</strong></li><li>&lt;script&gt;</li></ul>" in html
    assert '<th scope="col">h</th>' in html
    assert "<td>2 &amp; 3</td>" in html
    assert "<h3>B</h3>" in html


def test_what_is_not_there_is_a_friendly_404(owner_client):
    response = owner_client.get("/nothing/")
    assert response.status_code == 404
    assert "There is nothing here" in text(response)


def test_a_form_without_its_token_is_explained(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    response = client.post(reverse("mole-add"), {"name": "chin"})
    assert response.status_code == 403
    assert "This form was open too long" in text(response)


def test_the_page_for_our_own_faults_needs_no_context():
    page = get_template("500.html").render()
    assert "the fault is ours" in page
    assert f"{site.STATIC_URL}css/site.css" in page


def test_the_page_for_forbidden_renders(rf):
    assert "You can’t open this page" in get_template("403.html").render({}, rf.get("/"))


def _every_page(owner_client, anonymous_client, mole, photo):
    prediction = photo.latest_prediction
    for name in ("home", "about-model"):
        yield anonymous_client.get(reverse(name))
    for name in ("home", "mole-list", "mole-add", "quick-check", "photo-list"):
        yield owner_client.get(reverse(name))
    for name in ("mole", "mole-edit", "mole-delete", "photo-add"):
        yield owner_client.get(reverse(name, args=[mole.pk]))
    for name in ("photo", "photo-delete"):
        yield owner_client.get(reverse(name, args=[photo.pk]))
    yield owner_client.get(reverse("prediction", args=[prediction.pk]))
    yield owner_client.get("/nothing/")


def test_every_page_has_a_strict_policy_and_nothing_inline(
    owner_client, anonymous_client, mole, photo, succeeded
):
    succeeded(photo.latest_prediction, 0.34, "raised")
    pages = list(_every_page(owner_client, anonymous_client, mole, photo))
    assert len(pages) == 15
    for response in pages:
        assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
        page = response.content.decode()
        assert not re.search(r"<script(?![^>]* src=)", page), "an inline script"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), "an inline style or handler"
        assert not re.search(r"(src|href)=\"(https?:)?//", page), "something from another host"


def test_every_page_has_a_title_a_language_one_heading_and_a_skip_link(
    owner_client, anonymous_client, mole, photo
):
    for response in _every_page(owner_client, anonymous_client, mole, photo):
        page = response.content.decode()
        assert '<html lang="en"' in page
        assert re.search(r"<title>\S.*</title>", page)
        assert page.count("<h1") == 1
        assert 'class="skip-link" href="#content"' in page
        assert "This is not a diagnosis." in page


def test_logging_out_is_a_form_that_is_posted(owner_client):
    page = text(owner_client.get("/"))
    assert f'<form method="post" action="{reverse("account_logout")}">' in page
