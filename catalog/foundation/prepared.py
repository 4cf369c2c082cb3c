"""Statements by hand on the hot paths: sent apart from their values, so that a connection plans each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


class _ToldCursor(ServerBindingCursor):
    """One that can say which statement it sent, which Django asks of every cursor where statements are counted."""

    def _convert_query(self, *given: Any) -> Any:
        self._query = super()._convert_query(*given)  # type: ignore[misc]
        return self._query


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """A cursor whose statements stay prepared on the connection; the text of a statement has to be always the same.

    To plan the larger ones takes as long as to carry them out.
    """
    known: Any = connection
    known.ensure_connection()
    bound: Any = _ToldCursor
    # within the cursor that counts and logs statements where that is asked for, as any other of the connection
    with known._prepare_cursor(bound(known.connection)) as cursor:
        yield cursor
