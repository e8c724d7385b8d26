"""Draws the icons of the installed site from static/icons/favicon.svg, with Chromium.

python -m docs.icons
"""

import re
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import launch

ICONS = Path(__file__).resolve().parent.parent / "static" / "icons"
# File, side in pixels, and whether it fills its square: systems that cut icons into a shape of their own
# show the middle 80% (https://www.w3.org/TR/appmanifest/#icon-masks).
FILES = [
    ("icon-192.png", 192, False),
    ("icon-512.png", 512, False),
    ("icon-maskable-512.png", 512, True),
    ("apple-touch-icon.png", 180, True),
]
SAFE = 0.8


def drawing(full: bool) -> str:
    """The favicon; with `full` without round corners, and what is on it within the safe middle."""
    svg = (ICONS / "favicon.svg").read_text()
    if not full:
        return svg
    svg = svg.replace(' rx="7"', "")
    background, rest = re.split(r"(?<=/>)", svg, maxsplit=1)
    return f'{background}<g transform="translate(16 16) scale({SAFE}) translate(-16 -16)">{rest}'.replace(
        "</svg>", "</g></svg>"
    )


def draw(browser: Browser, side: int, full: bool) -> bytes:
    page = browser.new_page(viewport={"width": side, "height": side})
    sized = drawing(full).replace("<svg", f'<svg width="{side}" height="{side}"', 1)
    page.set_content(f'<body style="margin: 0; background: none; line-height: 0">{sized}</body>')
    picture = page.screenshot(omit_background=True)
    page.close()
    return picture


def main() -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, side, full in FILES:
            (ICONS / name).write_bytes(draw(browser, side, full))


if __name__ == "__main__":
    main()
