"""How far a worker has come inside of its transaction, told on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from procurement.models import TenderJob

TELL = "UPDATE procurement_tenderjob SET done = %s, total = %s WHERE tender_id = %s AND name = %s"


@contextmanager
def progress(tender_id: int, name: TenderJob.Work) -> Iterator[Callable[[int, int], None]]:
    """What it yields writes ``done`` of ``total`` into the row of the work, for everybody to see at once.

    Where nobody shows the work, there is no row, and nothing is told.
    """
    own = connections.create_connection(DEFAULT_DB_ALIAS)

    def tell(done: int, total: int) -> None:
        # the work does not fail because nobody can be told of it
        with suppress(DatabaseError), own.cursor() as cursor:
            cursor.execute(TELL, [done, total, tender_id, name])

    try:
        yield tell
    finally:
        own.close()
