"""How templates say a prediction."""

from typing import Any

from django import template

from diagnosis.models import Photo, Prediction
from diagnosis.pages import wording
from diagnosis.services import Crop

register = template.Library()
register.filter("in_hundred", wording.in_hundred)
register.filter("percent", wording.percent)
register.filter("fine_percent", wording.fine_percent)
register.filter("dots", wording.dots)


@register.filter
def band_words(band: str) -> wording.BandWords | None:
    return wording.BANDS.get(band)


@register.filter
def classes(prediction: Prediction) -> list[tuple[str, float]]:
    """Full names and probabilities, the likeliest first."""
    shares = prediction.class_probabilities or {}
    named = [(wording.CLASS_NAMES.get(name, name), share) for name, share in shares.items()]
    return sorted(named, key=lambda pair: pair[1], reverse=True)


@register.filter
def square(photo: Photo) -> dict[str, float]:
    """The square that the network saw, in pixels of the photo."""
    crop = Crop(photo.crop_x, photo.crop_y, photo.crop_size)
    left, top, right, _ = crop.box(photo.width, photo.height)
    return {"left": round(left, 1), "top": round(top, 1), "side": round(right - left, 1)}


@register.inclusion_tag("includes/icon_array.html")
def icon_array(filled: int, label: str, tone: str = "plain") -> dict[str, Any]:
    """A hundred dots, `filled` of them large and solid, with `label` as the text alternative."""
    grid = [
        {"x": 10 * (number % 10) + 5, "y": 10 * (number // 10) + 5, "filled": number < filled}
        for number in range(100)
    ]
    return {"dots": grid, "label": label, "tone": tone}
