"""The books that are chained: in which table each is kept, and the one text of an entry that its digest is made of."""

from __future__ import annotations

from typing import NamedTuple

from catalog.foundation.journal.models import Book, DeniedAttempt, Event, Reading


class Written(NamedTuple):
    """Where a book is written."""

    table: str
    # SQL over a row that goes by the name "entry": all its values as a JSON array, which can be read in one way only
    text: str

    def digest(self, before: str) -> str:
        """SQL: the digest of an entry, given the SQL of the one before it."""
        return f"sha256({before} || convert_to({self.text}, 'UTF8'))"


def _written(table: str, *values: str) -> Written:
    return Written(table, f"jsonb_build_array({', '.join(map(_value, values))})::text")


def _value(column: str) -> str:
    if column in ("occurred_at", "minute"):
        # microseconds since 1970: no setting of a session changes how they are written
        return f"(extract(epoch FROM entry.{column}) * 1000000)::bigint"
    return "host(entry.network_address)" if column == "network_address" else f"entry.{column}"


# The form of what is sealed already: a column that an entry gets later is not part of it.
WRITTEN = {
    Book.EVENTS: _written(
        Event._meta.db_table,
        *("id", "action", "subject_type_id", "subject_id", "subject_label", "user_id", "organization_id", "channel"),
        *("occurred_at", "request_id", "changes"),
    ),
    Book.ATTEMPTS: _written(
        DeniedAttempt._meta.db_table,
        *("id", "occurred_at", "user_id", "organization_id", "channel", "network_address", "request_id", "what"),
        *("code", "detail"),
    ),
    Book.READINGS: _written(
        Reading._meta.db_table,
        *("id", "minute", "user_id", "organization_id", "channel", "network_address", "subject_type_id"),
        *("subject_id", "subject_label", "page"),
    ),
}


def beginning(book: Book) -> str:
    """SQL: what stands before the first entry of a book."""
    return f"sha256(convert_to('{book.value}', 'UTF8'))"
