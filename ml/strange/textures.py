"""Surfaces: noise, cloth, stone, sky, walls. Each function makes one RGB picture from its random numbers.

Blotches of brown on a skin-coloured ground are avoided: those would be pictures of moles.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

# Some of them could be somebody's skin: a wall is often painted so.
PAINTS = ((236, 232, 224), (232, 192, 170), (205, 150, 120), (150, 105, 80), (120, 160, 140), (190, 190, 195))

Colour = tuple[int, int, int]


def white_noise(rng: np.random.Generator) -> Image.Image:
    """Independent pixels, from fine to coarse."""
    height, width = _size(rng)
    grain = int(rng.integers(1, 7))
    small = rng.integers(0, 256, (height // grain, width // grain, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST)


def coloured_noise(rng: np.random.Generator) -> Image.Image:
    """A spectrum that falls with the frequency, another in each channel."""
    size, power = _size(rng), rng.uniform(0.5, 1.6)
    return _picture(np.stack([_noise(rng, size, power) for _ in range(3)], axis=-1))


def stripes(rng: np.random.Generator) -> Image.Image:
    x, _ = _turned(rng, _size(rng))
    return _between(np.sin(x * 2 * np.pi / rng.uniform(6, 60)) > rng.uniform(-0.6, 0.6), *_colours(rng, 2))


def bricks(rng: np.random.Generator) -> Image.Image:
    height, width = _size(rng)
    y, x = np.mgrid[:height, :width]
    tall = int(rng.integers(18, 50))
    long, joint, row = 3 * tall, max(2, tall // 9), y // tall
    x = x + row % 2 * long // 2
    shade = rng.uniform(0.7, 1.0, (row.max() + 1, x.max() // long + 1))[row, x // long]
    mortar = (y % tall < joint) | (x % long < joint)
    colour = np.array([rng.uniform(0.55, 0.75), rng.uniform(0.25, 0.35), 0.22])
    picture = np.where(mortar[..., None], 0.75, shade[..., None] * colour)
    return _picture(picture + rng.normal(0, 0.03, picture.shape))


def cloth(rng: np.random.Generator) -> Image.Image:
    """Warp over weft over warp, two colours of thread."""
    height, width = _size(rng)
    y, x = np.mgrid[:height, :width]
    thread = int(rng.integers(4, 14))
    over = (x // thread + y // thread) % 2 == 0
    round_thread = np.where(
        over, np.sin(np.pi * (x % thread) / thread), np.sin(np.pi * (y % thread) / thread)
    )
    warp, weft = _colours(rng, 2)
    return _picture(np.where(over[..., None], warp, weft) / 255 * (0.4 + 0.6 * round_thread[..., None]))


def linear_gradient(rng: np.random.Generator) -> Image.Image:
    x, _ = _turned(rng, _size(rng))
    return _between((x - x.min()) / np.ptp(x), *_colours(rng, 2))


def plain_wall(rng: np.random.Generator) -> Image.Image:
    """One paint and the camera's noise."""
    height, width = _size(rng)
    noise = rng.normal(0, rng.uniform(0.005, 0.04), (height, width, 1))
    return _picture(np.array(PAINTS[rng.integers(len(PAINTS))]) / 255 + noise)


def sky(rng: np.random.Generator) -> Image.Image:
    size = _size(rng)
    blue = np.linspace(0.35, 0.8, size[0])[:, None, None] * np.array([0.75, 0.95, 1.2])
    cloud = (2 * _noise(rng, size, 1.4) - rng.uniform(0.6, 1.2)).clip(0, 1)[..., None]
    return _picture(blue + (1 - blue) * cloud)


def planks(rng: np.random.Generator) -> Image.Image:
    """Grain drawn out along the boards."""
    height, width = _size(rng)
    board = int(rng.integers(40, 120))
    y = np.mgrid[:height, :width][0]
    grain = np.asarray(Image.fromarray(_noise(rng, (height, 60), 1.0)).resize((width, height)))
    rings = 0.5 + 0.5 * np.sin(40 * grain + rng.uniform(0, 6, height // board + 1)[y // board])
    return _between(rings * (y % board > 2), (92, 58, 34), (186, 140, 92))


def mosaic(rng: np.random.Generator) -> Image.Image:
    """Soft patches of all colours, as through frosted glass."""
    height, width = _size(rng)
    small = rng.integers(0, 256, (int(rng.integers(4, 16)), int(rng.integers(4, 16)), 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def checks(rng: np.random.Generator) -> Image.Image:
    x, y = _turned(rng, _size(rng))
    side = rng.uniform(8, 70)
    return _between((np.floor(x / side) + np.floor(y / side)) % 2, *_colours(rng, 2))


def bathroom_tiles(rng: np.random.Generator) -> Image.Image:
    height, width = _size(rng)
    y, x = np.mgrid[:height, :width]
    side = int(rng.integers(20, 90))
    glaze = np.array(_colours(rng, 3))[rng.integers(0, 3, (height // side + 1, width // side + 1))]
    joint = (y % side < 3) | (x % side < 3)
    shine = 1 - 0.25 * ((x % side) + (y % side)) / (2 * side)
    return _picture(np.where(joint[..., None], 0.9, glaze[y // side, x // side] / 255 * shine[..., None]))


def knitting(rng: np.random.Generator) -> Image.Image:
    height, width = _size(rng)
    y, x = np.mgrid[:height, :width]
    loop = int(rng.integers(8, 24))
    slant = y + np.abs(x % (2 * loop) - loop) * 1.2
    yarn = 0.45 + 0.55 * np.sin(np.pi * (slant % loop) / loop)
    pattern = (slant // (6 * loop) % 2)[..., None]
    first, second = (np.array(colour) / 255 for colour in _colours(rng, 2))
    fluff = rng.normal(0, 0.04, (height, width, 1))
    return _picture((first + (second - first) * pattern) * yarn[..., None] + fluff)


def rainbow(rng: np.random.Generator) -> Image.Image:
    """All hues around a point."""
    height, width = _size(rng)
    y, x = np.mgrid[:height, :width]
    angle = np.arctan2(y - height * rng.random(), x - width * rng.random())
    hues = np.stack([angle + rng.uniform(0, 6) + third for third in (0, 2.1, 4.2)], axis=-1)
    return _picture(0.5 + rng.uniform(0.2, 0.5) * np.sin(hues))


def plaster(rng: np.random.Generator) -> Image.Image:
    """A rough wall with the light from one side."""
    size = _size(rng)
    x, _ = _turned(rng, size)
    light = 0.7 + 0.35 * (x - x.min()) / np.ptp(x)
    relief = np.gradient(_noise(rng, size, 0.7), axis=1) * rng.uniform(0.5, 2)
    return _picture(np.array(PAINTS[rng.integers(len(PAINTS))]) / 255 * (light + relief)[..., None])


def lawn(rng: np.random.Generator) -> Image.Image:
    height, width = _size(rng)
    picture = Image.new("RGB", (width, height), (30, 60, 20))
    draw = ImageDraw.Draw(picture)
    for _ in range(width * height // 25):
        x, y, lean = rng.uniform(0, width), rng.uniform(0, height + 20), rng.normal(0, 6)
        blade = int(rng.integers(70, 190))
        draw.line((x, y, x + lean, y - rng.uniform(8, 25)), (blade // 2, blade, blade // 4), 1)
    return picture


def terrazzo(rng: np.random.Generator) -> Image.Image:
    """Chips of stone in cement: hundreds, of all colours."""
    height, width = _size(rng)
    picture = Image.new("RGB", (width, height), (205, 205, 200))
    draw = ImageDraw.Draw(picture)
    for _ in range(500):
        centre, radius = rng.random(2) * (width, height), rng.uniform(2, width / 30)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 5))
        points = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        draw.polygon([tuple(point) for point in points], fill=_colours(rng, 1)[0])
    return picture


def water(rng: np.random.Generator) -> Image.Image:
    """Many small waves across each other."""
    size = _size(rng)
    waves = np.zeros(size)
    for _ in range(12):
        x, _ = _turned(rng, size)
        waves += np.sin(x * 2 * np.pi / rng.uniform(15, 90) + rng.uniform(0, 6))
    return _between((waves / 8 + 0.5).clip(0, 1), (10, 60, 90), (150, 215, 225))


GENERATORS: dict[str, tuple[Callable[[np.random.Generator], Image.Image], ...]] = {
    "tuning": (
        white_noise,
        coloured_noise,
        stripes,
        bricks,
        cloth,
        linear_gradient,
        plain_wall,
        sky,
        planks,
    ),
    "held_out": (mosaic, checks, bathroom_tiles, knitting, rainbow, plaster, lawn, terrazzo, water),
}


def _size(rng: np.random.Generator) -> tuple[int, int]:
    """Height and width."""
    return int(rng.integers(200, 560)), int(rng.integers(200, 560))


def _colours(rng: np.random.Generator, count: int) -> list[Colour]:
    """Any colours, far enough from each other to be told apart."""
    first = rng.integers(0, 256, 3)
    others = [(first + step * 256 // (count + 1) + rng.integers(0, 40, 3)) % 256 for step in range(1, count)]
    return [(int(r), int(g), int(b)) for r, g, b in [first, *others]]


def _turned(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (h, w) in pixels along two axes turned by a random angle."""
    y, x = np.mgrid[: size[0], : size[1]]
    angle = rng.uniform(0, np.pi)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _noise(rng: np.random.Generator, size: tuple[int, int], power: float) -> np.ndarray:
    """float32 (h, w) from 0 to 1; its amplitude falls with the frequency to this power."""
    frequency = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None])
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal(size)) / frequency**power, size)
    return ((noise - noise.min()) / np.ptp(noise)).astype(np.float32)


def _between(share: np.ndarray, first: Colour, second: Colour) -> Image.Image:
    """`first` where share (h, w) is 0, `second` where it is 1."""
    return _picture((np.array(first) + (np.array(second) - np.array(first)) * share[..., None]) / 255)


def _picture(values: np.ndarray) -> Image.Image:
    """From (h, w, 3) in 0..1, cut off where it is beyond."""
    return Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8))
