"""Pictures the tests make themselves; no patient's photo ships with the code."""

import io
import random
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def mole_image(
    width: int = 400,
    height: int = 300,
    *,
    seed: int = 1,
    mode: str = "RGB",
    centre: tuple[float, float] = (0.5, 0.5),
) -> Image.Image:
    """Grainy skin with a brown spot around `centre`: enough for the network to take it for a mole."""
    rng = random.Random(seed)
    image = Image.new("RGB", (width, height), (224, 172, 150))
    draw = ImageDraw.Draw(image)
    radius = min(width, height) // 4
    for _ in range(40):
        x = width * centre[0] + rng.gauss(0, radius / 3)
        y = height * centre[1] + rng.gauss(0, radius / 3)
        r = rng.uniform(0.3, 0.7) * radius
        shade = rng.randint(50, 110)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(shade + 40, shade, shade - 20))
    image = image.filter(ImageFilter.GaussianBlur(max(2, min(width, height) / 60)))
    # Skin is neither smooth nor of one shade.
    noise = np.random.default_rng(seed)
    blotches = noise.normal(0, 9, (max(height // 24, 1), max(width // 24, 1))).astype(np.float32)
    shade = np.asarray(Image.fromarray(blotches).resize((width, height), Image.Resampling.BICUBIC))
    pixels = np.asarray(image) + shade[..., None] + noise.normal(0, 1, (height, width, 1))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).convert(mode)


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def mole_jpeg(width: int = 400, height: int = 300, *, seed: int = 1) -> bytes:
    return encoded(mole_image(width, height, seed=seed))


def noise(mean: float, spread: float) -> bytes:
    """A grey PNG of this mean and spread: nothing to see on it."""
    pixels = np.random.default_rng(1).normal(mean, spread, (300, 300, 1)).clip(0, 255).astype(np.uint8)
    return encoded(Image.fromarray(np.repeat(pixels, 3, axis=2)).resize((600, 600)), "PNG")
