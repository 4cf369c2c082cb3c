"""What a product has cost over time: ceilings, what the provinces paid, and what patients paid."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.models import ProcurementPrice, Product, Region
from catalog.queries.ceiling_history import CeilingPeriod, ceilings_between
from catalog.queries.ceilings import Ceiling
from distribution.queries import RetailMedian, retail_medians


@dataclass(frozen=True, slots=True)
class GuidePeriod:
    """A ceiling from ``since`` until before ``until``, as far as that lies in what was asked for.

    It holds from ``begin`` until before ``end``, with no end where it holds on.
    """

    since: date
    until: date
    begin: date
    end: date | None
    ceiling: Ceiling


@dataclass(frozen=True, slots=True)
class PaidPeriod:
    """What a province paid from ``since`` until before ``until``, as far as that lies in what was asked for.

    It holds from ``begin`` until before ``end``, with no end where it holds on.
    """

    since: date
    until: date
    paid: ProcurementPrice

    @property
    def begin(self) -> date:
        """The first day of the price."""
        return self.paid.validity.lower or date.min

    @property
    def end(self) -> date | None:
        """The day after its last one."""
        return self.paid.validity.upper

    @property
    def price(self) -> Decimal:
        """Yuan per pack."""
        return self.paid.price


@dataclass(frozen=True, slots=True)
class ProvinceHistory:
    """The procurement prices of one province, in order; there may be days without one."""

    province: Region
    periods: list[PaidPeriod]


@dataclass(frozen=True, slots=True)
class Extent:
    """The lowest and the highest procurement price from ``since`` until before ``until``."""

    since: date
    until: date
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """The prices of a product from ``since`` until before ``until``, in yuan per pack.

    ``provinces`` are those that had a price, by their code; ``retail`` is of the chosen province, or of all.
    """

    product: Product
    since: date
    until: date
    chosen: Region | None
    guide: list[GuidePeriod]
    provinces: list[ProvinceHistory]
    retail: list[RetailMedian]

    @property
    def prices(self) -> list[Decimal]:
        """Every price in it."""
        return [
            *(period.ceiling.price for period in self.guide),
            *(period.price for province in self.provinces for period in province.periods),
            *(month.median for month in self.retail),
        ]

    @property
    def extents(self) -> list[Extent]:
        """How far the provinces lay apart, between each two changes of any."""
        return list(_extents(period for province in self.provinces for period in province.periods))


def price_history(product: Product, *, since: date, until: date, chosen: Region | None = None) -> PriceHistory:
    """Everything known, in as many queries for thirty provinces as for one."""
    paid = (
        ProcurementPrice.objects.filter(product=product, validity__overlap=DateRange(since, until))
        .select_related("province")
        .order_by("province", "validity")
    )
    return PriceHistory(
        product=product,
        since=since,
        until=until,
        chosen=chosen,
        guide=[
            _within(period, since, until)
            for period in ceilings_between(product, date.min, date.max)
            if period.since < until and since < period.until
        ],
        provinces=[
            ProvinceHistory(province, [_clipped(row, since, until) for row in rows])
            for province, rows in groupby(paid, lambda row: row.province)
        ],
        retail=retail_medians(product, since, until, chosen.pk if chosen else ""),
    )


def _within(period: CeilingPeriod, since: date, until: date) -> GuidePeriod:
    end = period.until if period.until < date.max else None
    return GuidePeriod(max(since, period.since), min(until, period.until), period.since, end, period.ceiling)


def _clipped(row: ProcurementPrice, since: date, until: date) -> PaidPeriod:
    return PaidPeriod(max(since, row.validity.lower or since), min(until, row.validity.upper or until), row)


def _extents(periods: Iterable[PaidPeriod]) -> Iterator[Extent]:
    begun, ended = defaultdict(list), defaultdict(list)
    for period in periods:
        begun[period.since].append(period.price)
        ended[period.until].append(period.price)
    standing: list[Decimal] = []
    for day, following in pairwise(sorted(begun.keys() | ended.keys())):
        for price in ended[day]:
            standing.pop(bisect_left(standing, price))
        for price in begun[day]:
            insort(standing, price)
        if standing:
            yield Extent(day, following, standing[0], standing[-1])
