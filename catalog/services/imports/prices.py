"""What provinces pay, out of a file: judged and written as one set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.foundation.imports import BadCell, Column, day, one_of, price, text_up_to
from catalog.foundation.readers import optional
from catalog.services.imports.kinds import Context, Kind, Planned, Row, Together, refused
from catalog.services.price_import import PriceRow, StagedPrices, preview_prices, stage_prices, write_prices
from catalog.states import BY_HAND, PriceSource, RowOutcome

COLUMNS = [
    Column("product", text_up_to(32), label=_("code of the product"), synonyms=("产品编码",)),
    Column("province", text_up_to(6), label=_("province"), synonyms=("省份",)),
    Column("price", price, label=_("price (yuan per pack)"), synonyms=("采购价格",)),
    Column("valid_from", day, label=_("in force from")),
    Column("valid_until", optional(day), label=_("in force until (exclusive)"), is_required=False),
    Column("source", one_of(*PriceSource.values), label=_("source")),
    Column("source_reference", text_up_to(100), label=_("reference of the source")),
]
# How many refused rows are asked for at a time.
PAGE = 1000
# What stands is there also once it is ended.
CHANGED = """
SELECT former.price, judged.price
FROM price_judged AS judged
JOIN catalog_procurementprice AS former ON former.id = judged.standing_id
WHERE judged.outcome = 'changed'
ORDER BY judged.number
"""


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """All that can be read, and comes from where such a file may; they are judged together."""
    return [
        Planned(number, RowOutcome.ADDED)
        if context.actor.is_platform or row["source"] in BY_HAND
        else refused(
            number,
            BadCell(
                row=number,
                column="source",
                value=row["source"],
                problem=gettext("is not entered by hand: awards and adjustments have a way of their own"),
                pointer=f"/rows/{number}/source",
            ),
        )
        for number, row in rows
    ]


def judge(rows: Iterable[Row], context: Context) -> Iterator[Planned]:
    staged = stage_prices(rows=_price_rows(rows), actor=context.actor)
    preview_prices(staged=staged, limit=0)
    return _judged(staged)


def write(rows: Iterable[Row], context: Context) -> Iterator[Planned]:
    staged = stage_prices(rows=_price_rows(rows), actor=context.actor)
    write_prices(staged=staged, by_row=context.by_row, actor=context.actor, at=context.at)
    return _judged(staged)


def _price_rows(rows: Iterable[Row]) -> Iterator[PriceRow]:
    return (PriceRow(number, **row) for number, row in rows)


def _judged(staged: StagedPrices) -> Iterator[Planned]:
    problems, changes = _problems(staged), _changes()
    for number, outcome in staged.outcomes():
        if outcome == RowOutcome.REFUSED:
            yield next(problems)
        else:
            yield Planned(number, outcome, next(changes) if outcome == RowOutcome.CHANGED else {})


def _changes() -> Iterator[dict[str, list[Any]]]:
    """The price before and after of each changed row, in their order and not all at once."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(CHANGED)
        for former, new in cursor:
            yield {"price": [f"{former.normalize():f}", f"{new.normalize():f}"]} if former != new else {}


def _problems(staged: StagedPrices) -> Iterator[Planned]:
    """The refused rows in their order, a page of them at a time."""
    after = 0
    while page := staged.refused(after=after, limit=PAGE):
        yield from (refused(item.number, item.error) for item in page)
        after = page[-1].number


PRICES = Kind(
    name="prices",
    label=_("procurement prices"),
    help=_("One row per product and province; what stood before ends where the price begins. None above its ceiling."),
    columns=COLUMNS,
    key=("product", "province", "valid_from"),
    plan=plan,
    together=Together(judge, write),
)
