"""Drawings: charts, maps, faces, shapes. Each function makes one RGB picture from its random numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ml.strange.packages import installed

CRAYONS = (
    "red",
    "orange",
    "gold",
    "limegreen",
    "darkgreen",
    "deepskyblue",
    "blue",
    "purple",
    "magenta",
    "black",
)
PAPERS = ("white", "aliceblue", "honeydew", "lightyellow", "lavender")


def line_chart(rng: np.random.Generator) -> Image.Image:
    def draw(axes: Any) -> None:
        axes.plot(rng.normal(size=(60, int(rng.integers(1, 6)))).cumsum(axis=0))
        axes.grid(visible=True)
        axes.set(title="Sales", xlabel="week", ylabel="units")

    return _chart(rng, draw)


def bar_chart(rng: np.random.Generator) -> Image.Image:
    def draw(axes: Any) -> None:
        count = int(rng.integers(4, 15))
        axes.bar(range(count), rng.uniform(1, 10, count), color=rng.choice(CRAYONS, count))
        axes.set_title("Visitors")

    return _chart(rng, draw)


def relief_map(rng: np.random.Generator) -> Image.Image:
    """A piece of the sea floor and land that matplotlib ships, with contour lines."""
    heights = np.load(installed("matplotlib/mpl-data/sample_data/topobathy.npz"))["topo"]
    top, left = (int(rng.integers(0, side - 60)) for side in heights.shape)

    def draw(axes: Any) -> None:
        piece = heights[top : top + 60, left : left + 60]
        axes.contourf(piece, 14, cmap=rng.choice(["terrain", "viridis", "gist_earth"]))
        axes.contour(piece, 7, colors="black", linewidths=0.5)

    return _chart(rng, draw)


def shapes(rng: np.random.Generator) -> Image.Image:
    """Rectangles, triangles and rings in crayon colours."""
    picture, draw = _paper(rng)
    for _ in range(int(rng.integers(8, 25))):
        x, y = rng.random(2) * picture.size
        radius, colour = rng.uniform(15, 90), str(rng.choice(CRAYONS))
        box = (x - radius, y - radius, x + radius, y + radius)
        form = rng.integers(3)
        if form == 0:
            draw.rectangle(box, fill=colour)
        elif form == 1:
            draw.regular_polygon((x, y, radius), 3, int(rng.integers(360)), fill=colour)
        else:
            draw.ellipse(box, outline=colour, width=8)
    return picture


def face(rng: np.random.Generator) -> Image.Image:
    """A cartoon's head."""
    picture, draw = _paper(rng)
    width, height = picture.size
    x, y, r = width / 2, height / 2, min(width, height) * rng.uniform(0.3, 0.45)
    draw.ellipse(
        (x - r, y - r, x + r, y + r), str(rng.choice(["yellow", "gold", "lightgreen", "skyblue"])), "black", 5
    )
    for side in (-1, 1):
        eye, pupil = x + side * r * 0.4, r * rng.uniform(0.05, 0.1)
        draw.ellipse((eye - r * 0.2, y - r * 0.5, eye + r * 0.2, y - r * 0.1), "white", "black", 3)
        draw.ellipse((eye - pupil, y - r * 0.3 - pupil, eye + pupil, y - r * 0.3 + pupil), "black")
    mood = int(rng.choice([0, 180]))
    draw.arc((x - r * 0.6, y, x + r * 0.6, y + r * 0.7), mood, mood + 180, "black", 6)
    return picture


def street_map(rng: np.random.Generator) -> Image.Image:
    """Blocks between streets, a park, a river."""
    picture, draw = _paper(rng, "gainsboro")
    width, height = picture.size
    block = int(rng.integers(30, 70))
    for x in range(0, width, block):
        for y in range(0, height, block):
            colour = "palegreen" if rng.random() < 0.12 else "seashell"
            draw.rectangle((x, y, x + block - int(rng.integers(5, 12)), y + block - 7), colour)
    river = [(x, height * (0.5 + 0.2 * np.sin(x / 90 + block))) for x in range(-20, width + 20, 5)]
    draw.line(river, "lightskyblue", 22, "curve")
    draw.line((0, rng.uniform(0, height), width, rng.uniform(0, height)), "orange", 10)
    return picture


def house(rng: np.random.Generator) -> Image.Image:
    """As a child draws it: sun, meadow, roof, door."""
    picture, draw = _paper(rng, "lightcyan")
    width, height = picture.size
    draw.rectangle((0, height * 0.75, width, height), "limegreen")
    draw.ellipse((width * 0.75, 15, width * 0.75 + 60, 75), "gold", "orange", 4)
    left, right = width * rng.uniform(0.1, 0.3), width * rng.uniform(0.55, 0.7)
    top = height * rng.uniform(0.4, 0.5)
    draw.rectangle((left, top, right, height * 0.8), str(rng.choice(CRAYONS[:8])), "black", 4)
    draw.polygon(
        [(left - 20, top), ((left + right) / 2, height * 0.15), (right + 20, top)], "firebrick", "black"
    )
    draw.rectangle((left + 20, height * 0.6, left + 60, height * 0.8), "saddlebrown", "black", 3)
    draw.rectangle((right - 60, top + 20, right - 20, top + 55), "white", "black", 3)
    return picture


def scatter_chart(rng: np.random.Generator) -> Image.Image:
    def draw(axes: Any) -> None:
        for _ in range(int(rng.integers(2, 5))):
            axes.scatter(*rng.normal(rng.normal(size=(2, 1)), 0.5, (2, 60)), s=rng.uniform(5, 40))
        axes.set(xlabel="length", ylabel="weight")

    return _chart(rng, draw)


def pie_chart(rng: np.random.Generator) -> Image.Image:
    def draw(axes: Any) -> None:
        count = int(rng.integers(3, 8))
        axes.pie(rng.uniform(1, 5, count), labels=list("ABCDEFG"[:count]), autopct="%d%%")

    return _chart(rng, draw)


def heat_map(rng: np.random.Generator) -> Image.Image:
    def draw(axes: Any) -> None:
        colours = str(rng.choice(["plasma", "coolwarm", "Greens", "jet"]))
        drawn = axes.imshow(rng.random((int(rng.integers(4, 20)), int(rng.integers(4, 20)))), cmap=colours)
        axes.figure.colorbar(drawn)

    return _chart(rng, draw)


def robot(rng: np.random.Generator) -> Image.Image:
    picture, draw = _paper(rng)
    width, height = picture.size
    metal, light = str(rng.choice(["silver", "steelblue", "slategray"])), str(rng.choice(CRAYONS[:6]))
    left, right = width * 0.3, width * 0.7
    draw.line((width / 2, height * 0.05, width / 2, height * 0.2), "black", 6)
    draw.rectangle((left, height * 0.15, right, height * 0.4), metal, "black", 5)
    draw.rectangle((left - 20, height * 0.45, right + 20, height * 0.8), metal, "black", 5)
    for share in (0.4, 0.55):
        draw.rectangle(
            (width * share, height * 0.2, width * (share + 0.07), height * 0.26), light, "black", 3
        )
        draw.rectangle((width * share, height * 0.8, width * (share + 0.07), height * 0.97), "dimgray")
    for tooth in range(int(rng.integers(4, 9))):
        draw.rectangle(
            (left + 10 + tooth * 16, height * 0.33, left + 22 + tooth * 16, height * 0.37), "white"
        )
    return picture


def flags(rng: np.random.Generator) -> Image.Image:
    """Rows of three-coloured flags, upright or lying."""
    picture, draw = _paper(rng)
    high = int(rng.integers(40, 130))
    wide = high * 3 // 2
    for y in range(10, picture.height, high + 12):
        for x in range(10, picture.width, wide + 12):
            lying = rng.random() < 0.5
            for third, colour in enumerate(rng.choice(CRAYONS, 3)):
                low, far = third / 3, (third + 1) / 3
                box = (0, low, 1, far) if lying else (low, 0, far, 1)
                corners = (x + wide * box[0], y + high * box[1], x + wide * box[2], y + high * box[3])
                draw.rectangle(corners, str(colour))
    return picture


def flow_chart(rng: np.random.Generator) -> Image.Image:
    """Boxes and arrows."""
    picture, draw = _paper(rng)
    places = rng.uniform(40, np.array(picture.size) - 40, (int(rng.integers(5, 12)), 2))
    draw.line([tuple(place) for place in places], "black", 3)
    for x, y in places:
        fill = str(rng.choice(["lightblue", "palegreen", "khaki", "plum"]))
        draw.rounded_rectangle((x - 38, y - 18, x + 38, y + 18), 8, fill, "black", 2)
        draw.text((x, y), str(rng.choice(["start", "check", "store", "end"])), "black", anchor="mm")
    return picture


def spiral(rng: np.random.Generator) -> Image.Image:
    """Curves of one pen."""
    picture, draw = _paper(rng)
    t = np.linspace(0, 60, 3000)
    first, second, third = rng.uniform(0.3, 3, 3)
    x = np.cos(first * t) + 0.5 * np.cos(second * t + third)
    y = np.sin(first * t) + 0.5 * np.sin(third * t)
    points = (np.stack([x, y], axis=1) / 3.2 + 0.5) * picture.size
    draw.line([tuple(point) for point in points], str(rng.choice(CRAYONS)), 2)
    return picture


GENERATORS: dict[str, tuple[Callable[[np.random.Generator], Image.Image], ...]] = {
    "tuning": (line_chart, bar_chart, relief_map, shapes, face, street_map, house),
    "held_out": (scatter_chart, pie_chart, heat_map, robot, flags, flow_chart, spiral),
}


def _paper(rng: np.random.Generator, colour: str | None = None) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    size = (int(rng.integers(260, 640)), int(rng.integers(260, 640)))
    picture = Image.new("RGB", size, colour or str(rng.choice(PAPERS)))
    return picture, ImageDraw.Draw(picture)


def _chart(rng: np.random.Generator, draw: Callable[[Any], None]) -> Image.Image:
    """What matplotlib draws on one pair of axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(rng.uniform(3.5, 7), rng.uniform(3.5, 6)), dpi=80)
    canvas = FigureCanvasAgg(figure)
    draw(figure.subplots())
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
