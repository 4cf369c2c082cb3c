"""Finding products and entries of the list by what people type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Edition, EditionEntry, Medicine, Product
from catalog.rules.search_words import SearchWords

# Up to so many, all that match are looked at and put in order; beyond, the products are walked through in order until
# a page is full, which is soon since so many match.
MANY = 20_000
# Between the names in the path of a section.
BELOW = " › "
EXACT, BEGINNING, ELSEWHERE = range(3)

RANKED = """
WITH found AS MATERIALIZED (
    SELECT product_id, name, code, codes FROM catalog_productsearch
    WHERE catalog_search_terms(content, codes) @@ %(terms)s::tsquery AND content LIKE ALL (%(patterns)s)
    LIMIT %(many)s + 1
)
SELECT size, ranked.* FROM (SELECT count(*) AS size FROM found) AS counted LEFT JOIN LATERAL (
    SELECT product_id, rank, name, code FROM (
        SELECT *, CASE WHEN codes && %(words)s::text[] THEN 0 WHEN name LIKE %(beginning)s THEN 1 ELSE 2 END AS rank
        FROM found
    ) AS of_a_rank
    WHERE size <= %(many)s AND (rank, name, code) > (%(after_rank)s, %(after_name)s, %(after_code)s)
    ORDER BY rank, name, code LIMIT %(limit)s
) AS ranked ON true
ORDER BY rank, name, code
"""
WALKED = """
SELECT product_id, %(rank)s, name, code FROM catalog_productsearch
WHERE {condition} AND content LIKE ALL (%(patterns)s) AND (name, code) > (%(after_name)s, %(after_code)s)
ORDER BY name, code LIMIT %(limit)s
"""
OF_RANK = {
    EXACT: "catalog_search_terms(content, codes) @@ %(whole_codes)s::tsquery",
    BEGINNING: "name LIKE %(beginning)s AND NOT codes && %(words)s::text[]",
    ELSEWHERE: "name NOT LIKE %(beginning)s AND NOT codes && %(words)s::text[]",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a product stands among those found: those that a code names, those that begin so, the rest; by name."""

    rank: int
    name: str
    code: str


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
    rows = _ranked(asked, limit + 1, after)
    page = rows[:limit]
    products = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(row[0] for row in page)
    # written between the two statements by somebody else: a product that is gone is left out
    shown = [products[row[0]] for row in page if row[0] in products]
    return Found(shown, Place(*page[-1][1:]) if len(rows) > limit else None)


def _ranked(asked: SearchWords, limit: int, after: Place | None) -> list[tuple[Any, ...]]:
    start = after or Place(-1, "", "")
    facts = {
        "terms": asked.terms,
        "whole_codes": asked.whole_codes,
        "patterns": asked.patterns,
        "words": list(asked.words),
        "beginning": asked.beginning,
        "many": MANY,
        "limit": limit,
    } | {f"after_{name}": value for name, value in zip(("rank", "name", "code"), astuple(start), strict=True)}
    with connection.cursor() as cursor:
        cursor.execute(RANKED, facts)
        answer = cursor.fetchall()
        if answer[0][0] <= MANY:
            return [row[1:] for row in answer if row[1] is not None]
        rows: list[tuple[Any, ...]] = []
        for rank in range(max(start.rank, EXACT), ELSEWHERE + 1):
            begin = start if rank == start.rank else Place(rank, "", "")
            facts |= {
                "rank": rank,
                "after_name": begin.name,
                "after_code": begin.code,
                "limit": limit - len(rows),
            }
            cursor.execute(WALKED.format(condition=OF_RANK[rank]), facts)
            rows += cursor.fetchall()
            if len(rows) == limit:
                break
    return rows


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
