"""Judging what was invoiced for an order: the chain of each lot, and whether goods, receipts and invoices agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import override

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import lock, perform, unit_of_work
from distribution.models import Invoice, InvoiceLine, Order, OrderLine, Payable
from distribution.policies import may_handle_invoice, may_handle_order
from distribution.queries.invoices import GoodsLot, chain_facts
from distribution.queries.order_accounts import OrderAccount, due_days, open_payables, order_account
from distribution.rules.checks import Check
from distribution.rules.payables import Share, amounts, share_out
from distribution.rules.three_way import Accepted, Invoiced, Ordered, match_lines
from distribution.services.settling import settle_paid
from distribution.states import INVOICE, ORDER, InvoiceKind, InvoiceStatus, OrderStatus

PLATFORM = Actor.platform()


@dataclass(frozen=True, slots=True)
class Finding:
    """A check, and the sentences of the differences behind it."""

    check: Check
    sentences: Sequence[str] = ()


def judge_order(*, order_id: int, at: datetime) -> None:
    """Judge the invoices of an order anew by what is known now, and state what is to be paid for each.

    An invoice is matched where chain and match let it pass, else in dispute; it stays filed while its goods are on
    the way. What was approved for payment is left as it is. Done twice it does what it does once.

    Raises:
        NotVisible, RuleSetMissing
    """
    with unit_of_work():
        order = lock(Order.objects.all(), pk=order_id)
        standing = Invoice.objects.filter(order=order).exclude(status=InvoiceStatus.WITHDRAWN)
        invoices = list(standing.select_for_update(of=("self",), no_key=True).order_by("pk"))
        account = order_account(order, [invoice.pk for invoice in invoices])
        shares = share_out(account.received, account.claims)
        days = due_days(account)
        payables: list[Payable] = []
        fit: list[int] = []
        for invoice in invoices:
            lines = account.invoice_lines[invoice.pk]
            payables += _payables(account, lines, shares, days)
            if invoice.status == InvoiceStatus.SETTLED or _judge(order, invoice, lines, account, shares, at):
                fit.append(invoice.pk)
        _write(invoices, payables)
        _count_invoiced(account, fit)
        _move_order(order, account, at, is_disputed=len(fit) < len(invoices))
        settle_paid(order_id=order.pk, at=at)


def _judge(
    order: Order,
    invoice: Invoice,
    lines: list[InvoiceLine],
    account: OrderAccount,
    shares: Mapping[int, Share],
    at: datetime,
) -> bool:
    """Does it agree? With the evidence written down, and its state changed where that is another."""
    facts = None
    if invoice.kind == InvoiceKind.SALE:
        lots = {GoodsLot(line.product_id, line.lot_number) for line in lines}
        facts = chain_facts(order=order, lots=lots, on=invoice.issued_on, invoice=invoice)

    def run() -> list[Finding]:
        chains = facts.judge().values() if facts else ()
        return [_match(invoice, lines, account, shares), *(Finding(chain.check) for chain in chains)]

    match, *chain = _told(run)
    Invoice.objects.filter(pk=invoice.pk).update(match=[match], chain=chain)
    is_fit = all(evidence["passed"] for evidence in (match, *chain))
    waits = any((line.order_line_id, line.lot_number) in account.under_way for line in lines)
    target = InvoiceStatus.MATCHED if is_fit else InvoiceStatus.DISPUTED
    if invoice.status == target or (not is_fit and waits and invoice.status == InvoiceStatus.FILED):
        return is_fit
    with perform(
        "match" if is_fit else "dispute",
        Invoice.objects.all(),
        pk=invoice.pk,
        machine=INVOICE,
        policy=may_handle_invoice,
        actor=PLATFORM,
        at=at,
    ) as moved:
        moved.matched_at = at if is_fit else None
    return is_fit


def _match(invoice: Invoice, lines: list[InvoiceLine], account: OrderAccount, shares: Mapping[int, Share]) -> Finding:
    sign = -1 if invoice.kind == InvoiceKind.CREDIT else 1
    named = {line.order_line_id for line in lines}
    match = match_lines(
        [Ordered(pk, line.product.code, line.price) for pk, line in account.lines.items() if pk in named],
        [Accepted(line.order_line_id or 0, line.lot_number, shares[line.pk].goods) for line in lines],
        [
            Invoiced(
                line.order_line_id or 0,
                line.product.code,
                line.lot_number,
                sign * line.packs,
                line.price,
                sign * line.amount,
            )
            for line in lines
        ],
    )
    return Finding(match.check, [difference.sentence for difference in match.differences])


def _told(run: Callable[[], list[Finding]]) -> list[dict[str, Any]]:
    """The evidence as it is kept, its sentences in every language."""
    kept: list[dict[str, Any]] = [
        {
            "rule": finding.check.rule,
            "source": finding.check.source,
            "gate": finding.check.gate,
            "passed": finding.check.passed,
            "values": finding.check.values,
            "sentences": {},
            "difference_sentences": {},
        }
        for finding in run()
    ]
    for language, _name in settings.LANGUAGES:
        with override(language):
            for evidence, finding in zip(kept, run(), strict=True):
                evidence["sentences"][language] = finding.check.sentence
                evidence["difference_sentences"][language] = finding.sentences
    return kept


def _payables(
    account: OrderAccount,
    lines: Iterable[InvoiceLine],
    shares: Mapping[int, Share],
    days: Mapping[tuple[int, int], tuple[date, Decimal]],
) -> list[Payable]:
    rows = []
    for line in lines:
        packs_of_receipt = shares[line.pk].payable
        price = account.lines[line.order_line_id or 0].price
        for receipt_id, amount in amounts(packs_of_receipt, price).items():
            due, per_day = days[line.order_line_id or 0, receipt_id]
            rows.append(
                Payable(
                    invoice_id=line.invoice_id,
                    invoice_line=line,
                    receipt_id=receipt_id,
                    packs=packs_of_receipt[receipt_id],
                    amount=amount,
                    due_on=due,
                    interest_per_day=per_day,
                )
            )
    return rows


def _write(invoices: list[Invoice], payables: list[Payable]) -> None:
    """What is open is replaced, what was committed stays; a line that is owed no more keeps its row, with nothing."""
    stated = {(row.invoice_line_id, row.receipt_id) for row in payables}
    standing = open_payables([invoice.pk for invoice in invoices])
    gone = [row.pk for row in standing if (row.invoice_line_id, row.receipt_id) not in stated]
    Payable.objects.filter(pk__in=gone).update(packs=0, amount=0)
    Payable.objects.bulk_create(
        payables,
        update_conflicts=True,
        unique_fields=["invoice_line", "receipt"],
        update_fields=["packs", "amount", "due_on", "interest_per_day"],
    )
    totals: defaultdict[int, Decimal] = defaultdict(Decimal)
    for invoice_id, amount in Payable.objects.filter(invoice__in=invoices).values_list("invoice_id", "amount"):
        totals[invoice_id] += amount
    for invoice in invoices:
        invoice.payable = totals[invoice.pk]
    Invoice.objects.bulk_update(invoices, ["payable"])


def _count_invoiced(account: OrderAccount, fit: list[int]) -> None:
    """The packs of each line that matched and settled invoices are about, less those credited."""
    packs: Counter[int] = Counter()
    rows = Payable.objects.filter(invoice__in=fit)
    for line_id, number in rows.values_list("invoice_line__order_line_id", "packs"):
        packs[line_id] += number
    for pk, line in account.lines.items():
        line.invoiced_packs = packs[pk]
    OrderLine.objects.bulk_update(account.lines.values(), ["invoiced_packs"])


def _move_order(order: Order, account: OrderAccount, at: datetime, *, is_disputed: bool) -> None:
    """Invoiced is what was kept; where everything went back, nothing is owed once nothing is in dispute."""
    lines = account.lines.values()
    is_kept, went_back = any(line.accepted_packs for line in lines), any(line.returned_packs for line in lines)
    is_full = (is_kept or (went_back and not is_disputed)) and all(
        line.invoiced_packs == line.accepted_packs for line in lines
    )
    if order.status == OrderStatus.RECEIVED and is_full:
        action = "invoice"
    elif order.status == OrderStatus.INVOICED and not is_full:
        action = "dispute"
    else:
        return
    with perform(
        action,
        Order.objects.all(),
        pk=order.pk,
        machine=ORDER,
        policy=may_handle_order,
        actor=PLATFORM,
        at=at,
    ):
        pass
