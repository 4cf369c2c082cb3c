"""Is the journal as it was sealed? And if not, where was it broken?

Every link is reckoned again from the entry and the link before it, as one statement; then the seals are held against
the links that they name. A key is believed where it comes from outside of the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.books import WRITTEN, beginning
from catalog.foundation.journal.models import Book, ChainLink, Seal
from catalog.foundation.journal.sealing import stamp_of
from catalog.foundation.signing import verify

# So many broken entries of a book are named; the first of them says where to look.
MOST_NAMED = 100

BROKEN = """
WITH link AS (
    SELECT entry_id, digest, lag(digest, 1, {beginning}) OVER (ORDER BY entry_id) AS before
    FROM journal_chainlink WHERE book = %(book)s AND entry_id <= %(through)s
)
SELECT
    CASE WHEN entry.id IS NULL THEN 'removed' WHEN link.entry_id IS NULL THEN 'unchained' ELSE 'altered' END,
    coalesce(link.entry_id, entry.id)
FROM link FULL JOIN (SELECT * FROM {table} WHERE id <= %(through)s) AS entry ON entry.id = link.entry_id
WHERE entry.id IS NULL OR link.entry_id IS NULL OR link.digest <> {digest}
ORDER BY 2 LIMIT %(most)s
"""
# The links that seals name, with their place in the chain.
NAMED = """
WITH placed AS (
    SELECT entry_id, digest, row_number() OVER (ORDER BY entry_id) AS place
    FROM journal_chainlink WHERE book = %(book)s
)
SELECT placed.entry_id, placed.place, placed.digest FROM placed WHERE placed.entry_id = ANY(%(entries)s)
"""
WAITING = "SELECT count(*) FROM {table} WHERE id > %(through)s"


class Kind(TextChoices):
    """How a chain can be broken."""

    ALTERED = "altered", _("does not fit its digest: it was altered or moved, or what stood before it was removed")
    REMOVED = "removed", _("was removed")
    UNCHAINED = "unchained", _("stands among sealed entries without a link: it was inserted, or its link removed")
    UNSEALED = "unsealed", _("has a link behind the last seal: seals were removed, or the link was made up")
    SEAL_MISSING = "seal_missing", _("is missing")
    SEAL_FORGED = "seal_forged", _("was not signed by the platform")
    SEAL_OF_STRANGE_KEY = "seal_of_strange_key", _("was signed with a key that is neither the platform's nor trusted")
    MISCOUNTED = "miscounted", _("counted other entries than there are since the seal before it")
    REWRITTEN = "rewritten", _("has another digest than the chain: what stands since the seal before it was rewritten")
    KEPT_DIFFERS = "kept_differs", _("was kept outside and says something else than the chain: it was rewritten")


OF_ENTRIES = (Kind.ALTERED, Kind.REMOVED, Kind.UNCHAINED, Kind.UNSEALED)


class Break(NamedTuple):
    """One place at which a chain is broken: at an entry of the book, or at a seal by its number."""

    book: Book
    kind: Kind
    number: int

    @property
    def is_of_an_entry(self) -> bool:
        """Does the number name an entry, not a seal?"""
        return self.kind in OF_ENTRIES


class Verdict(NamedTuple):
    """What became of a book: how many entries are sealed, by how many seals, how many wait, and where it is broken."""

    book: Book
    entries: int
    seals: int
    waiting: int
    breaks: list[Break]


def verify_book(book: Book, *, trusted: Mapping[str, bytes]) -> Verdict:
    """Reckon the whole chain of a book again.

    Args:
        trusted: the public keys that seals are believed by, each by its name: the platform's present one, and those
            that the caller knows to have been its own.
    """
    written = WRITTEN[book]
    # the links before the seals: those that a sealer adds meanwhile are behind what is looked at
    linked = ChainLink.objects.filter(book=book).aggregate(last=Max("entry_id"))["last"] or 0
    seals = list(Seal.objects.filter(book=book).order_by("number"))
    sealed = seals[-1].through if seals else 0
    asked = {"book": book.value, "through": max(linked, sealed), "most": MOST_NAMED}
    with connection.cursor() as cursor:
        cursor.execute(
            BROKEN.format(beginning=beginning(book), table=written.table, digest=written.digest("link.before")), asked
        )
        breaks = [Break(book, Kind(kind), entry) for kind, entry in cursor.fetchall()]
        cursor.execute(WAITING.format(table=written.table), asked)
        [waiting] = cursor.fetchone()
    if linked > sealed:
        breaks.append(Break(book, Kind.UNSEALED, linked))
    breaks += _broken_seals(book, seals, trusted)
    return Verdict(book, seals[-1].entries if seals else 0, len(seals), waiting, breaks)


def check_kept(documents: list[dict[str, Any]], *, trusted: Mapping[str, bytes]) -> list[Break]:
    """Hold seals that somebody kept outside of the platform against its chains.

    Raises:
        KeyError, TypeError, ValueError: what is no seal of the journal.
    """
    breaks = []
    for book in Book:
        kept = [document for document in documents if Book(document["book"]) == book]
        placed = _placed(book, [int(document["through"]) for document in kept])
        for document in kept:
            said = dict(document)
            key, signature = said.pop("key_id"), said.pop("signature")
            fault = _fault_of_signature(said, str(key), str(signature), trusted)
            if fault is None and placed.get(said["through"]) != (said["entries"], said["digest"]):
                fault = Kind.KEPT_DIFFERS
            if fault is not None:
                breaks.append(Break(book, fault, int(said["number"])))
    return breaks


def _broken_seals(book: Book, seals: list[Seal], trusted: Mapping[str, bytes]) -> Iterator[Break]:
    placed = _placed(book, [seal.through for seal in seals])
    before, counted, place = 0, 0, 0
    for seal in seals:
        stamp = stamp_of(seal)
        yield from (Break(book, Kind.SEAL_MISSING, number) for number in range(before + 1, seal.number))
        fault = _fault_of_signature(stamp.document(), seal.key_id, seal.signature, trusted)
        if fault is not None:
            yield Break(book, fault, seal.number)
        found, digest = placed.get(seal.through, (place, ""))
        if found - place != seal.entries - counted:
            yield Break(book, Kind.MISCOUNTED, seal.number)
        if digest != stamp.digest:
            yield Break(book, Kind.REWRITTEN, seal.number)
        before, counted, place = seal.number, seal.entries, found


def _placed(book: Book, entries: list[int]) -> dict[int, tuple[int, str]]:
    """The place in the chain and the digest of the links of some entries."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"book": book.value, "entries": entries})
        return {entry: (place, bytes(digest).hex()) for entry, place, digest in cursor.fetchall()}


def _fault_of_signature(
    document: Mapping[str, Any], key: str, signature: str, trusted: Mapping[str, bytes]
) -> Kind | None:
    if key not in trusted:
        return Kind.SEAL_OF_STRANGE_KEY
    return None if verify(document, signature, trusted[key]) else Kind.SEAL_FORGED
