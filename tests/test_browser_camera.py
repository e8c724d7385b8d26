"""The camera and the advice before sending, in Chromium with a camera that it makes up itself."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageEnhance, ImageFilter
from playwright.sync_api import Browser, Page, expect, sync_playwright

from diagnosis.images import BOUNDS, LONG_SIDE
from ml import quality
from ml.images import Crop, decode, square
from tests.browser import launch
from tests.pictures import encoded, mole_image
from tests.processes import Site
from tests.test_browser import PHONE, add_mole, sign_up

SIDE = 128
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
SERIOUS = {"serious", "critical"}
# Every track that a page opens, so that a test can ask whether it was stopped.
KEEP_TRACKS = """
window.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
REFUSE = """name => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", name); };
}"""
MEASURE = """async ([data, type, crop, side, bounds]) => {
  const { measure, verdict } = await import("/static/js/quality.js");
  const image = new Image();
  image.src = `data:${type};base64,${data}`;
  await image.decode();
  const measured = measure(image, crop, side);
  return { ...measured, verdict: verdict(measured, bounds) };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright, *CAMERA)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def state(site: Site, browser: Browser) -> Any:
    """One person with one mole, for all tests here."""
    context = browser.new_context()
    page = context.new_page()
    sign_up(page, site, "camera@example.org")
    add_mole(page, site, "left hand")
    kept = context.storage_state(), page.url + "photos/add/"
    context.close()
    return kept


@pytest.fixture
def page(browser: Browser, state: Any) -> Iterator[Page]:
    """The mole's upload page on a phone."""
    context = browser.new_context(storage_state=state[0], viewport=PHONE, service_workers="block")  # type: ignore[arg-type]
    context.add_init_script(KEEP_TRACKS)
    page = context.new_page()
    page.goto(state[1])
    yield page
    context.close()


def photograph(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Use this photo")).to_be_focused()


def live(page: Page) -> bool:
    return bool(page.evaluate("tracks.some((track) => track.readyState === 'live')"))


def test_a_photo_is_taken_by_keyboard_judged_and_sent(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").focus()
    page.keyboard.press("Enter")
    shutter = page.get_by_role("button", name="Take the photo")
    expect(shutter).to_be_focused()
    assert live(page)
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("The photo you just took")).to_be_visible()
    expect(page.locator("[data-camera-status]")).to_contain_text("Size, light and focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # take it again
    expect(shutter).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Use this photo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-camera-dialog]")).to_be_hidden()
    assert not live(page)
    expect(page.get_by_label("Square over the mole")).to_be_visible()
    expect(page.locator("#crop_size")).to_have_value("0.6")  # the ring's
    name = page.locator("input[name=image]").evaluate("input => input.files[0].name")
    assert name.startswith("camera-")
    page.get_by_label("No, with a phone or camera alone").check()
    expect(page.locator("#crop_size")).to_have_value("0.6")
    page.get_by_role("button", name="Send and predict").click()
    page.wait_for_url("**/predictions/**")


def test_the_newest_photo_shows_faintly_over_the_live_picture(page: Page, state: Any) -> None:
    if not page.locator("[data-ghost]").count():
        test_a_photo_is_taken_by_keyboard_judged_and_sent(page)
        page.goto(state[1])
    ghost = page.locator("[data-ghost]")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_enabled()
    expect(ghost).to_have_css("opacity", "0.4")
    page.get_by_label("How strongly it shows").fill("75")
    expect(ghost).to_have_css("opacity", "0.75")
    page.get_by_label("Show the photo of").uncheck()
    expect(ghost).to_be_hidden()
    page.get_by_label("Show the photo of").check()
    expect(ghost).to_be_visible()
    bad = [rule["id"] for rule in Axe().run(page).response["violations"] if rule["impact"] in SERIOUS]
    assert bad == []
    page.keyboard.press("Escape")
    assert not live(page)


def test_the_camera_stops_when_the_person_leaves(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take the photo")).to_be_enabled()
    assert live(page)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-camera-dialog]")).to_be_hidden()
    assert not live(page)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "Allow it in the browser’s settings"),
        ("NotFoundError", "No camera was found."),
        ("NotReadableError", "another program may be using it"),
    ],
)
def test_without_a_camera_it_says_what_to_do_and_the_file_input_stays(
    page: Page, error: str, words: str
) -> None:
    page.evaluate(REFUSE, error)
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(page.locator("[data-camera-dialog]")).to_be_hidden()
    expect(page.locator("input[name=image]")).to_be_enabled()


def test_a_browser_without_a_camera_has_no_button(browser: Browser, state: Any) -> None:
    context = browser.new_context(storage_state=state[0], service_workers="block")
    context.add_init_script("navigator.mediaDevices.enumerateDevices = async () => [];")
    page = context.new_page()
    page.goto(state[1])
    expect(page.get_by_text("Drag photos here")).to_be_visible()
    expect(page.get_by_role("button", name="Use the camera")).to_be_hidden()
    context.close()


# The advice ----------------------------------------------------------------------------------


def dark(factor: float) -> Image.Image:
    return ImageEnhance.Brightness(mole_image(800, 600)).enhance(factor)


def blurred(radius: float) -> Image.Image:
    return mole_image(800, 600).filter(ImageFilter.GaussianBlur(radius))


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(mole_image(1200, 900, seed=4), exif=exif)


def see_through() -> bytes:
    picture = mole_image(500, 400, seed=5).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return encoded(picture, "PNG")


CASES: dict[str, tuple[bytes, Crop, str]] = {
    "sharp": (encoded(mole_image(800, 600)), Crop(), ""),
    "sharp, small square": (encoded(mole_image(800, 600)), Crop(0.4, 0.55, 0.35), ""),
    "smaller than the network's input": (encoded(mole_image(300, 200)), Crop(0.5, 0.5, 0.4), "blurred"),
    "large": (encoded(mole_image(4000, 3000, seed=3)), Crop(0.45, 0.5, 0.7), ""),
    "turned by its metadata": (turned(), Crop(0.6, 0.4, 0.5), ""),
    "transparent": (see_through(), Crop(), ""),
    "a little blurred": (encoded(blurred(1)), Crop(), ""),
    "blurred": (encoded(blurred(40), quality=95), Crop(), "blurred"),
    "much blurred": (encoded(blurred(60), "PNG"), Crop(0.5, 0.5, 0.8), "blurred"),
    "dark": (encoded(dark(0.08)), Crop(), "too_dark"),
    "dim": (encoded(dark(0.3)), Crop(), ""),
    "bright": (encoded(Image.new("RGB", (400, 400), (255, 250, 248))), Crop(), "too_bright"),
    "empty": (encoded(Image.new("RGB", (400, 400), (200, 150, 130))), Crop(), "no_detail"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_browser_measures_what_the_network_measures(page: Page, name: str) -> None:
    data, crop, expected = CASES[name]
    pixels = square(decode(data, max_side=LONG_SIDE).image, crop, SIDE)
    light = pixels.astype(float) @ quality.LUMINANCE
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    bounds = {field: getattr(BOUNDS, field) for field in ("dark", "bright", "flat", "blurred")}
    place = {"x": crop.x, "y": crop.y, "size": crop.size}
    found = page.evaluate(MEASURE, [base64.b64encode(data).decode(), kind, place, SIDE, bounds])
    assert found["brightness"] == pytest.approx(light.mean(), abs=1)
    assert found["spread"] == pytest.approx(light.std(), abs=1)
    assert found["sharpness"] == pytest.approx(quality.sharpness(light), rel=0.1, abs=0.1)
    assert found["verdict"] == expected == verdict(pixels)


def verdict(pixels: np.ndarray) -> str:
    try:
        quality.check(pixels)
    except quality.CannotJudge as refusal:
        return refusal.code
    return ""


def advice_on(page: Page, tmp_path: Path, data: bytes, name: str = "") -> Any:
    name = name or f"mole-{len(data)}.jpg"
    (tmp_path / name).write_bytes(data)
    page.locator("input[name=image]").set_input_files(tmp_path / name)
    return expect(page.locator("[data-feedback]"))


def test_the_page_advises_and_keeps_nobody_from_sending(page: Page, tmp_path: Path) -> None:
    said = advice_on(page, tmp_path, CASES["blurred"][0])
    said.to_contain_text("looks too blurred to be judged")
    said.to_contain_text("You can send it all the same.")
    said.to_have_attribute("role", "status")
    advice_on(page, tmp_path, CASES["dark"][0]).to_contain_text("too dark")
    advice_on(page, tmp_path, encoded(mole_image(90, 90))).to_contain_text("shorter side needs at least 100")
    advice_on(page, tmp_path, CASES["sharp"][0]).to_contain_text("says nothing about the mole")
    page.get_by_label("Size", exact=True).fill("0.1")
    expect(page.locator("[data-feedback]")).to_contain_text("60 pixels wide; at least 64 are needed")
    page.get_by_label("Size", exact=True).fill("0.15")
    expect(page.locator("[data-feedback]")).to_contain_text("90 pixels wide; the network looks at 128")
    page.get_by_label("No, with a phone or camera alone").check()
    page.get_by_role("button", name="Send and predict").click()
    page.wait_for_url("**/predictions/**")


def test_what_the_browser_cannot_show_is_checked_after_upload(page: Page, tmp_path: Path) -> None:
    heic = io.BytesIO(b"\0\0\0\x18ftypheic" + b"\0" * 500).getvalue()
    advice_on(page, tmp_path, heic, "IMG_1.HEIC").to_contain_text("It will be checked after upload")
    page.get_by_label("No, with a phone or camera alone").check()
    page.get_by_role("button", name="Send and predict").click()
    expect(page.locator("#id_image_error")).to_contain_text("This is not a JPEG, PNG or WebP photo.")
