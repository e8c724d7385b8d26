"""The strange pictures: many, varied, always the same, and in two parts that share no source."""

import zlib
from collections import Counter

import pytest
from PIL import Image

from ml.strange import EACH, packages, strange_pictures


@pytest.fixture(scope="module")
def both() -> dict[str, dict[str, Image.Image]]:
    return {part: dict(strange_pictures(part)) for part in ("tuning", "held_out")}


def test_there_are_about_300_pictures_and_as_many_of_each_kind(both):
    for pictures in both.values():
        kinds = Counter(name.split("/")[0] for name in pictures)
        assert set(kinds) == {"photo", "text", "drawing", "texture"}
        assert 33 <= min(kinds.values()) <= max(kinds.values()) <= 40


def test_each_is_rgb_with_sides_of_150_to_1000(both):
    for pictures in both.values():
        for name, picture in pictures.items():
            assert picture.mode == "RGB", name
            assert min(picture.size) >= 150, name
            assert max(picture.size) <= 1000, name


def test_the_parts_share_no_source(both):
    sources = [{name.rsplit("-", 1)[0] for name in pictures} for pictures in both.values()]
    assert not sources[0] & sources[1]
    assert len(sources[0]) == len(sources[1]) == 33


def test_no_two_pictures_are_alike(both):
    everything = [picture.tobytes() for pictures in both.values() for picture in pictures.values()]
    assert len({zlib.crc32(pixels) for pixels in everything}) == len(everything)


def test_they_come_out_the_same_again(both):
    again = {name: picture.tobytes() for name, picture in strange_pictures("held_out")}
    assert again == {name: picture.tobytes() for name, picture in both["held_out"].items()}


def test_without_a_part_both_come(both):
    assert [name for name, _ in strange_pictures()] == [*both["tuning"], *both["held_out"]]


def test_every_generator_stands_in_one_part_once():
    for module, _ in EACH.values():
        generators = [*module.GENERATORS["tuning"], *module.GENERATORS["held_out"]]
        assert len(generators) == len(set(generators))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(packages.REQUIRED, "no_such_module", "some-package")
    with pytest.raises(ImportError, match=r"some-package.*requirements-dev\.txt"):
        next(strange_pictures())
