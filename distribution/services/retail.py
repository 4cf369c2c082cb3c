"""Taking institutions' retail prices and checking them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.errors import NoRuleSet, PriceNotPositive, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.imports import Checked, Column, Table, check, day, price, text_up_to
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import perform, unit_of_work
from catalog.models import ProcurementPrice, Product, RuleSet
from catalog.queries import guide_prices, rule_set
from catalog.rules.markup import markup_of
from distribution.errors import ObservedInFuture, PriceAlreadyReported
from distribution.models import RetailFinding, RetailPrice, RetailReport
from distribution.policies import require_institution
from distribution.rules.retail import check_retail_price
from distribution.states import RETAIL_REPORT

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
    products = _products(reported)
    for error in _errors(reported, products, institution_id, localdate(at)):
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
    products = _products(prices)
    refuse(_errors(prices, products, institution_id, localdate(at)))
    institution = Organization.objects.get(pk=institution_id)
    with unit_of_work():
        report = RetailReport.objects.create(
            institution=institution,
            province_id=institution.province_id,
            reported_at=at,
            reported_by_id=actor.user_id,
        )
        try:
            with transaction.atomic():
                RetailPrice.objects.bulk_create(
                    RetailPrice(
                        report=report,
                        institution=institution,
                        product=products[item.product_code],
                        price=item.price,
                        observed_on=item.observed_on,
                    )
                    for item in prices
                )
        except IntegrityError as error:
            # the same prices came at once by another way
            first = prices[0]
            product = products[first.product_code]
            raise PriceAlreadyReported(product=product, observed_on=first.observed_on, pointer=first.row) from error
        record(
            actor=actor,
            action="retail_report.submit",
            subject=report,
            at=at,
            changes={"prices": [None, len(prices)]},
        )
    return report


def _products(prices: Sequence[ReportedPrice]) -> dict[str, Product]:
    codes = {item.product_code for item in prices}
    rows = Product.objects.filter(code__in=codes).select_related("presentation__medicine", "manufacturer")
    return {product.code: product for product in rows}


def _errors(
    prices: Sequence[ReportedPrice], products: dict[str, Product], institution_id: int, today: date
) -> list[DomainError]:
    known = RetailPrice.objects.filter(institution_id=institution_id, product__in=products.values())
    reported = set(known.values_list("product__code", "observed_on"))
    errors: list[DomainError] = []
    unruled = _days_without_rule({item.observed_on for item in prices if item.observed_on <= today})
    for item in prices:
        product = products.get(item.product_code)
        if product is None:
            errors.append(UnknownCode(field="product", value=item.product_code, pointer=f"{item.row}/product"))
            continue
        if item.price <= 0:
            errors.append(PriceNotPositive(product=product, price=item.price, pointer=f"{item.row}/price"))
        if item.observed_on > today:
            errors.append(
                ObservedInFuture(
                    product=product,
                    observed_on=item.observed_on,
                    today=today,
                    pointer=f"{item.row}/observed_on",
                )
            )
        if item.observed_on in unruled:
            kind = RuleSet.Kind.RETAIL_CHECK.label
            errors.append(NoRuleSet(kind=kind, on=item.observed_on, pointer=f"{item.row}/observed_on"))
        if (item.product_code, item.observed_on) in reported:
            errors.append(PriceAlreadyReported(product=product, observed_on=item.observed_on, pointer=item.row))
        reported.add((item.product_code, item.observed_on))
    return errors


def _days_without_rule(days: set[date]) -> set[date]:
    """The days on which no rule says what is allowed: a price of such a day could never be checked."""
    rules = [rules.validity for rules in RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK)]
    return {day for day in days if not any(day in validity for validity in rules)}


def check_retail_report(*, report_id: int, actor: Actor, at: datetime) -> RetailReport:
    """Check every price of a report against the guide price of its day and the purchase price; keep the violations.

    Raises:
        NotVisible, WrongState, AlreadyDone
        NoRuleSet: no mark-up rule holds on the day of a price.
    """
    with perform(
        "check",
        RetailReport.objects.visible_to(actor),
        pk=report_id,
        machine=RETAIL_REPORT,
        policy=_worker,
        actor=actor,
        at=at,
    ) as report:
        prices = RetailPrice.objects.filter(report=report).select_related("product")
        findings: list[RetailFinding] = []
        for observed_on in prices.values_list("observed_on", flat=True).distinct().order_by("observed_on"):
            findings += _findings(report, prices.filter(observed_on=observed_on), observed_on, at)
        RetailFinding.objects.bulk_create(findings)
        report.checked_at = at
    return report


def _worker(actor: Actor, action: str, report: RetailReport) -> None:
    """The check runs on the worker; what it finds is open to whoever may see the report."""


def _findings(
    report: RetailReport, prices: QuerySet[RetailPrice], observed_on: date, at: datetime
) -> list[RetailFinding]:
    rows = list(prices)
    ceilings = guide_prices([row.product for row in rows], observed_on)
    purchase = dict(
        ProcurementPrice.objects.in_force(observed_on)
        .filter(province_id=report.province_id, product__in=[row.product_id for row in rows])
        .values_list("product_id", "price")
    )
    rules = rule_set(RuleSet.Kind.RETAIL_CHECK, observed_on)
    markup = markup_of(rules.parameters, report.institution.tier)
    findings = []
    for row in rows:
        ceiling = ceilings.get(row.product_id)
        violations = check_retail_price(
            row.price,
            guide_price=ceiling.price if ceiling else None,
            purchase_price=purchase.get(row.product_id),
            markup=markup,
        )
        context = {"observed_on": str(observed_on), "rule_set": rules.title}
        if ceiling is not None:
            context["guide_price_source"] = ceiling.decision.number
            if ceiling.is_derived:
                context["guide_price_derivation"] = ceiling.derivation
        findings += [
            RetailFinding(
                retail_price=row,
                institution_id=report.institution_id,
                province_id=report.province_id,
                verdict=violation.verdict,
                limit=violation.limit,
                evidence=violation.evidence | context,
                found_at=at,
            )
            for violation in violations
        ]
    return findings
