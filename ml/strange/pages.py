"""Text and screens: papers, tables, handwriting, programs. Each function makes one RGB picture."""

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ml.strange.packages import installed

SYLLABLES = ("ba", "con", "da", "er", "fi", "gon", "la", "mo", "nis", "per", "qui", "ra", "sta", "tum", "vel")
SERIF, SANS, MONO, BOLD, MATHS = "DejaVuSerif", "DejaVuSans", "DejaVuSansMono", "DejaVuSans-Bold", "cmmi10"


def printed_page(rng: np.random.Generator) -> Image.Image:
    picture, draw = _sheet(rng, (250, 246, 236))
    size = int(rng.integers(9, 22))
    for y in range(30, picture.height - 30, round(size * 1.5)):
        draw.text((30, y), _line(rng, picture.width - 60, size), (25, 25, 25), _font(SERIF, size))
    return picture


def table(rng: np.random.Generator) -> Image.Image:
    """Ruled, with a head and numbers."""
    picture, draw = _sheet(rng, (255, 255, 255))
    high, wide = int(rng.integers(20, 40)), int(rng.integers(60, 120))
    draw.rectangle((0, 0, picture.width, high), fill=(40, 80, 140))
    for y in range(0, picture.height, high):
        draw.line((0, y, picture.width, y), (150, 150, 150))
        for x in range(0, picture.width, wide):
            draw.line((x, 0, x, picture.height), (150, 150, 150))
            text, colour = (_words(rng, 1), "white") if y == 0 else (f"{rng.normal(0, 500):.1f}", "black")
            draw.text((x + 5, y + 4), text, colour, _font(SANS, high // 2))
    return picture


def handwriting(rng: np.random.Generator) -> Image.Image:
    """Loops of blue ink along ruled lines."""
    picture, draw = _sheet(rng, (252, 252, 245))
    high = int(rng.integers(28, 60))
    for y in range(high, picture.height, high):
        draw.line((0, y, picture.width, y), (170, 200, 225))
        t = np.arange(0, picture.width * 0.5, 0.2)
        tall = np.interp(
            t, np.arange(0, t[-1] + 8, 4), rng.uniform(0.1, 0.45, len(np.arange(0, t[-1] + 8, 4)))
        )
        x = 20 + t * 1.6 + high / 6 * np.cos(t * 1.1)
        draw.line(list(zip(x, y - high * tall * (1 + np.sin(t * 1.1)), strict=True)), (30, 40, 130), 2)
    return picture


def terminal(rng: np.random.Generator) -> Image.Image:
    picture, draw = _sheet(rng, (15, 18, 20))
    size = int(rng.integers(9, 18))
    for y in range(6, picture.height, round(size * 1.4)):
        colour = [(80, 220, 90), (220, 220, 220), (230, 180, 60)][rng.integers(3)]
        draw.text((6, y), "$ " + _words(rng, int(rng.integers(1, 9))), colour, _font(MONO, size))
    return picture


def settings_screen(rng: np.random.Generator) -> Image.Image:
    """A list with switches, as on a phone."""
    picture, draw = _sheet(rng, (242, 242, 247))
    high = int(rng.integers(38, 64))
    draw.text((16, 12), _words(rng, 1).title(), "black", _font(BOLD, high // 2))
    for y in range(high + 10, picture.height, high + 8):
        draw.rounded_rectangle((10, y, picture.width - 10, y + high), 10, "white")
        draw.text((22, y + high / 3), _words(rng, 2), "black", _font(SANS, high // 3))
        on = rng.random() < 0.5
        right, top = picture.width - 70, y + high / 4
        switch = (52, 199, 89) if on else (200, 200, 205)
        draw.rounded_rectangle((right, top, right + 44, top + high / 2), high // 4, switch)
        knob = right + 44 - high / 2 if on else right
        draw.ellipse((knob, top, knob + high / 2, top + high / 2), "white")
    return picture


def receipt(rng: np.random.Generator) -> Image.Image:
    """A narrow slip on a dark table."""
    picture, draw = _sheet(rng, (70, 60, 55))
    left, right = picture.width * 0.2, picture.width * 0.8
    draw.rectangle((left, 0, right, picture.height), fill=(245, 245, 240))
    size = int(rng.integers(11, 18))
    for y in range(15, picture.height, size + 8):
        draw.text((left + 10, y), _words(rng, 1)[:12], (50, 50, 50), _font(MONO, size))
        draw.text((right - 10, y), f"{rng.uniform(0, 99):.2f}", (50, 50, 50), _font(MONO, size), anchor="ra")
    return picture


def newspaper(rng: np.random.Generator) -> Image.Image:
    """A headline, columns, a grey picture among them."""
    picture, draw = _sheet(rng, (226, 222, 212))
    draw.text((14, 8), _words(rng, 3).upper(), "black", _font(BOLD, 30))
    columns, size = int(rng.integers(2, 5)), int(rng.integers(7, 11))
    wide = (picture.width - 14) // columns
    for column in range(columns):
        for y in range(56, picture.height - 10, size + 3):
            left = 14 + column * wide
            draw.text((left, y), _line(rng, wide - 10, size), (45, 45, 45), _font(SANS, size))
    corner = int(rng.integers(14, picture.width // 2)), int(rng.integers(60, picture.height // 2))
    grey = np.linspace(60, 200, picture.width // 3).astype(np.uint8)
    picture.paste(Image.fromarray(np.tile(grey, (picture.height // 4, 1))), corner)
    return picture


def calendar(rng: np.random.Generator) -> Image.Image:
    picture, draw = _sheet(rng, (255, 255, 255))
    wide, high = picture.width / 7, (picture.height - 50) / 5
    draw.text((picture.width / 2, 24), _words(rng, 1).upper(), (200, 30, 40), _font(BOLD, 26), anchor="mm")
    for day in range(35):
        x, y = day % 7 * wide, 50 + day // 7 * high
        fill = (255, 235, 160) if rng.random() < 0.15 else None
        draw.rectangle((x, y, x + wide, y + high), fill, (120, 120, 120))
        draw.text((x + 4, y + 3), str(day % 31 + 1), "red" if day % 7 == 6 else "black", _font(SANS, 15))
    return picture


def slide(rng: np.random.Generator) -> Image.Image:
    """A title and points, of a talk."""
    ground, ink = [("navy", "white"), ("white", "black"), ("gold", "dimgray")][rng.integers(3)]
    picture, draw = _sheet(rng, ground)
    draw.text((25, 25), _words(rng, 2).title(), ink, _font(BOLD, picture.width // 14))
    size = picture.width // 24
    for y in range(picture.height // 3, picture.height - 20, size * 2):
        draw.rectangle((30, y + size // 3, 30 + size // 3, y + size // 3 * 2), ink)
        draw.text((40 + size // 2, y), _words(rng, int(rng.integers(2, 5))), ink, _font(SANS, size))
    return picture


def chat_screen(rng: np.random.Generator) -> Image.Image:
    """Bubbles left and right."""
    picture, draw = _sheet(rng, [(229, 221, 213), (255, 255, 255), (18, 27, 34)][rng.integers(3)])
    size = int(rng.integers(12, 20))
    for y in range(12, picture.height, size * 2 + 10):
        text, mine = _words(rng, int(rng.integers(1, 6))), rng.random() < 0.5
        long = draw.textlength(text, _font(SANS, size)) + 24
        x = picture.width - long - 10 if mine else 10
        bubble = (120, 200, 255) if mine else (225, 225, 230)
        draw.rounded_rectangle((x, y, x + long, y + size * 2), size, bubble)
        draw.text((x + 12, y + size / 2), text, (20, 20, 20), _font(SANS, size))
    return picture


def program(rng: np.random.Generator) -> Image.Image:
    """Source text with line numbers, words in colours."""
    dark = rng.random() < 0.5
    picture, draw = _sheet(rng, (30, 30, 46) if dark else (253, 246, 227))
    size = int(rng.integers(10, 18))
    colours = (
        [(137, 180, 250), (166, 227, 161), (243, 139, 168)]
        if dark
        else [(0, 0, 160), (150, 0, 90), (0, 110, 60)]
    )
    for number, y in enumerate(range(8, picture.height, round(size * 1.5))):
        draw.text((6, y), f"{number + 1:3}", (128, 128, 128), _font(MONO, size))
        x = size * 3 + size * 2 * int(rng.integers(0, 4))
        for word in _words(rng, int(rng.integers(1, 6))).split():
            draw.text((x, y), word, colours[rng.integers(3)], _font(MONO, size))
            x += round(draw.textlength(word + " ", _font(MONO, size)))
    return picture


def formulas(rng: np.random.Generator) -> Image.Image:
    """Symbols of all sizes on a blackboard or on paper."""
    ground, ink = [((35, 70, 55), (240, 240, 230)), ((255, 255, 255), (0, 0, 0))][rng.integers(2)]
    picture, draw = _sheet(rng, ground)
    for _ in range(60):
        symbol = chr(int(rng.integers(ord("A"), ord("z"))))
        place = (rng.uniform(0, picture.width), rng.uniform(0, picture.height))
        draw.text(place, symbol, ink, _font(MATHS, int(rng.integers(14, 60))))
        draw.line((*place, place[0] + rng.uniform(10, 60), place[1]), ink, 2)
    return picture


GENERATORS: dict[str, tuple[Callable[[np.random.Generator], Image.Image], ...]] = {
    "tuning": (printed_page, table, handwriting, terminal, settings_screen, receipt),
    "held_out": (newspaper, calendar, slide, chat_screen, program, formulas),
}


def _sheet(
    rng: np.random.Generator, ground: str | tuple[int, int, int]
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (int(rng.integers(260, 640)), int(rng.integers(260, 640))), ground)
    return picture, ImageDraw.Draw(picture)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """One of the fonts that matplotlib ships: the same on every machine."""
    return ImageFont.truetype(str(installed(f"matplotlib/mpl-data/fonts/ttf/{name}.ttf")), size)


def _words(rng: np.random.Generator, count: int) -> str:
    """Words of no language."""
    return " ".join("".join(rng.choice(SYLLABLES, rng.integers(1, 5))) for _ in range(count))


def _line(rng: np.random.Generator, width: int, size: int) -> str:
    """Words that fill about `width` pixels of type."""
    return _words(rng, width // (size * 3))
