"""The body map: one figure for front and back, and the places on it that have names.

Points are fractions of the picture's width and height. A person's right is on the left of the
picture from the front and on its right from the back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import hypot

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from diagnosis.models.mole import Mole

WIDTH, HEIGHT = 200, 420
CENTRE = WIDTH / 2
# The right half of the figure, from the top of the head down the outer side to the crotch: how far
# from the centre line, and how far down.
_HALF = (
    (0, 8), (11, 10), (18, 17), (20, 28), (18, 41), (13, 51), (10, 55), (10, 64), (16, 70), (30, 75),
    (40, 81), (46, 92), (50, 110), (54, 130), (58, 150), (62, 170), (66, 190), (70, 206), (75, 216),
    (78, 228), (76, 241), (70, 246), (65, 240), (63, 226), (61, 212), (56, 194), (50, 172), (45, 150),
    (40, 130), (36, 108), (34, 122), (31, 140), (29, 156), (31, 172), (35, 190), (37, 212), (35, 238),
    (31, 264), (28, 284), (29, 304), (29, 324), (25, 350), (21, 376), (22, 388), (28, 400), (28, 408),
    (14, 411), (8, 406), (8, 392), (7, 376), (7, 350), (8, 324), (7, 302), (6, 284), (5, 260), (3, 236),
    (0, 214),
)  # fmt: skip
OUTLINE = tuple((CENTRE + x, y) for x, y in _HALF) + tuple((CENTRE - x, y) for x, y in _HALF[-2:0:-1])


@dataclass(frozen=True)
class Place:
    """A named place: its key, its name in the reader's language, where it is, and its body site."""

    key: str
    name: str | Promise
    view: Mole.BodyView
    x: float
    y: float
    site: Mole.BodySite


_HEAD, _ARM, _LEG = Mole.BodySite.HEAD_NECK, Mole.BodySite.UPPER_EXTREMITY, Mole.BodySite.LOWER_EXTREMITY
_FRONT, _BACK, _SIDE = (
    Mole.BodySite.ANTERIOR_TORSO,
    Mole.BodySite.POSTERIOR_TORSO,
    Mole.BodySite.LATERAL_TORSO,
)
# Names, distance from the centre line, height, site. What is not on the centre line is there twice, on the
# person's right and left.
_PLACES = {
    Mole.BodyView.FRONT: (
        ((_("face"),), 0, 30, _HEAD),
        ((_("front of the neck"),), 0, 62, _HEAD),
        ((_("right shoulder"), _("left shoulder")), 33, 83, _ARM),
        ((_("right side of the chest"), _("left side of the chest")), 16, 100, _FRONT),
        ((_("upper belly"),), 0, 136, _FRONT),
        ((_("lower belly"),), 0, 180, _FRONT),
        ((_("right side of the trunk"), _("left side of the trunk")), 27, 150, _SIDE),
        ((_("right upper arm"), _("left upper arm")), 44, 112, _ARM),
        ((_("inside of the right elbow"), _("inside of the left elbow")), 51, 150, _ARM),
        ((_("right forearm"), _("left forearm")), 58, 182, _ARM),
        ((_("right hand"), _("left hand")), 70, 228, _ARM),
        ((_("right thigh"), _("left thigh")), 19, 240, _LEG),
        ((_("right knee"), _("left knee")), 17, 286, _LEG),
        ((_("right shin"), _("left shin")), 18, 330, _LEG),
        ((_("right foot"), _("left foot")), 16, 402, _LEG),
    ),
    Mole.BodyView.BACK: (
        ((_("back of the head"),), 0, 30, _HEAD),
        ((_("nape of the neck"),), 0, 62, _HEAD),
        ((_("back of the right shoulder"), _("back of the left shoulder")), 33, 83, _ARM),
        ((_("right shoulder blade"), _("left shoulder blade")), 17, 104, _BACK),
        ((_("middle of the back"),), 0, 132, _BACK),
        ((_("lower back"),), 0, 166, _BACK),
        ((_("right buttock"), _("left buttock")), 17, 202, _BACK),
        ((_("back of the right upper arm"), _("back of the left upper arm")), 44, 112, _ARM),
        ((_("right elbow"), _("left elbow")), 51, 150, _ARM),
        ((_("back of the right forearm"), _("back of the left forearm")), 58, 182, _ARM),
        ((_("back of the right hand"), _("back of the left hand")), 70, 228, _ARM),
        ((_("back of the right thigh"), _("back of the left thigh")), 19, 240, _LEG),
        ((_("hollow of the right knee"), _("hollow of the left knee")), 17, 286, _LEG),
        ((_("right calf"), _("left calf")), 18, 330, _LEG),
        ((_("right heel"), _("left heel")), 15, 402, _LEG),
    ),
}  # fmt: skip


def _places() -> Iterator[Place]:
    for view, rows in _PLACES.items():
        # The side of the picture on which the person's right is.
        right = -1 if view == Mole.BodyView.FRONT else 1
        for names, distance, height, site in rows:
            for name, sign in zip(names, (right, -right), strict=False):
                x = (CENTRE + sign * distance) / WIDTH
                key = f"{view} {name}".replace(" ", "-")
                yield Place(key, gettext_lazy(name), view, x, height / HEIGHT, site)


PLACES = {place.key: place for place in _places()}


def on_body(x: float, y: float) -> bool:
    """Whether a point lies inside the figure: how often a ray from it crosses the outline."""
    px, py, inside = x * WIDTH, y * HEIGHT, False
    for (x0, y0), (x1, y1) in zip(OUTLINE, OUTLINE[1:] + OUTLINE[:1], strict=True):
        if (y0 > py) != (y1 > py) and px < x0 + (py - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside


# A register's pins are looked up on each of its pages.
@lru_cache(maxsize=10_000)
def nearest_place(view: str, x: float, y: float) -> Place:
    """The named place whose middle is nearest to a point. Raises `ValueError` for a view there is not."""
    seen = Mole.BodyView(view)
    places = [place for place in PLACES.values() if place.view == seen]
    return min(places, key=lambda place: hypot((place.x - x) * WIDTH, (place.y - y) * HEIGHT))
