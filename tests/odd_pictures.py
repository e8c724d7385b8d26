"""Pictures that Pillow would not write: made byte by byte, or claiming to be what they are not."""

import struct
import zlib

from PIL import Image

from tests.pictures import encoded


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, depth: int, colour_type: int, row: bytes, extra: bytes = b"") -> bytes:
    """A PNG by hand, for what Pillow can't write: every line is `row`."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row) * height)
    chunks = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def png_of_size(width: int, height: int) -> bytes:
    """The head of a PNG that claims a size; whoever decodes it finds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    return head + png_chunk(b"IDAT", zlib.compress(b"\0")) + png_chunk(b"IEND", b"")


def jpeg_of_size(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(encoded(Image.new("RGB", (128, 128), "tan"), progressive=progressive))
    frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)
