"""Model versions in the admin: operators alone, in two steps, and never unseen."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from diagnosis.models import Activation, Event, ModelVersion, ShadowPrediction
from diagnosis.models.version import current_version
from diagnosis.services import activate_version, add_version, retire_version, start_shadow
from tests.artifacts import VERSION
from tests.model_artifacts import NEW, cut_short, events, make_version
from tests.queries import queries_of
from tests.test_accounts_page import assert_nothing_inline
from tests.test_pages_moles import text

pytestmark = pytest.mark.django_db
LIST = "admin:diagnosis_modelversion_changelist"
ACTIONS = ("change", "activate", "retire", "shadow", "trial")


@pytest.fixture
def added(models_folder) -> ModelVersion:
    return add_version(version=NEW)


@pytest.fixture
def worse(models_folder, tiny_artifact) -> ModelVersion:
    make_version(models_folder, tiny_artifact, "tiny-3", auc=0.7, split="s-2")
    return add_version(version="tiny-3")


def url(action: str, row: ModelVersion | None = None) -> str:
    return reverse(f"admin:diagnosis_modelversion_{action}", args=[row.pk] if row else [])


def addresses(row: ModelVersion) -> list[str]:
    pages = [reverse(LIST), reverse("admin:diagnosis_activation_changelist"), url("rollback")]
    return pages + [url(action, row) for action in ACTIONS]


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_who_may_activate_versions_sees_or_changes_anything(
    method, added, senior, senior_client, operator_client, owner_client, anonymous_client, staff_client
):
    # To see or change the rows is not what counts.
    rights = ("view_modelversion", "change_modelversion", "view_activation")
    senior.user_permissions.set(Permission.objects.filter(codename__in=rights))
    for address in addresses(added):
        # A page to look at is posted to by nobody.
        looked_at = method == "post" and address == url("trial", added)
        assert getattr(senior_client, method)(address).status_code == (405 if looked_at else 403), address
        assert getattr(owner_client, method)(address, follow=True).status_code == 403
        assert getattr(anonymous_client, method)(address).status_code == 302
    assert events() == ["version.added"]
    for address in addresses(added):
        assert operator_client.get(address).status_code == 200, address
        assert staff_client.get(address).status_code == 200, address


def test_pages_have_nothing_inline_and_say_where_they_are(added, operator_client):
    for address in addresses(added):
        page = operator_client.get(address).content.decode()
        assert_nothing_inline(page)
        assert page.count("<h1") == 1
        assert 'class="breadcrumbs"' in page


def test_versions_are_added_changed_and_deleted_by_nobody(added, staff_client):
    activation = Activation.objects.create(version=added)
    for obj, name in ((added, "modelversion"), (activation, "activation")):
        page = reverse(f"admin:diagnosis_{name}_change", args=[obj.pk])
        assert staff_client.get(reverse(f"admin:diagnosis_{name}_add")).status_code == 403
        assert staff_client.post(page, {"version": "other", "reason": "x"}).status_code == 403
        delete = reverse(f"admin:diagnosis_{name}_delete", args=[obj.pk])
        assert staff_client.post(delete, {"post": "yes"}).status_code == 403
    assert ModelVersion.objects.get().version == NEW


@pytest.mark.parametrize("pk", ["0c5b2444-70a0-4932-980c-b4dc0d3f02b5", "nonsense"])
def test_a_version_that_is_not_there_is_404(pk, added, operator_client):
    assert operator_client.get(f"/admin/diagnosis/modelversion/{pk}/change/").status_code == 404
    assert (
        operator_client.get(f"/admin/diagnosis/modelversion/{pk}/activate/", follow=True).status_code == 404
    )


def test_the_list_shows_state_and_figures(added, worse, operator_client, models_folder):
    retire_version(version="tiny-3")
    page = text(operator_client.get(reverse(LIST)))
    assert f"Photos are judged by <strong>{VERSION}</strong>. The settings say so" in page
    cut_short(models_folder / NEW)
    page = text(operator_client.get(reverse(LIST)))
    rows = dict(re.findall(r'field-version"><a [^>]+>([^<]+)</a></th>(.*?)</tr>', page))
    assert ">known<" in rows[NEW]
    assert "0.810" in rows[NEW]
    assert "its SHA-256 is another" in rows[NEW]
    assert ">retired<" in rows["tiny-3"]
    assert "0.700" in rows["tiny-3"]


def test_a_longer_list_takes_no_more_queries(added, operator_client, models_folder, tiny_artifact):
    few = queries_of(operator_client, reverse(LIST))
    for number in range(3, 8):
        make_version(models_folder, tiny_artifact, f"tiny-{number}")
        add_version(version=f"tiny-{number}")
    assert queries_of(operator_client, reverse(LIST)) == few


def test_a_versions_page_shows_its_figures_beside_the_current_ones(added, operator_client):
    page = text(operator_client.get(url("change", added)))
    assert f"{VERSION} (current)" in page
    row = re.search(r"Validation: AUC, malignant against harmless</th>(.*?)</tr>", page)
    assert re.findall(r"<td>([^<]+)</td>", row[1]) == ["0.810 (0.700 to 0.900)", "0.800 (0.700 to 0.900)"]


def test_activating_takes_two_steps(added, operator_client):
    page = text(operator_client.get(url("activate", added)))
    assert "it is not worse on it" in page
    assert current_version() == VERSION
    answer = operator_client.post(url("activate", added), {"instead_of": VERSION, "reason": ""}, follow=True)
    assert f"Photos are judged by {NEW} from now on." in text(answer)
    assert current_version() == NEW
    event = Event.objects.get(action="version.activated")
    assert str(event.actor) == operator_client.session["_auth_user_id"]
    assert event.request_id


def test_what_speaks_against_it_is_shown_and_asks_for_a_reason(worse, operator_client):
    page = text(operator_client.get(url("activate", worse)))
    assert "The splits are not the same" in page
    assert "tiny-3 is worse on the validation part" in page
    assert re.search(r"<textarea[^>]* required", page)
    refused = operator_client.post(url("activate", worse), {"instead_of": VERSION, "reason": "  "})
    assert (refused.status_code, current_version()) == (422, VERSION)
    assert "Say why it is to be activated all the same." in text(refused)
    operator_client.post(url("activate", worse), {"instead_of": VERSION, "reason": "Faster."})
    assert (current_version(), Activation.objects.first().reason) == ("tiny-3", "Faster.")
    assert "Faster." in text(operator_client.get(reverse("admin:diagnosis_activation_changelist")))


def test_who_looked_at_an_older_state_is_told_and_loses_nothing_typed(added, worse, operator_client):
    activate_version(version=NEW)
    answer = operator_client.post(url("activate", worse), {"instead_of": VERSION, "reason": "Typed."})
    assert answer.status_code == 422
    page = text(answer)
    assert f"Meanwhile {NEW} has become the current version" in page
    assert ">Typed.</textarea>" in page
    assert f'name="instead_of" value="{NEW}"' in page
    assert current_version() == NEW


def test_one_that_can_not_be_used_says_why_and_has_no_button(added, operator_client, models_folder):
    cut_short(models_folder / NEW)
    page = text(operator_client.get(url("activate", added)))
    assert "its SHA-256 is another" in page
    assert 'name="instead_of"' not in page
    answer = operator_client.post(url("activate", added), {"instead_of": VERSION, "reason": "x"})
    assert (answer.status_code, current_version()) == (422, VERSION)


def test_retiring_a_trial_and_the_way_back_are_confirmed_first(added, operator_client):
    pages = [url("shadow", added), url("shadow", added)]
    for address, state in zip(pages, (True, False), strict=True):
        assert operator_client.get(address).status_code == 200
        added.refresh_from_db()
        assert added.shadow is not state
        operator_client.post(address)
        added.refresh_from_db()
        assert added.shadow is state
    assert operator_client.post(url("rollback"), {"instead_of": VERSION}).status_code == 422
    activate_version(version=NEW)
    assert f"Roll back to {VERSION}?" in text(operator_client.get(url("rollback")))
    assert f"Roll back to {VERSION}" in text(operator_client.get(reverse(LIST)))
    operator_client.post(url("rollback"), {"instead_of": NEW, "reason": "It declines too much."})
    assert (current_version(), Activation.objects.first().reason) == (VERSION, "It declines too much.")
    operator_client.post(url("retire", added))
    added.refresh_from_db()
    assert added.retired_at is not None
    said = ["shadow_stopped", "added", "activated", "rolled_back", "retired"]
    assert events()[-5:] == [f"version.{what}" for what in said]


def test_pressing_rollback_twice_rolls_back_once(added, operator_client):
    activate_version(version=NEW)
    first = operator_client.post(url("rollback"), {"instead_of": NEW})
    second = operator_client.post(url("rollback"), {"instead_of": NEW})
    assert (first.status_code, second.status_code, current_version()) == (302, 422, VERSION)


def test_one_on_trial_is_not_retired(added, operator_client):
    start_shadow(version=NEW)
    answer = operator_client.post(url("retire", added))
    assert answer.status_code == 422
    assert "End the trial first." in text(answer)


def test_the_trials_page_shows_both_versions_on_the_same_photos(added, operator_client, photo, succeeded):
    start_shadow(version=NEW)
    assert "What it said on trial" in text(operator_client.get(url("change", added)))
    prediction = photo.predictions.get()
    succeeded(prediction, 0.2, "low")
    ShadowPrediction.objects.create(
        prediction=prediction, version=added, status="succeeded", malignancy_probability=0.7, band="raised",
        finished_at=prediction.created_at,
    )  # fmt: skip
    page = text(operator_client.get(url("trial", added)))
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', page))
    assert rows["Photos with a number from both"] == "1"
    assert rows["Another band"] == "100.0%"
    assert rows["Mean difference of the malignancy probability (on trial minus current)"] == "0.500"
    assert "0 photos of malignant moles and 0 of harmless ones" in page
    assert queries_of(operator_client, url("trial", added)) <= 12
