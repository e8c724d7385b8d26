"""The body map: its figure, its places, and the pins of moles on it."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from diagnosis.models import Mole
from diagnosis.models.body import HEIGHT, OUTLINE, PLACES, WIDTH, nearest_place, on_body
from diagnosis.services import create_mole, update_mole
from tests.test_pages_moles import text

BESIDE = {"body_view": "front", "body_x": 0.02, "body_y": 0.02}


def test_the_figure_lies_on_its_picture_and_is_the_same_on_both_sides():
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in OUTLINE)
    assert {(WIDTH - x, y) for x, y in OUTLINE} == set(OUTLINE)


@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [
        (0.5, 0.1, True),
        (0.5, 0.3, True),
        (0.5, 0.6, False),
        (0.59, 0.6, True),
        (0.7, 0.35, False),
        (0.02, 0.02, False),
    ],
)
def test_a_point_is_on_the_body_or_beside_it(x, y, inside):
    # Head, belly, between the legs, a thigh, between arm and trunk, a corner.
    assert on_body(x, y) is inside
    assert on_body(1 - x, y) is inside


def test_every_place_lies_on_the_body_and_is_the_nearest_to_itself():
    assert len(PLACES) == 52
    for place in PLACES.values():
        assert on_body(place.x, place.y), place.key
        assert nearest_place(place.view, place.x, place.y) == place


def test_right_and_left_are_the_persons_own():
    assert PLACES["front-right-shoulder"].x < 0.5 < PLACES["front-left-shoulder"].x
    assert PLACES["back-left-shoulder-blade"].x < 0.5 < PLACES["back-right-shoulder-blade"].x


def test_a_pin_beside_the_body_is_refused_and_nothing_changes(owner, mole):
    for attempt in (
        lambda: create_mole(owner=owner, name="a", **BESIDE),
        lambda: update_mole(mole=mole, **BESIDE),
    ):
        with pytest.raises(ValidationError, match="beside the body"):
            attempt()
    mole.refresh_from_db()
    assert (mole.body_view, mole.body_x) == ("", None)
    assert Mole.objects.count() == 1


def test_an_old_pin_beside_the_body_does_not_stop_other_changes(mole):
    Mole.objects.update(**BESIDE)
    mole.refresh_from_db()
    assert update_mole(mole=mole, name="renamed").name == "renamed"


# The page ------------------------------------------------------------------------------------


@pytest.fixture
def add(owner_client):
    def post(**data):
        return owner_client.post(reverse("mole-add"), {"name": "chin", "place": ""} | data)

    return post


def test_a_place_chosen_in_the_list_is_a_pin_and_says_the_body_site(add):
    add(place="back-left-shoulder-blade")
    mole, place = Mole.objects.get(), PLACES["back-left-shoulder-blade"]
    assert (mole.body_view, mole.body_x, mole.body_y) == ("back", place.x, place.y)
    assert (mole.body_site, mole.place) == ("posterior torso", "left shoulder blade")


def test_a_pin_moved_by_the_script_is_kept_where_it_is(add):
    add(place="front-face", body_view="front", body_x="0.52", body_y="0.09", body_site="head/neck")
    assert (Mole.objects.get().body_x, Mole.objects.get().body_y) == (0.52, 0.09)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BESIDE, "This point is beside the body. Place the pin on the figure."),
        (
            {"body_view": "front", "body_x": "x", "body_y": "0.5"},
            "The pin’s point is damaged. Place it again.",
        ),
        ({"body_view": "front"}, "Give body_view, body_x and body_y together"),
        ({"place": "moon"}, "Choose a place in the list."),
    ],
)
def test_a_bad_pin_is_refused_and_what_was_typed_stays(add, data, words):
    response = add(notes="since May", **data)
    assert response.status_code == 422
    assert words in text(response)
    assert "since May" in text(response)
    assert not Mole.objects.exists()


def test_another_place_in_the_list_moves_the_pin_and_none_takes_it_away(owner_client, mole):
    url = reverse("mole-edit", args=[mole.pk])
    here = PLACES["front-right-knee"]
    update_mole(mole=mole, body_view="front", body_x=here.x, body_y=here.y)
    shown = owner_client.get(url).content.decode()
    assert '<option value="front-right-knee" selected>' in shown
    kept = {"name": "knee", "body_view": "front", "body_x": here.x, "body_y": here.y}
    owner_client.post(url, kept | {"place": "back-left-calf"})
    mole.refresh_from_db()
    assert (mole.body_view, mole.place) == ("back", "left calf")
    there = PLACES["back-left-calf"]
    owner_client.post(url, kept | {"body_view": "back", "body_x": there.x, "body_y": there.y, "place": ""})
    mole.refresh_from_db()
    assert (mole.body_view, mole.body_x, mole.body_y) == ("", None, None)


def test_pins_lead_to_their_moles_each_on_its_own_side(owner_client, another, owner):
    places = {"a": "front-face", "b": "back-right-heel"}
    moles = {
        name: create_mole(
            owner=owner, name=name, body_view=PLACES[key].view, body_x=PLACES[key].x, body_y=PLACES[key].y
        )
        for name, key in places.items()
    }
    create_mole(owner=another, name="not mine", body_view="front", body_x=0.5, body_y=0.1)
    found = text(owner_client.get(reverse("mole-list")))
    front, back = re.findall(r'data-figure="(?:front|back)".*?</svg>', found)
    assert f'href="{reverse("mole", args=[moles["a"].pk])}" aria-label="a, face"' in front
    assert f'href="{reverse("mole", args=[moles["b"].pk])}" aria-label="b, right heel"' in back
    assert (front.count('class="pin"'), back.count('class="pin"')) == (1, 1)
    page = text(owner_client.get(reverse("mole", args=[moles["b"].pk])))
    assert 'data-figure="back"' in page
    assert 'data-figure="front"' not in page
