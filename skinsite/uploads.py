"""Uploaded files whatever their names: a name is a stranger's text, and no path is made of it."""

import unicodedata
from typing import Any

from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    TemporaryFileUploadHandler,
)
from django.http.multipartparser import MultiPartParser

SHOWN_CHARACTERS = 60


class NamelessParser(MultiPartParser):
    """Django drops a file called `..`, and one with a 300-letter extension fails on its way to disk.

    `names` keeps what can be shown of each name, in the order of the files.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.names: list[str] = []

    def sanitize_file_name(self, file_name: str) -> str:
        self.names.append(shown_name(file_name))
        return "upload"


def shown_name(name: str) -> str:
    """For an answer that must say which file it speaks of: its last part, without what turns text around."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return visible if len(visible) <= SHOWN_CHARACTERS else f"{visible[: SHOWN_CHARACTERS - 1]}…"


class AnyNameUploadHandler(FileUploadHandler):
    """Parses the whole body by `NamelessParser`: small files stay in memory, others go to disk."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> Any:
        handlers = [MemoryFileUploadHandler(self.request), TemporaryFileUploadHandler(self.request)]
        parser = NamelessParser(META, input_data, handlers, encoding)
        if self.request is not None:
            self.request.file_names = parser.names  # type: ignore[attr-defined]
        return parser.parse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
