"""What provinces pay, out of a file: judged and written as one set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from catalog.foundation.imports import Column, day, one_of, price, text_up_to
from catalog.foundation.readers import optional
from catalog.services.imports.kinds import Context, Kind, Planned, Row, Together, refused
from catalog.services.price_import import PriceRow, StagedPrices, preview_prices, stage_prices, write_prices
from catalog.states import PriceSource, RowOutcome

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


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """All that can be read; they are judged together."""
    return [Planned(number, RowOutcome.ADDED) for number, _row in rows]


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
    problems = _problems(staged)
    for number, outcome in staged.outcomes():
        yield next(problems) if outcome == RowOutcome.REFUSED else Planned(number, outcome)


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
