"""What a phone needs to install the site, and what the page for no connection may hold."""

import io
import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from PIL import Image

from docs.icons import FILES, SAFE
from tests.processes import ROOT


def icon(name: str) -> Image.Image:
    return Image.open(io.BytesIO((ROOT / "static" / "icons" / name).read_bytes()))


def test_the_manifest_names_pages_and_icons_that_are_there(anonymous_client, owner_client):
    response = anonymous_client.get(reverse("manifest"))
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["display"], manifest["scope"]) == ("standalone", "/")
    assert len(manifest["short_name"]) <= 12
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for each in manifest["icons"]:
        path = finders.find(each["src"].removeprefix("/static/"))
        assert "x".join(map(str, Image.open(path).size)) == each["sizes"]
    for address in (manifest["start_url"], *(shortcut["url"] for shortcut in manifest["shortcuts"])):
        assert address.startswith(manifest["scope"])
        assert owner_client.get(address).status_code == 200


@pytest.mark.parametrize(("name", "side", "full"), FILES)
def test_an_icon_has_its_size_and_only_the_full_ones_have_no_corners(name, side, full):
    picture = icon(name)
    assert picture.size == (side, side)
    corner = picture.convert("RGBA").getpixel((0, 0))[3]
    assert corner == (255 if full else 0)


def test_what_a_system_cuts_off_a_maskable_icon_is_background_alone():
    picture = icon("icon-maskable-512.png").convert("RGB")
    colour, radius = picture.getpixel((0, 0)), SAFE / 2 * 512
    outside = {
        picture.getpixel((x, y))
        for x in range(0, 512, 3)
        for y in range(0, 512, 3)
        if (x - 256) ** 2 + (y - 256) ** 2 > radius**2
    }
    assert outside == {colour}


def test_every_page_names_the_manifest_the_icon_and_both_colours(anonymous_client):
    page = anonymous_client.get("/").content.decode()
    assert f'<link rel="manifest" href="{reverse("manifest")}">' in page
    assert 'rel="apple-touch-icon"' in page
    colours = re.findall(r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)"', page)
    css = (ROOT / "static" / "css" / "site.css").read_text()
    assert [scheme for _, scheme in colours] == ["light", "dark"]
    assert [colour for colour, _ in colours] == re.findall(r"--surface: (#\w+)", css)


def test_the_worker_comes_from_the_root_and_may_run(anonymous_client):
    response = anonymous_client.get(reverse("service-worker"))
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in response["Content-Security-Policy"]
    assert "manifest-src 'self'" in response["Content-Security-Policy"]


def test_the_page_for_no_connection_is_the_same_for_everybody(anonymous_client, owner_client, owner):
    pages = [client.get(reverse("offline")).content for client in (anonymous_client, owner_client)]
    assert pages[0] == pages[1]
    assert b"You are offline" in pages[0]
    assert owner.email.encode() not in pages[0]


@pytest.mark.parametrize("path", ["/", "/check/", "/api/v1/model/", "/no/such/page/", "/healthz"])
def test_the_camera_is_for_this_site_and_the_rest_for_nobody(owner_client, path):
    policy = owner_client.get(path)["Permissions-Policy"]
    assert "camera=(self)" in policy
    assert "microphone=()" in policy
    assert "geolocation=()" in policy


def test_pictures_in_lists_load_late_and_keep_their_place(owner_client, mole, photo, make_photo):
    make_photo()
    for url in (reverse("mole-list"), reverse("mole", args=[mole.pk]), reverse("photo-list")):
        pictures = re.findall(r"<img[^>]*>", owner_client.get(url).content.decode())
        assert pictures
        for picture in pictures:
            assert 'loading="lazy"' in picture
            assert 'width="400" height="300"' in picture
            assert "/thumbnail/" in picture
