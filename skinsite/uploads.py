"""Uploaded files whatever their names: a name is a stranger's text, and nobody here reads it."""

from typing import Any

from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    TemporaryFileUploadHandler,
)
from django.http.multipartparser import MultiPartParser


class NamelessParser(MultiPartParser):
    """Django drops a file called `..`, and one with a 300-letter extension fails on its way to disk."""

    def sanitize_file_name(self, file_name: str) -> str:
        return "upload"


class AnyNameUploadHandler(FileUploadHandler):
    """Parses the whole body by `NamelessParser`: small files stay in memory, others go to disk."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> Any:
        handlers = [MemoryFileUploadHandler(self.request), TemporaryFileUploadHandler(self.request)]
        return NamelessParser(META, input_data, handlers, encoding).parse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
