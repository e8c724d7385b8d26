"""How templates say a prediction."""

from typing import Any

from django import template

from diagnosis.models import Case, Opinion, Photo, Prediction
from diagnosis.pages import wording
from diagnosis.pages.measurements import table
from diagnosis.services import REVIEW_STEP, Crop, said, why_no_band

register = template.Library()
register.filter("in_hundred", wording.in_hundred)
register.filter("percent", wording.percent)
register.filter("fine_percent", wording.fine_percent)
register.filter("dots", wording.dots)
register.filter("in_so_many", wording.in_so_many)
register.filter("so_many_are", wording.so_many_are)
register.filter("points", wording.points)
register.filter("auc", wording.auc)
register.filter("measured", table)
register.filter("ago", wording.ago)
register.filter("held", wording.held)
register.filter("said", said)
register.filter("due", wording.due)
register.filter("is_due", wording.is_due)
register.filter("why_no_band", why_no_band)


@register.filter
def recommendation(value: str | None) -> Opinion.Recommendation | None:
    return Opinion.Recommendation(value) if value else None


@register.filter
def review_step(case: Case) -> str:
    """What to do, after what clinicians recommend."""
    return str(REVIEW_STEP[Opinion.Recommendation(case.recommendation)])


@register.filter
def band_words(band: str) -> wording.BandWords | None:
    return wording.BANDS.get(band)


@register.filter
def classes(prediction: Prediction) -> list[tuple[str, float]]:
    """Full names and probabilities, the likeliest first."""
    shares = prediction.class_probabilities or {}
    named = [(class_name(name), share) for name, share in shares.items()]
    return sorted(named, key=lambda pair: pair[1], reverse=True)


@register.filter
def class_name(name: str) -> str:
    return str(wording.CLASS_NAMES.get(name, name))


@register.filter
def square(photo: Photo) -> dict[str, float]:
    """The square that the network saw, in pixels of the photo."""
    crop = Crop(photo.crop_x, photo.crop_y, photo.crop_size)
    left, top, right, _ = crop.box(photo.width, photo.height)
    return {"left": round(left, 1), "top": round(top, 1), "side": round(right - left, 1)}


@register.filter
def under_square(photo: Photo) -> dict[str, float]:
    """Where the whole photo lies when its square is drawn from 0 to 100."""
    box = square(photo)
    scale = 100 / box["side"]
    return {
        "x": -box["left"] * scale,
        "y": -box["top"] * scale,
        "width": photo.width * scale,
        "height": photo.height * scale,
    }


@register.filter
def polygon(outline: list[list[float]]) -> str:
    """Points for SVG on the square drawn from 0 to 100."""
    return " ".join(f"{100 * x:.2f},{100 * y:.2f}" for x, y in outline)


@register.filter
def all_dark(explanation: list[list[float]]) -> bool:
    return not any(share for row in explanation for share in row)


@register.filter
def places(explanation: list[list[float]]) -> list[dict[str, float]]:
    """The grid's places on the square drawn from 0 to 100; the strongest lets the photo shine through."""
    side = 100 / len(explanation)
    return [
        {"x": side * column, "y": side * row, "side": side, "opacity": round(0.7 * share, 3)}
        for row, shares in enumerate(explanation)
        for column, share in enumerate(shares)
    ]


@register.inclusion_tag("includes/icon_array.html")
def icon_array(filled: int, label: str, tone: str = "plain") -> dict[str, Any]:
    """A hundred dots, `filled` of them large and solid, with `label` as the text alternative."""
    grid = [
        {"x": 10 * (number % 10) + 5, "y": 10 * (number // 10) + 5, "filled": number < filled}
        for number in range(100)
    ]
    return {"dots": grid, "label": label, "tone": tone}
