"""How many queries a page costs."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# They open and close a transaction, and ask for nothing.
NOT_QUERIES = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def queries_of(client: Client, url: str, data: dict[str, Any] | None = None) -> int:
    """Of a page that this client has seen before: the first visit also notes the session."""
    client.get(url, data)
    with CaptureQueriesContext(connection) as captured:
        client.get(url, data)
    return sum(not query["sql"].startswith(NOT_QUERIES) for query in captured)
