"""Taking the retail prices that an institution reports, one by one or as a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.errors import NoRuleSet, PriceNotPositive, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.imports import Checked, Column, Table, check, day, price, text_up_to
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import unit_of_work
from catalog.models import Product, RuleSet
from distribution.errors import ObservedInFuture, PriceAlreadyReported
from distribution.models import RetailPrice, RetailReport
from distribution.policies import require_institution
from distribution.services.retail_checks import days_without_rule

STORE = """
INSERT INTO distribution_retailprice (report_id, institution_id, product_id, price, observed_on)
SELECT %(report)s, %(institution)s, given.* FROM unnest(%(products)s::bigint[], %(prices)s::numeric[], %(days)s::date[])
    AS given
"""

COLUMNS = [Column("product", text_up_to(32)), Column("price", price), Column("observed_on", day)]


@dataclass(frozen=True, slots=True)
class ReportedPrice:
    """What a pack of the product cost the patient on the day, in yuan; ``row`` names the line in the input."""

    product_code: str
    price: Decimal
    observed_on: date
    row: str


def check_retail_table(table: Table, *, actor: Actor, at: datetime) -> Checked:
    """Check a sheet of retail prices, down to whether the products are known and the prices new.

    Raises:
        NotAllowed, MissingColumns
    """
    institution_id = require_institution(actor, Role.PHARMACIST)
    checked = check(table, COLUMNS, key=("product", "observed_on"))
    reported = [_reported(number, row) for number, row in checked.rows]
    for error in _errors(reported, _product_ids(reported), institution_id, localdate(at)):
        checked.add(int(error.pointer.split("/")[2]), error)
    return checked


def _reported(number: int, row: dict[str, object]) -> ReportedPrice:
    return ReportedPrice(row["product"], row["price"], row["observed_on"], f"/rows/{number}")  # type: ignore[arg-type]


def report_retail_table(*, table: Table, actor: Actor, at: datetime) -> RetailReport:
    """Report the prices of a sheet; all or nothing.

    Raises:
        RulesBroken: with every bad row.
        NotAllowed, MissingColumns
    """
    checked = check_retail_table(table, actor=actor, at=at)
    checked.refuse()
    prices = [_reported(number, row) for number, row in checked.rows]
    return report_retail_prices(prices=prices, actor=actor, at=at)


def report_retail_prices(*, prices: Sequence[ReportedPrice], actor: Actor, at: datetime) -> RetailReport:
    """Store an institution's retail prices and have the worker check them; all or nothing.

    Raises:
        NotAllowed, NothingGiven
        RulesBroken: an unknown product, no price, a day ahead or without a rule, a price that was reported before.
    """
    institution_id = require_institution(actor, Role.PHARMACIST)
    if not prices:
        raise NothingGiven(pointer="/prices")
    product_ids = _product_ids(prices)
    refuse(_errors(prices, product_ids, institution_id, localdate(at)))
    institution = Organization.objects.get(pk=institution_id)
    with unit_of_work():
        report = RetailReport.objects.create(
            institution=institution,
            province_id=institution.province_id,
            reported_at=at,
            reported_by_id=actor.user_id,
        )
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    STORE,
                    {
                        "report": report.pk,
                        "institution": institution_id,
                        "products": [product_ids[item.product_code] for item in prices],
                        "prices": [item.price for item in prices],
                        "days": [item.observed_on for item in prices],
                    },
                )
        except IntegrityError as error:
            # the same prices came at once by another way
            first = prices[0]
            product = Product.objects.get(code=first.product_code)
            raise PriceAlreadyReported(product=product, observed_on=first.observed_on, pointer=first.row) from error
        record(
            actor=actor,
            action="retail_report.submit",
            subject=report,
            at=at,
            changes={"prices": [None, len(prices)]},
        )
    return report


def _product_ids(prices: Sequence[ReportedPrice]) -> dict[str, int]:
    return dict(Product.objects.filter(code__in={item.product_code for item in prices}).values_list("code", "pk"))


def _errors(
    prices: Sequence[ReportedPrice], product_ids: dict[str, int], institution_id: int, today: date
) -> list[DomainError]:
    known = RetailPrice.objects.filter(
        institution_id=institution_id,
        product__in=product_ids.values(),
        observed_on__in={item.observed_on for item in prices},
    )
    reported = set(known.order_by().values_list("product", "observed_on"))
    unruled = days_without_rule({item.observed_on for item in prices if item.observed_on <= today})
    bad: list[tuple[type[DomainError], ReportedPrice, str, dict[str, object]]] = []
    for item in prices:
        product_id = product_ids.get(item.product_code)
        if product_id is None:
            bad.append((UnknownCode, item, "/product", {"field": "product", "value": item.product_code}))
            continue
        if item.price <= 0:
            bad.append((PriceNotPositive, item, "/price", {"price": item.price}))
        if item.observed_on > today:
            bad.append((ObservedInFuture, item, "/observed_on", {"observed_on": item.observed_on, "today": today}))
        if item.observed_on in unruled:
            kind = RuleSet.Kind.RETAIL_CHECK.label
            bad.append((NoRuleSet, item, "/observed_on", {"kind": kind, "on": item.observed_on}))
        if (product_id, item.observed_on) in reported:
            bad.append((PriceAlreadyReported, item, "", {"observed_on": item.observed_on}))
        reported.add((product_id, item.observed_on))
    names = _names({item.product_code for _error, item, _place, _facts in bad})
    return [
        error(pointer=f"{item.row}{place}", **{"product": names.get(item.product_code)} | facts)
        for error, item, place, facts in bad
    ]


def _names(codes: set[str]) -> dict[str, Product]:
    """The products by their codes, as they are named in a mistake."""
    rows = Product.objects.filter(code__in=codes).select_related("presentation__medicine", "manufacturer")
    return {product.code: product for product in rows} if codes else {}
