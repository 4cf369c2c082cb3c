"""The sealer: it chains what was committed, and signs how far it has come.

An entry's number is drawn before its transaction commits, so that entry 8 may be there while entry 7 is still to come.
A chain in the order of commits, or of a clock, would pass over 7 for ever. So the sealer reads how far numbers were
drawn (the horizon), then which transactions hold the lock that every writer takes before it draws one; once those have
ended, nothing up to the horizon can appear any more, and it is chained in the order of the numbers. Writers wait for
nothing and write nothing more than their entry.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from catalog.foundation.journal.books import WRITTEN, Written, beginning
from catalog.foundation.journal.models import Book, ChainLink, Seal, Sealing
from catalog.foundation.signing import current_public_key, sign, signing_key

# So many entries are chained by one statement, in a second or two; more of them get several seals.
MOST_ENTRIES = 100_000

DRAWN = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%(table)s, 'id')), 0)"
# Not our own transaction: what it has written is seen by the statement that chains.
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = %(table)s::regclass
ORDER BY 1
"""
EXTEND = """
INSERT INTO journal_chainlink (book, entry_id, digest)
WITH RECURSIVE chain AS (
    SELECT %(after)s::bigint AS id, coalesce(%(digest)s::bytea, {beginning}) AS digest, 0 AS place
    UNION ALL
    SELECT entry.id, {digest}, chain.place + 1
    FROM chain CROSS JOIN LATERAL (
        SELECT * FROM {table} WHERE id > chain.id AND id <= %(horizon)s ORDER BY id LIMIT 1
    ) AS entry
    WHERE chain.place < %(most)s
)
SELECT %(book)s, id, digest FROM chain WHERE place > 0
"""


class Stamp(NamedTuple):
    """What a seal says of a book."""

    book: str
    number: int
    through: int
    entries: int
    digest: str
    sealed_at: datetime

    def document(self) -> dict[str, Any]:
        """The document that is signed; ``sealed_at`` in UTC, ``digest`` in hexadecimal."""
        return {"kind": "journal-seal", **self._asdict(), "sealed_at": self.sealed_at.astimezone(UTC).isoformat()}


def stamp_of(seal: Seal) -> Stamp:
    """What the row of a seal says."""
    digest = bytes(seal.digest).hex()
    return Stamp(seal.book, seal.number, seal.through, seal.entries, digest, seal.sealed_at)


def signed_document(seal: Seal) -> dict[str, Any]:
    """What was signed, with the signature and the name of the key beside it: what anybody may keep."""
    return {**stamp_of(seal).document(), "key_id": seal.key_id, "signature": seal.signature}


def seal_book(book: Book, *, at: datetime) -> list[Seal]:
    """Chain and seal what can no longer be joined by an earlier entry; nothing where another sealer is at work.

    What a transaction under way may still join waits for the next call, however long the transaction takes.
    """
    seals: list[Seal] = []
    Sealing.objects.get_or_create(book=book)
    with transaction.atomic():
        sealing = Sealing.objects.select_for_update(no_key=True, skip_locked=True).filter(book=book).first()
        if sealing is None:
            return seals
        written = WRITTEN[book]
        # in this order: whoever draws a number after the first statement is beyond the horizon
        drawn, writers = _drawn(written), _writers(written)
        awaited = set(sealing.writers) & set(writers)
        if not awaited:
            # what was begun when the sealer last looked is whole
            horizon = drawn if not writers else sealing.horizon
            while seal := _seal_next(book, written, horizon=horizon, at=at):
                seals.append(seal)
            sealing.horizon, sealing.writers = drawn, writers
            sealing.save(update_fields=["horizon", "writers"])
    return seals


def _drawn(written: Written) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, {"table": written.table})
        [drawn] = cursor.fetchone()
    return int(drawn)


def _writers(written: Written) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, {"table": written.table})
        return [transaction_name for (transaction_name,) in cursor.fetchall()]


def _seal_next(book: Book, written: Written, *, horizon: int, at: datetime) -> Seal | None:
    last = Seal.objects.filter(book=book).order_by("-number").first()
    links = ChainLink.objects.filter(book=book, entry_id__lte=horizon).order_by("-entry_id")
    after, digest = (last.through, last.digest) if last else (0, None)
    # links behind the last seal: seals were removed. Only what is added is counted, so that this stays seen
    unsealed = links.filter(entry_id__gt=after).values_list("entry_id", "digest").first()
    after, digest = unsealed or (after, digest)
    values: dict[str, Any] = {
        "book": book.value,
        "after": after,
        "digest": None if digest is None else bytes(digest),
        "horizon": horizon,
        "most": MOST_ENTRIES,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            EXTEND.format(beginning=beginning(book), table=written.table, digest=written.digest("chain.digest")), values
        )
        added = cursor.rowcount
    if not added:
        return None
    through, digest = links.values_list("entry_id", "digest")[0]
    number, entries = (last.number, last.entries) if last else (0, 0)
    stamp = Stamp(book.value, number + 1, through, entries + added, bytes(digest).hex(), at)
    return Seal.objects.create(
        **{**stamp._asdict(), "digest": bytes(digest)},
        public_key=current_public_key(),
        **sign(stamp.document(), signing_key()),
    )
