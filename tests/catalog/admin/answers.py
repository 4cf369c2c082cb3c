"""What tests of the catalogue's pages ask of an answer: its lines, and what it cost."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.procurement.admin.pages import get


def rows_of(answer: Any) -> list[list[str]]:
    """The lines of a CSV file."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def cost(client: Client, address: str) -> int:
    """How many queries the page takes, once what is remembered between requests is."""
    get(client, address)
    with CaptureQueriesContext(connection) as queries:
        get(client, address)
    return len(queries)
