"""The acceptance checklist of a despatch, on what is on file about its lines, its firm and its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate

from catalog.models import Product
from catalog.rules.supply_rules import SupplyRules
from catalog.states import ProductStatus
from distribution.models import Despatch, DespatchLine, LotHold, Order, TraceCode
from distribution.queries.holds import Holds, holds_on
from distribution.queries.invoices import GoodsLot, chain_check
from distribution.queries.network import RULE_ACTIVE, RULE_BARRED, RULE_ENTRUSTED, RULE_LICENCE, may_deliver
from distribution.rules import trace_codes
from distribution.rules.acceptance import DespatchFacts, LineFacts, check_receipt
from distribution.rules.checks import Check
from distribution.rules.cold_chain import ColdChainReport, Limits, Reading, assess
from distribution.rules.deadlines import deliver_by
from distribution.rules.distributor_licences import COLD
from procurement.models import Agreement
from procurement.states import AgreementStatus

# What does not depend on the product.
OF_THE_FIRMS = (RULE_ACTIVE, RULE_BARRED)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a line, in packs; ``line`` with its order line, product, agreement line and agreement.

    ``product_code`` is what came where it is another product; ``codes`` are those of the packs to be accepted.
    """

    line: DespatchLine
    accepted: int
    rejected: int
    surplus: int
    lot_number: str
    product_code: str | None
    codes: tuple[trace_codes.TraceCode, ...]


@dataclass(frozen=True, slots=True)
class _Register:
    """What is on file about the lines of a despatch, read once for all of them."""

    order: Order
    today: date
    due_at: datetime
    standing: dict[int, list[Check]]
    holds: Holds
    sent: dict[int, tuple[str, ...]]
    elsewhere: dict[str, set[int]]

    def facts(self, found: Found) -> LineFacts:
        line, ordered = found.line, found.line.order_line
        product, agreed = ordered.product, ordered.agreement_line
        hold = self.holds.of(product.pk, found.lot_number)
        codes = tuple(code.code for code in found.codes)
        return LineFacts(
            line_id=line.pk,
            product_ordered=product.code,
            product_found=found.product_code,
            price_ordered=ordered.price,
            price_agreed=agreed.price,
            agreement_in_force=_covered(agreed.agreement, self.order),
            distributor_entrusted=self._passes(product, RULE_ENTRUSTED),
            distributor_licence_ok=self._passes(product, RULE_LICENCE),
            approval_valid_until=product.licence_valid_until,
            product_trading=product.status == ProductStatus.TRADING,
            lot=line.lot_number,
            lot_found=found.lot_number,
            hold=None if hold is None else _told(hold),
            expires_on=min([line.expires_on, *(code.expires_on for code in found.codes if code.expires_on)]),
            made_on=line.made_on,
            shelf_life_months=product.shelf_life_months,
            packs_sent=line.packs,
            accepted=found.accepted,
            rejected=found.rejected,
            surplus=found.surplus,
            codes_sent=self.sent.get(line.pk, ()),
            codes_found=codes,
            foreign_codes=tuple(
                code.code
                for code in found.codes
                if not trace_codes.belongs_to(code, product.gtin, product.trace_prefix)
            ),
            codes_seen_before=tuple(code for code in codes if self.elsewhere.get(code, set()) - {line.pk}),
            needs_cold_chain=product.storage in COLD,
            promised_on=ordered.promised_on,
            due_at=self.due_at,
        )

    def _passes(self, product: Product, rule: str) -> bool:
        """A supplier that delivers itself is asked for neither an entrustment nor a licence to trade."""
        return all(check.passed for check in self.standing[product.pk] if check.rule == rule)


def run_checklist(
    despatch: Despatch, found: Sequence[Found], *, rules: SupplyRules, arrived_at: datetime, at: datetime
) -> list[Check]:
    """The whole checklist of a receipt on what is on file, gathered as sets: a thousand lines ask no more than one.

    Whether an agreement covers a line counts from the day of the order; everything else from the day of receipt.
    Sentences are in the active language.
    """
    order, today = despatch.order, localdate(at)
    products = list({item.line.order_line.product_id: item.line.order_line.product for item in found}.values())
    standing = may_deliver(
        supplier_id=order.supplier_id,
        distributor=order.distributor,
        products=products,
        institution=order.recipient or order.institution,
        on=today,
    )
    register = _Register(
        order=order,
        today=today,
        due_at=order.deliver_by or deliver_by(order.placed_at, order.urgency, is_remote=False, rules=rules),
        standing=standing,
        holds=holds_on({product.pk for product in products}),
        sent=_codes_sent(found),
        elsewhere=_lines_of_codes({code.code for item in found for code in item.codes}),
    )
    arrived = [GoodsLot(item.line.order_line.product_id, item.lot_number) for item in found]
    facts = DespatchFacts(
        received_at=arrived_at,
        today=today,
        cold_chain=cold_chain_report(despatch, products, rules, arrived_at),
        invoice_chain=chain_check(order=order, lines=arrived, on=today),
        lines=tuple(register.facts(item) for item in found),
        standing=tuple(check for check in standing[products[0].pk] if check.rule in OF_THE_FIRMS),
    )
    return check_receipt(facts, rules)


def cold_chain_report(
    despatch: Despatch, products: Sequence[Product], rules: SupplyRules, until: datetime
) -> ColdChainReport | None:
    """How warm the goods were on the way; None where they need no cold chain or nothing was filed.

    An order is of one class of temperature; of several the narrower limits of the cold count.
    """
    storages = {product.storage for product in products if product.storage in COLD}
    log = getattr(despatch, "cold_chain_log", None)
    if not storages or log is None:
        return None
    limit = rules.temperature[min(storages)]
    return assess(
        (Reading(datetime.fromisoformat(taken_at), Decimal(celsius)) for taken_at, celsius in log.readings),
        Limits(limit.lowest, limit.highest, timedelta(minutes=rules.reading_interval_minutes)),
        despatch.despatched_at,
        max(until, despatch.despatched_at),
    )


def _covered(agreement: Agreement, order: Order) -> bool:
    """Was the order placed under the agreement, and is that not suspended?"""
    return localdate(order.placed_at) in agreement.validity and agreement.status != AgreementStatus.SUSPENDED


def _told(hold: LotHold) -> str:
    return f"{hold.get_kind_display()}: {hold.reason} ({hold.source})"


def _codes_sent(found: Sequence[Found]) -> dict[int, tuple[str, ...]]:
    sent: defaultdict[int, list[str]] = defaultdict(list)
    rows = TraceCode.objects.filter(despatch_line__in=[item.line.pk for item in found]).order_by("pk")
    for line_id, code in rows.values_list("despatch_line_id", "code"):
        sent[line_id].append(code)
    return {line_id: tuple(codes) for line_id, codes in sent.items()}


def _lines_of_codes(codes: set[str]) -> dict[str, set[int]]:
    """On which lines of despatches the packs are that these codes are on."""
    lines: defaultdict[str, set[int]] = defaultdict(set)
    rows = TraceCode.objects.filter(code__in=codes, is_active=True)
    for code, line_id in rows.values_list("code", "despatch_line_id"):
        lines[code].add(line_id)
    return dict(lines)
