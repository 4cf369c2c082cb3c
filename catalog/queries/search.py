"""Finding products and entries of the list by what people type."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Edition, EditionEntry, Medicine, Product
from catalog.rules.search_words import SearchWords

# Between the names in the path of a section.
BELOW = " › "

# A question is frequent when so many of a sample of so many products match. Of those the rest is walked through in the
# order of a hash, where they lie evenly, until the page is full; looking at all that match would take far too long.
SAMPLE = 2_000
OFTEN = 50
NOWHERE, EXACT, BEGINNING, ELSEWHERE, SCATTERED = range(-1, 4)

SAMPLED = """
SELECT count(*), count(*) FILTER (WHERE content LIKE ALL (%(patterns)s))
FROM (SELECT content FROM catalog_productsearch ORDER BY hashtext(code), code LIMIT %(sample)s) AS sample
"""
RANKED = """
SELECT product_id, rank, name, code FROM (
    SELECT product_id, name, code,
           CASE WHEN codes && %(words)s::text[] THEN 0 WHEN name LIKE %(beginning)s THEN 1 ELSE 2 END AS rank
    FROM catalog_productsearch
    WHERE catalog_search_terms(content, codes) @@ %(terms)s::tsquery AND content LIKE ALL (%(patterns)s)
    OFFSET 0
) AS found
WHERE (rank, name, code) > (%(after_rank)s, %(after_name)s, %(after_code)s)
ORDER BY rank, name, code LIMIT %(limit)s
"""
OF_RANK = {
    EXACT: """
SELECT product_id, 0, name, code FROM catalog_productsearch
WHERE catalog_search_terms(content, codes) @@ %(whole_codes)s::tsquery AND content LIKE ALL (%(patterns)s)
  AND (name, code) > (%(after_name)s, %(after_code)s)
ORDER BY name, code LIMIT %(limit)s
""",
    BEGINNING: """
SELECT product_id, 1, name, code FROM catalog_productsearch
WHERE name LIKE %(beginning)s AND content LIKE ALL (%(patterns)s) AND NOT codes && %(words)s::text[]
  AND (name, code) > (%(after_name)s, %(after_code)s)
ORDER BY name, code LIMIT %(limit)s
""",
    SCATTERED: """
SELECT product_id, 3, '', code FROM catalog_productsearch
WHERE name NOT LIKE %(beginning)s AND content LIKE ALL (%(patterns)s) AND NOT codes && %(words)s::text[]
  AND (%(after_code)s = '' OR (hashtext(code), code) > (hashtext(%(after_code)s), %(after_code)s))
ORDER BY hashtext(code), code LIMIT %(limit)s
""",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a product stands among those found: those that a code names, those that begin so, the rest; by name.

    The rest of a frequent question is ``SCATTERED`` and has no order that means anything.
    """

    rank: int
    name: str
    code: str

    @property
    def token(self) -> str:
        """For an address."""
        return urlsafe_b64encode(json.dumps(astuple(self)).encode()).decode()

    @classmethod
    def read(cls, token: str) -> Place:
        """The place of a token.

        Raises:
            ValueError: it is none.
        """
        try:
            rank, name, code = json.loads(urlsafe_b64decode(token))
            if type(rank) is not int or rank not in range(SCATTERED + 1):
                raise ValueError("no place")
            if type(name) is not str or type(code) is not str or "\x00" in name + code:
                raise ValueError("no place")
            # surrogates cannot be written into a question to the database
            (name + code).encode()
        except (TypeError, RecursionError) as error:
            raise ValueError("no place") from error
        return cls(rank, name, code)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of products, and the place after which the next one begins, where there is one."""

    products: Sequence[Product]
    next: Place | None


def search_products(question: str, *, limit: int, after: Place | None = None) -> Found:
    """Products that contain all words of the question (``ProductQuerySet.search``), the likeliest first.

    Within 50 ms among 200,000 products, whether two of them match or all: nothing counts how many there are.
    """
    asked = SearchWords.read(question)
    if not asked.words:
        return Found([], None)
    rows = _rows(asked, limit + 1, after)
    page = rows[:limit]
    products = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(row[0] for row in page)
    # written between the two statements by somebody else: a product that is gone is left out
    shown = [products[row[0]] for row in page if row[0] in products]
    return Found(shown, Place(*page[-1][1:]) if len(rows) > limit else None)


def _rows(asked: SearchWords, limit: int, after: Place | None) -> list[tuple[Any, ...]]:
    """Product id and place of each; once the rest has begun, a question stays rare or frequent."""
    facts: dict[str, Any] = {
        "terms": asked.terms,
        "whole_codes": asked.whole_codes,
        "patterns": asked.patterns,
        "words": list(asked.words),
        "beginning": asked.beginning,
        "sample": SAMPLE,
    }
    start = after or Place(NOWHERE, "", "")
    with connection.cursor() as cursor:
        cursor.execute(SAMPLED, facts)
        sampled, matching = cursor.fetchone()
        is_frequent = sampled == SAMPLE and matching >= OFTEN
        if start.rank == ELSEWHERE or (start.rank != SCATTERED and not is_frequent):
            cursor.execute(RANKED, facts | _bounds(start, limit))
            return cursor.fetchall()
        rows: list[tuple[Any, ...]] = []
        for rank, statement in OF_RANK.items():
            if rank >= start.rank and len(rows) < limit:
                # from an empty name the index would be read from its very beginning
                first = Place(rank, asked.words[0] if rank == BEGINNING else "", "")
                begin = start if rank == start.rank else first
                cursor.execute(statement, facts | _bounds(begin, limit - len(rows)))
                rows += cursor.fetchall()
        return rows


def _bounds(begin: Place, limit: int) -> dict[str, Any]:
    return {"after_rank": begin.rank, "after_name": begin.name, "after_code": begin.code, "limit": limit}


def entries_of(
    edition: Edition | None, question: str = "", *, part: str = "", section: str = ""
) -> QuerySet[EditionEntry]:
    """The entries of an edition in its order, those of one part or section (with what is below it), those searched for.

    With medicine, section, presentations and members of groups. None without an edition.
    """
    entries = EditionEntry.objects.filter(edition=edition) if edition else EditionEntry.objects.none()
    if part:
        entries = entries.filter(part=part)
    if section:
        entries = entries.filter(Q(section__path=section) | Q(section__path__startswith=section + BELOW))
    if question.strip():
        medicines = Medicine.objects.search(question)
        groups = EditionEntry.members.through._default_manager.filter(medicine__in=medicines)
        entries = entries.filter(Q(medicine__in=medicines) | Q(pk__in=groups.values("editionentry")))
    return (
        entries.select_related("medicine", "section")
        .prefetch_related("presentations", "members")
        .order_by("part", "number", "is_repeat", "pk")
    )
