"""Pictures that are not skin, to measure how often the network declines to judge them.

About 300: a quarter each of photos that Python packages ship, of text and screens, of drawings and of
textures. They come in two parts that share no source: `tuning` may set a threshold, `held_out`
only measures. Other photos, other generators; not merely other seeds.
"""

import zlib
from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from PIL import Image

from ml.strange import drawings, packages, pages, textures

Part = Literal["tuning", "held_out"]

# Pictures of each generator, so that every kind comes out near 37 in each part.
EACH = {"text": (pages, 6), "drawing": (drawings, 5), "texture": (textures, 4)}


def strange_pictures(part: Part | None = None) -> Iterator[tuple[str, Image.Image]]:
    """Names such as `texture/bricks-2` and RGB pictures, sides 150 to 1000; of both parts without `part`.

    Always the same ones. Raises `ImportError` naming the package of requirements-dev.txt that is missing.
    """
    packages.check_installed()
    for name in [part] if part else get_args(Part):
        for photo, picture in packages.photos(name):
            yield f"photo/{photo}", picture
        for kind, (module, count) in EACH.items():
            for generate in module.GENERATORS[name]:
                for number in range(count):
                    title = f"{kind}/{generate.__name__}-{number + 1}"
                    yield title, generate(np.random.default_rng(zlib.crc32(title.encode())))
