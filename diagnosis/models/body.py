"""The body map: one figure for front and back, and the places on it that have names.

Points are fractions of the picture's width and height. A person's right is on the left of the
picture from the front and on its right from the back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

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
    """A named place: its key, its name for people, where it is, and the body site it belongs to."""

    key: str
    name: str
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
# Name, distance from the centre line, height, site. A name with braces is one on each side.
_PLACES = {
    Mole.BodyView.FRONT: (
        ("face", 0, 30, _HEAD), ("front of the neck", 0, 62, _HEAD), ("{} shoulder", 33, 83, _ARM),
        ("{} side of the chest", 16, 100, _FRONT), ("upper belly", 0, 136, _FRONT),
        ("lower belly", 0, 180, _FRONT), ("{} side of the trunk", 27, 150, _SIDE),
        ("{} upper arm", 44, 112, _ARM), ("inside of the {} elbow", 51, 150, _ARM),
        ("{} forearm", 58, 182, _ARM), ("{} hand", 70, 228, _ARM), ("{} thigh", 19, 240, _LEG),
        ("{} knee", 17, 286, _LEG), ("{} shin", 18, 330, _LEG), ("{} foot", 16, 402, _LEG),
    ),
    Mole.BodyView.BACK: (
        ("back of the head", 0, 30, _HEAD), ("nape of the neck", 0, 62, _HEAD),
        ("back of the {} shoulder", 33, 83, _ARM), ("{} shoulder blade", 17, 104, _BACK),
        ("middle of the back", 0, 132, _BACK), ("lower back", 0, 166, _BACK), ("{} buttock", 17, 202, _BACK),
        ("back of the {} upper arm", 44, 112, _ARM), ("{} elbow", 51, 150, _ARM),
        ("back of the {} forearm", 58, 182, _ARM), ("back of the {} hand", 70, 228, _ARM),
        ("back of the {} thigh", 19, 240, _LEG), ("hollow of the {} knee", 17, 286, _LEG),
        ("{} calf", 18, 330, _LEG), ("{} heel", 15, 402, _LEG),
    ),
}  # fmt: skip


def _places() -> Iterator[Place]:
    for view, rows in _PLACES.items():
        # The side of the picture on which the person's right is.
        right = -1 if view == Mole.BodyView.FRONT else 1
        for name, distance, height, site in rows:
            for side, sign in (("right", right), ("left", -right)) if distance else (("", 0),):
                named = name.format(side)
                x = (CENTRE + sign * distance) / WIDTH
                key = f"{view} {named}".replace(" ", "-")
                yield Place(key, named, view, x, height / HEIGHT, site)


PLACES = {place.key: place for place in _places()}


def on_body(x: float, y: float) -> bool:
    """Whether a point lies inside the figure: how often a ray from it crosses the outline."""
    px, py, inside = x * WIDTH, y * HEIGHT, False
    for (x0, y0), (x1, y1) in zip(OUTLINE, OUTLINE[1:] + OUTLINE[:1], strict=True):
        if (y0 > py) != (y1 > py) and px < x0 + (py - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside


def nearest_place(view: str, x: float, y: float) -> Place:
    """The named place whose middle is nearest to a point. Raises `ValueError` for a view there is not."""
    seen = Mole.BodyView(view)
    places = [place for place in PLACES.values() if place.view == seen]
    return min(places, key=lambda place: hypot((place.x - x) * WIDTH, (place.y - y) * HEIGHT))
