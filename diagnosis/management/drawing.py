"""Draws moles for the demo account: no patient's photo ships with the code."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

SIDE = 640


@dataclass(frozen=True)
class Drawing:
    """What a drawn mole looks like. Lengths are fractions of the picture's side."""

    skin: tuple[int, int, int]
    colour: tuple[int, int, int]
    radius: float
    ragged: float
    seed: int


def draw(mole: Drawing, growth: float = 1.0, light: float = 1.0) -> bytes:
    """A JPEG of the mole, `growth` times its radius, under `light` times the usual brightness."""
    rng = np.random.default_rng(mole.seed)
    y, x = np.mgrid[-0.5 : 0.5 : SIDE * 1j, -0.5 : 0.5 : SIDE * 1j]
    distance = np.hypot(x, y * rng.uniform(1.05, 1.3)) / _outline(rng, np.arctan2(y, x), mole, growth)
    cover = 1 / (1 + np.exp((distance - 1) * 18))
    texture = _texture(rng, 24) * 22 + _texture(rng, 6) * 8
    mottled = _texture(rng, 40) * 60 * mole.ragged
    pixels = np.empty((SIDE, SIDE, 3))
    for channel in range(3):
        skin = mole.skin[channel] + texture * 0.5
        spot = mole.colour[channel] + texture + mottled - 25 * np.clip(1 - distance, 0, 1)
        pixels[..., channel] = (skin * (1 - cover) + spot * cover) * light
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _outline(rng: np.random.Generator, angle: np.ndarray, mole: Drawing, growth: float) -> np.ndarray:
    radius = np.ones_like(angle)
    for wave in range(2, 9):
        radius += mole.ragged * rng.normal() / wave * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return mole.radius * growth * radius.clip(0.6)


def _texture(rng: np.random.Generator, grain: int) -> np.ndarray:
    """Smooth noise in about -1..1 with spots of `grain` pixels."""
    coarse = rng.normal(size=(SIDE // grain, SIDE // grain)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) / 2
