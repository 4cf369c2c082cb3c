"""What tenders have saved a province, from the goods that its institutions ordered and accepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.foundation.money import round_half_up
from catalog.models import Product, ReimbursementTerms, RuleSet
from catalog.queries.answers import prices_of
from catalog.states import Scheme
from distribution.queries.patient_cost import TENDERED, standing_of
from distribution.rules.patient_cost import Standing, settle_together

# Each ordered line finds the tender that brought the price of its day, and what held before: the province's price,
# else the ceiling that the new one was fixed under. To patients both are the retail price with the mark-up of the day.
BOUGHT = """
SELECT bought.product_id, bought.tier, sum(bought.packs)::bigint,
    sum(bought.packs * least(award.guide_amount,
        coalesce(round(former.price * (1 + bought.markup), 2), award.guide_amount))),
    sum(bought.packs * least(award.guide_amount, round(bought.price * (1 + bought.markup), 2))),
    sum(bought.packs * bought.price), bool_or(former.price IS NULL)
FROM (
    SELECT line.product_id, place.tier, line.price, sum(line.accepted_packs) AS packs,
        (placed.placed_at AT TIME ZONE %(zone)s)::date AS day,
        coalesce(rules.parameters ->> ('markup_' || place.tier), rules.parameters ->> 'markup', '0')::numeric AS markup
    FROM distribution_order placed
    JOIN distribution_orderline line ON line.order_id = placed.id
    JOIN accounts_organization place ON place.id = coalesce(placed.recipient_id, placed.institution_id)
    LEFT JOIN catalog_ruleset rules ON rules.kind = %(retail)s
        AND rules.validity @> (placed.placed_at AT TIME ZONE %(zone)s)::date
    WHERE placed.province_id = %(province)s AND line.accepted_packs > 0
        AND placed.placed_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
        AND placed.placed_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s
    GROUP BY line.product_id, place.tier, line.price, day, markup
) bought
CROSS JOIN LATERAL (
    SELECT price.guide_amount, lower(price.validity) AS since FROM catalog_procurementprice price
    WHERE price.product_id = bought.product_id AND price.province_id = %(province)s
        AND price.source = ANY(%(tendered)s) AND lower(price.validity) <= bought.day
    ORDER BY price.validity DESC LIMIT 1
) award
LEFT JOIN LATERAL (
    SELECT price.price FROM catalog_procurementprice price
    WHERE price.product_id = bought.product_id AND price.province_id = %(province)s
        AND upper(price.validity) <= award.since
    ORDER BY price.validity DESC LIMIT 1
) former ON true
GROUP BY bought.product_id, bought.tier
"""


@dataclass(frozen=True, slots=True)
class Bought:
    """A product as the institutions of a level bought it: accepted packs, and yuan at retail before and after.

    ``paid`` is what the institutions paid. ``by_ceiling``: for some of it nothing was agreed before, and the guide
    price is what it is compared with.
    """

    product_id: int
    tier: str
    packs: int
    before: Decimal
    after: Decimal
    paid: Decimal
    by_ceiling: bool


@dataclass(frozen=True, slots=True)
class ProductSaving:
    """What a product cost at retail, and would have cost at the price before its tender; yuan."""

    product: Product
    packs: int
    before: Decimal
    after: Decimal
    by_ceiling: bool

    @property
    def saving(self) -> Decimal:
        """Negative where the price rose."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class SchemeSaving:
    """Had everything been billed under the scheme: what patients and the fund paid, before and after, in yuan.

    ``unsettled`` is what was bought at levels of institution for which the scheme has no terms, at the new price.
    """

    scheme: Scheme
    patients_before: Decimal
    patients_after: Decimal
    fund_before: Decimal
    fund_after: Decimal
    unsettled: Decimal

    @property
    def patients_save(self) -> Decimal:
        """Yuan that patients paid less."""
        return self.patients_before - self.patients_after

    @property
    def fund_saves(self) -> Decimal:
        """Yuan that the scheme paid less."""
        return self.fund_before - self.fund_after


@dataclass(frozen=True, slots=True)
class Savings:
    """All of a province in a period: ``before`` and ``after`` at retail, ``paid`` by the institutions; yuan."""

    before: Decimal
    after: Decimal
    paid: Decimal
    products: Sequence[ProductSaving]
    schemes: Sequence[SchemeSaving]

    @property
    def saving(self) -> Decimal:
        """Negative where prices rose."""
        return self.before - self.after


def savings(province_id: str, *, since: date, until: date) -> Savings:
    """From the orders placed from ``since`` until before ``until``: packs accepted and not given back.

    Only what a tender or negotiation brought a price for counts. The terms and lists of the last day of the period
    settle both bills.
    """
    bought = _bought(province_id, since, until)
    products = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(
        {row.product_id for row in bought}
    )
    last = until - date.resolution
    answers = prices_of(list(products.values()), province_id=province_id, on=last)
    standings = {pk: standing_of(answer) for pk, answer in answers.items()}
    return Savings(
        before=_total(row.before for row in bought),
        after=_total(row.after for row in bought),
        paid=_total(row.paid for row in bought),
        products=_by_product(bought, products),
        schemes=_by_scheme(bought, standings, province_id, last),
    )


def _bought(province_id: str, since: date, until: date) -> list[Bought]:
    given: dict[str, Any] = {
        "province": province_id,
        "since": since,
        "until": until,
        "zone": connection.timezone_name,
        "retail": RuleSet.Kind.RETAIL_CHECK,
        "tendered": [source.value for source in TENDERED],
    }
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, given)
        return [Bought(*row) for row in cursor.fetchall()]


def _total(amounts: Any) -> Decimal:
    return round_half_up(sum(amounts, Decimal(0)))


def _by_product(bought: Collection[Bought], products: dict[int, Product]) -> list[ProductSaving]:
    rows: dict[int, list[Bought]] = defaultdict(list)
    for row in bought:
        rows[row.product_id].append(row)
    found = [
        ProductSaving(
            product=products[pk],
            packs=sum(row.packs for row in same),
            before=_total(row.before for row in same),
            after=_total(row.after for row in same),
            by_ceiling=any(row.by_ceiling for row in same),
        )
        for pk, same in rows.items()
    ]
    return sorted(found, key=lambda row: (-row.saving, row.product.code))


def _by_scheme(
    bought: Collection[Bought], standings: dict[int, Standing], province_id: str, on: date
) -> list[SchemeSaving]:
    terms = {
        (row.scheme, row.tier): row.terms
        for row in ReimbursementTerms.objects.in_force(on).filter(province=province_id)
    }
    by_tier: dict[str, list[Bought]] = defaultdict(list)
    for row in bought:
        by_tier[row.tier].append(row)
    found = []
    for scheme in Scheme:
        settled = [
            (
                settle_together([(round_half_up(row.before), standings[row.product_id]) for row in rows], terms[key]),
                settle_together([(round_half_up(row.after), standings[row.product_id]) for row in rows], terms[key]),
            )
            for tier, rows in by_tier.items()
            if (key := (scheme.value, tier)) in terms
        ]
        if not settled:
            continue
        found.append(
            SchemeSaving(
                scheme=scheme,
                patients_before=_total(before.paid_by_patient for before, _after in settled),
                patients_after=_total(after.paid_by_patient for _before, after in settled),
                fund_before=_total(before.paid_by_fund for before, _after in settled),
                fund_after=_total(after.paid_by_fund for _before, after in settled),
                unsettled=_total(row.after for row in bought if (scheme.value, row.tier) not in terms),
            )
        )
    return found
