"""The body map as the pages draw it: the figure's line, and a pin for each mole that has a place."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Mole
from diagnosis.models.body import HEIGHT, OUTLINE, PLACES, WIDTH

GROUPS = {Mole.BodyView.FRONT: _("Seen from the front"), Mole.BodyView.BACK: _("Seen from behind")}


@dataclass(frozen=True)
class Figure:
    """One view of the body: its outline `path` and its `pins` on a picture of `width` by `height`."""

    view: str
    title: str
    path: str
    pins: list[tuple[Mole, float, float]]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def linked_pins(self) -> SafeString:
        """Each pin as a link to its mole, drawn without a template: a register has hundreds."""
        # Asking for each mole's address would take longer than all the rest.
        anyone = uuid.UUID(int=0)
        before, after = reverse("mole", args=[anyone]).split(str(anyone))
        return format_html_join(
            "",
            '<a href="{}{}{}" aria-label="{}, {}"><circle class="pin" cx="{}" cy="{}" r="6"/>'
            "<title>{}</title></a>",
            (
                (before, mole.pk, after, mole.name, mole.place, str(x), str(y), mole.name)
                for mole, x, y in self.pins
            ),
        )


def figures(moles: Iterable[Mole] = ()) -> list[Figure]:
    """Front and back, with the moles' pins, each on its own side alone."""
    placed = [mole for mole in moles if mole.body_x is not None and mole.body_y is not None]
    return [
        Figure(
            view=view.value,
            title=str(title),
            path=_path(),
            pins=[
                (mole, round((mole.body_x or 0) * WIDTH, 1), round((mole.body_y or 0) * HEIGHT, 1))
                for mole in placed
                if mole.body_view == view
            ],
        )
        for view, title in GROUPS.items()
    ]


def place_choices() -> list[tuple[str, object]]:
    """Every named place in a list, for those who choose without the picture."""
    groups = [
        (
            str(title),
            [(place.key, capfirst(str(place.name))) for place in PLACES.values() if place.view == view],
        )
        for view, title in GROUPS.items()
    ]
    return [("", gettext("Not on the map")), *groups]


def place_points() -> str:
    """Where the places of `place_choices` lie, as JSON for the script that moves the pin."""
    points = {place.key: {"view": place.view.value, "x": place.x, "y": place.y} for place in PLACES.values()}
    return json.dumps(points)


@cache
def _path() -> str:
    """The outline as one smooth closed line: a Catmull-Rom spline, written as Bezier curves."""
    count = len(OUTLINE)
    first = OUTLINE[0]
    parts = [f"M{first[0]},{first[1]}"]
    for number in range(count):
        before, here, there, after = (OUTLINE[(number + step) % count] for step in (-1, 0, 1, 2))
        one = [here[axis] + (there[axis] - before[axis]) / 6 for axis in (0, 1)]
        two = [there[axis] - (after[axis] - here[axis]) / 6 for axis in (0, 1)]
        parts.append("C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in (one, two, there)))
    return "".join(parts) + "Z"
