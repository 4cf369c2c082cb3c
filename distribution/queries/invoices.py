"""Through whose hands a lot came to an institution, as the filed invoices tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q

from catalog.accounts.models import Organization, Ownership
from catalog.models import Product
from catalog.rules.invoicing_rules import InvoicingRules
from distribution.models import DeemedProducer, Invoice, InvoiceLine, Order
from distribution.queries.rules import invoicing_rules
from distribution.rules.checks import Check, Gate
from distribution.rules.invoice_chain import Chain, Deemed, Group, Sale, check_at_acceptance, exempts, judge_chain
from distribution.states import InvoiceKind, InvoiceStatus, Urgency

# Whoever holds more than half of a firm controls it (公司法 第二百六十五条).
CONTROL = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class GoodsLot:
    """One lot of a product, by the product's key."""

    product_id: int
    lot_number: str


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """All that is known of the way of some lots to the institution of an order."""

    sales: Mapping[GoodsLot, list[Sale]]
    products: Mapping[int, Product]
    institution: str
    is_remote: bool
    is_emergency: bool
    deemed: list[Deemed]
    groups: list[Group]
    rules: InvoicingRules

    def judge(self) -> dict[GoodsLot, Chain]:
        """The chain of each lot, with its sentences in the language that is active."""
        return {lot: self._judge(lot, self.products[lot.product_id], sales) for lot, sales in self.sales.items()}

    def _judge(self, lot: GoodsLot, product: Product, sales: list[Sale]) -> Chain:
        return judge_chain(
            sales,
            maker=product.manufacturer.code,
            institution=self.institution,
            product=product.code,
            lot=lot.lot_number,
            deemed=self.deemed,
            groups=self.groups,
            is_remote=self.is_remote,
            is_exempt=exempts(self.rules, is_emergency=self.is_emergency, is_controlled=product.is_controlled),
            rules=self.rules,
        )


def chain_check(*, order: Order, lines: Iterable[GoodsLot], on: date) -> Check | None:
    """The two-invoice rule for lots that arrive for an order on the day; None where none arrives.

    One check for all lots, with the words of the worst one; ``values["lots"]`` holds each lot's own values. What is
    only missing warns where the rule set lets the maker's invoice come after the goods; what is too long breaks the
    rule always. Queries: as many for a hundred lots as for one.

    Raises:
        RuleSetMissing
    """
    arriving = set(lines)
    if not arriving:
        return None
    facts = chain_facts(order=order, lots=arriving, on=on)
    checks = [check_at_acceptance(chain, facts.rules) for chain in facts.judge().values()]
    worst = min(checks, key=lambda check: (check.passed, check.gate == Gate.WARNING))
    return replace(worst, values={"lots": [check.values for check in checks]})


def chain_facts(*, order: Order, lots: Collection[GoodsLot], on: date, invoice: Invoice | None = None) -> ChainFacts:
    """What is filed about the lots, and the rules of the day.

    Of the sales to the institution those of the order count, or those of the one ``invoice`` that is judged.

    Raises:
        RuleSetMissing
    """
    products = Product.objects.select_related("manufacturer").in_bulk({lot.product_id for lot in lots})
    sales = _sales_of(order, sorted(lots, key=lambda lot: (lot.product_id, lot.lot_number)), invoice)
    firms = {end for rows in sales.values() for sale in rows for end in (sale.seller, sale.buyer)}
    place = Organization.objects.filter(pk=order.recipient_id or order.institution_id)
    return ChainFacts(
        sales=sales,
        products=products,
        institution=Organization.objects.values_list("code", flat=True).get(pk=order.institution_id),
        is_remote=place.filter(township__is_remote=True).exists(),
        is_emergency=order.urgency == Urgency.EMERGENCY,
        deemed=_deemed({product.manufacturer_id for product in products.values()}, on),
        groups=_groups(firms),
        rules=invoicing_rules(on),
    )


def _sales_of(order: Order, lots: Collection[GoodsLot], invoice: Invoice | None) -> Mapping[GoodsLot, list[Sale]]:
    to_institution = Q(invoice=invoice) if invoice else Q(invoice__order=order)
    rows = (
        InvoiceLine.objects.filter(
            Q(invoice__order=None) | to_institution,
            product__in={lot.product_id for lot in lots},
            lot_number__in={lot.lot_number for lot in lots},
            invoice__kind=InvoiceKind.SALE,
        )
        .exclude(invoice__status=InvoiceStatus.WITHDRAWN)
        .values_list(
            "product_id",
            "lot_number",
            "product__code",
            "invoice__number",
            "invoice__seller__code",
            "invoice__buyer__code",
            "invoice__issued_on",
        )
    )
    sales: dict[GoodsLot, list[Sale]] = {lot: [] for lot in lots}
    for product_id, lot_number, product, number, seller, buyer, issued_on in rows:
        # products and lots were asked for apart: a lot number of another product is nothing to us
        if (lot := GoodsLot(product_id, lot_number)) in sales:
            sales[lot].append(Sale(number, seller, buyer, product, lot_number, issued_on))
    return sales


def _deemed(maker_ids: Collection[int], on: date) -> list[Deemed]:
    rows = DeemedProducer.objects.filter(maker__in=maker_ids, validity__contains=on)
    return [Deemed(firm, maker) for firm, maker in rows.values_list("firm__code", "maker__code")]


def _groups(firm_codes: Collection[str]) -> list[Group]:
    """A group for each holder of more than half of one of the firms: what it holds, and itself where it is one."""
    names = dict(Organization.objects.filter(code__in=firm_codes).values_list("name", "code"))
    held: defaultdict[str, set[str]] = defaultdict(set)
    holdings = Ownership.objects.filter(
        tie=Ownership.Tie.OWNER, share__gt=CONTROL, organization__code__in=firm_codes
    ).values_list("holder", "organization__code")
    for holder, firm in holdings:
        held[holder].add(firm)
    return [Group(frozenset(firms | ({names[holder]} if holder in names else set()))) for holder, firms in held.items()]
