"""Reading a despatch advice: which lots of which order lines left, as stated or as their codes say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalog.foundation.errors import DomainError, refuse
from distribution.errors import (
    CodeContradicts,
    CodeForeign,
    CodeTwice,
    Expired,
    LineMissing,
    LineTwice,
    LotDatesImpossible,
    LotHeld,
    LotIncomplete,
    MoreCodesThanPacks,
    MoreThanConfirmed,
    PacksNotPositive,
    SenderUnfit,
    UnknownOrderLine,
)
from distribution.models import Order, OrderLine
from distribution.queries.holds import Holds, holds_on
from distribution.queries.network import may_deliver
from distribution.rules.checks import breaches
from distribution.rules.trace_codes import TraceCode, belongs_to
from distribution.services.pack_codes import codes_in_use, read_codes


@dataclass(frozen=True, slots=True)
class Sent:
    """Packs of one lot for an order line; lot number, last day of use and packs may be left to the codes to say.

    ``codes`` are scanned element strings of GS1 or codes of twenty digits, each of one pack.
    """

    line_id: int
    lot_number: str = ""
    expires_on: date | None = None
    packs: int | None = None
    made_on: date | None = None
    codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SentLot:
    """What a line of the advice comes to."""

    line: OrderLine
    lot_number: str
    expires_on: date
    packs: int
    made_on: date | None
    codes: tuple[str, ...]


def read_lots(order: Order, lines: Mapping[int, OrderLine], sent: Sequence[Sent], today: date) -> list[SentLot]:
    """The lots of an advice, each line of which is in order.

    Raises:
        RulesBroken: with everything that is wrong with any of them.
    """
    broken: list[DomainError] = []
    lots: list[SentLot] = []
    pointer_of_code: dict[str, str] = {}
    holds = holds_on({line.product_id for line in lines.values()})
    for index, item in enumerate(sent):
        pointer = f"/lines/{index}"
        line = lines.get(item.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=item.line_id, document=order.number, pointer=pointer))
            continue
        codes, errors = _read(line, item, today, pointer)
        for number, code in enumerate(codes):
            if code.code in pointer_of_code:
                errors.append(CodeTwice(code=code.code, pointer=f"{pointer}/codes/{number}"))
            pointer_of_code.setdefault(code.code, f"{pointer}/codes/{number}")
        lot, unfit = _lot_of(line, item, codes, pointer)
        broken += errors + unfit
        if lot is not None:
            broken += _judge(lot, lots, holds, today, pointer)
            lots.append(lot)
    broken += codes_in_use(pointer_of_code)
    broken += _too_many(lots)
    broken += _sender_unfit(order, [lot.line for lot in lots], today)
    if not sent:
        broken += [LineMissing(product=line.product, pointer="/lines") for line in lines.values()]
    refuse(broken)
    return lots


def _read(line: OrderLine, item: Sent, today: date, pointer: str) -> tuple[list[TraceCode], list[DomainError]]:
    codes, broken = read_codes(item.codes, today=today, pointer=pointer)
    product = line.product
    broken += [
        CodeForeign(
            product=product,
            code=code.code,
            gtin=product.gtin,
            prefix=product.trace_prefix,
            pointer=f"{pointer}/codes",
        )
        for code in codes
        if not belongs_to(code, product.gtin, product.trace_prefix)
    ]
    return codes, broken


def _lot_of(
    line: OrderLine, item: Sent, codes: Sequence[TraceCode], pointer: str
) -> tuple[SentLot | None, list[DomainError]]:
    """What is stated, and where nothing is, what the codes say; the two may not differ."""
    lot_number = item.lot_number.strip() or next((code.lot for code in codes if code.lot), "")
    expires_on = item.expires_on or next((code.expires_on for code in codes if code.expires_on), None)
    packs = len(codes) if item.packs is None else item.packs
    if not lot_number or expires_on is None or (item.packs is None and not item.codes):
        return None, [LotIncomplete(product=line.product, pointer=pointer)]
    broken: list[DomainError] = []
    for code in codes:
        for stated, found in ((lot_number, code.lot), (expires_on, code.expires_on)):
            if found and found != stated:
                broken.append(
                    CodeContradicts(
                        product=line.product, code=code.code, found=found, stated=stated, pointer=f"{pointer}/codes"
                    )
                )
    if len(codes) > packs > 0:
        where = f"{pointer}/codes"
        broken.append(MoreCodesThanPacks(product=line.product, codes=len(codes), packs=packs, pointer=where))
    return SentLot(line, lot_number, expires_on, packs, item.made_on, tuple(code.code for code in codes)), broken


def _judge(lot: SentLot, before: Sequence[SentLot], holds: Holds, today: date, pointer: str) -> list[DomainError]:
    product, broken = lot.line.product, list[DomainError]()
    if lot.packs < 1:
        broken.append(PacksNotPositive(product=product, packs=lot.packs, pointer=f"{pointer}/packs"))
    if any((other.line.pk, other.lot_number) == (lot.line.pk, lot.lot_number) for other in before):
        broken.append(LineTwice(line=f"{lot.line.pk} · {lot.lot_number}", pointer=pointer))
    if lot.expires_on <= today:
        broken.append(
            Expired(
                product=product,
                lot=lot.lot_number,
                expires_on=lot.expires_on,
                today=today,
                pointer=f"{pointer}/expires_on",
            )
        )
    if lot.made_on is not None and not lot.made_on <= min(today, lot.expires_on):
        broken.append(
            LotDatesImpossible(
                product=product,
                lot=lot.lot_number,
                made_on=lot.made_on,
                expires_on=lot.expires_on,
                pointer=f"{pointer}/made_on",
            )
        )
    hold = holds.of(lot.line.product_id, lot.lot_number)
    if hold is not None:
        broken.append(
            LotHeld(
                product=product,
                lot=lot.lot_number,
                kind=hold.get_kind_display(),
                reason=hold.reason,
                source=hold.source,
                pointer=f"{pointer}/lot_number",
            )
        )
    return broken


def _too_many(lots: Sequence[SentLot]) -> list[DomainError]:
    """Over all lots of a line no more than is confirmed and not under way."""
    packs: Counter[OrderLine] = Counter()
    for lot in lots:
        packs[lot.line] += lot.packs
    return [
        MoreThanConfirmed(product=line.product, packs=count, limit=line.outstanding_packs, pointer="/lines")
        for line, count in packs.items()
        if count > line.outstanding_packs
    ]


def _sender_unfit(order: Order, lines: Sequence[OrderLine], today: date) -> list[DomainError]:
    """Whoever sends may bring every product to that place: entrusted, licensed, active, not barred."""
    products = {line.product_id: line.product for line in lines}
    standing = may_deliver(
        supplier_id=order.supplier_id,
        distributor=order.distributor,
        products=products.values(),
        institution=order.recipient or order.institution,
        on=today,
    )
    return [
        SenderUnfit(
            product=products[product_id],
            sentence=check.sentence,
            rule=check.rule,
            source=check.source,
            values=check.values,
            pointer="/lines",
        )
        for product_id, checks in standing.items()
        for check in breaches(checks)
    ]
