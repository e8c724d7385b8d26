"""Reads the PDFs that Chromium prints: how many pages, which words, how many JPEGs."""

import re
import unicodedata
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
# In a ToUnicode map: one glyph, or a range of them, and the text of the first.
_CHAR = re.compile(rb"^<([0-9A-F]+)> <([0-9A-F]+)>$", re.MULTILINE | re.IGNORECASE)
_RANGE = re.compile(rb"^<([0-9A-F]+)> <([0-9A-F]+)> <([0-9A-F]+)>$", re.MULTILINE | re.IGNORECASE)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj", re.IGNORECASE)


class Pdf:
    """A printed document; each page's words without the spaces, which the printer need not write."""

    def __init__(self, data: bytes):
        assert data.startswith(b"%PDF-"), data[:20]
        self.objects = {int(number): body for number, body in _OBJECT.findall(data)}
        numbers = [number for number, body in self.objects.items() if re.search(rb"/Type /Page\b", body)]
        self.pages = [self._words(self.objects[number]) for number in numbers]
        self.photos = sum(b"/Filter /DCTDecode" in body for body in self.objects.values())

    def says(self, words: str) -> bool:
        return any(_packed(words) in page for page in self.pages)

    def _words(self, page: bytes) -> str:
        found = re.search(rb"/Contents (\d+) 0 R", page)
        assert found, page
        glyphs: dict[int, str] = {}
        words = ""
        for font, shown in _SHOWN.findall(self._stream(int(found[1]))):
            if font:
                glyphs = self._glyphs(int(font))
            for at in range(0, len(shown), 4):
                words += glyphs.get(int(shown[at : at + 4], 16), "")
        return _packed(words)

    def _glyphs(self, font: int) -> dict[int, str]:
        found = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[font])
        text = self._stream(int(found[1])) if found else b""
        glyphs = {int(glyph, 16): _text(code) for glyph, code in _CHAR.findall(text)}
        for first, last, code in _RANGE.findall(text):
            for glyph in range(int(first, 16), int(last, 16) + 1):
                glyphs[glyph] = chr(int(code, 16) + glyph - int(first, 16))
        return glyphs

    def _stream(self, number: int) -> bytes:
        body = self.objects[number]
        found = _STREAM.search(body)
        assert found, body[:80]
        return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _text(code: bytes) -> str:
    return bytes.fromhex(code.decode()).decode("utf-16-be")


def _packed(words: str) -> str:
    # Printed, "fi" may be one letter.
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", words))
