"""Reading a receipt: what the pharmacist says was found of each line of a despatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalog.foundation.errors import DomainError, refuse
from distribution.errors import (
    LineMissing,
    LineTwice,
    MoreCodesThanPacks,
    MoreThanSent,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
    UnknownReason,
)
from distribution.models import Despatch, DespatchLine, OrderLine
from distribution.queries.acceptance import Found
from distribution.rules.trace_codes import TraceCode
from distribution.services.pack_codes import read_codes
from distribution.states import RejectionReason


@dataclass(frozen=True, slots=True)
class Received:
    """What was found of one despatch line, in packs: accepted and rejected; the rest did not arrive.

    ``surplus`` came beyond what was sent, and goes back. ``codes`` were scanned off the packs to be accepted.
    ``lot_found`` and ``product_found`` (its code) are stated where they are not what the line says.
    """

    line_id: int
    accepted: int
    rejected: int = 0
    reason: str = ""
    remark: str = ""
    surplus: int = 0
    lot_found: str = ""
    product_found: str = ""
    codes: Sequence[str] = ()


def read_found(despatch: Despatch, received: Sequence[Received], today: date) -> list[Found]:
    """What was found of every line of the despatch, in the order of ``received``.

    Raises:
        RulesBroken: with everything that cannot be.
    """
    lines = _lines_of(despatch)
    broken: list[DomainError] = []
    found: dict[int, Found] = {}
    for index, item in enumerate(received):
        pointer = f"/lines/{index}"
        line = lines.get(item.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=item.line_id, document=despatch, pointer=pointer))
            continue
        if item.line_id in found:
            broken.append(LineTwice(line=item.line_id, pointer=pointer))
        broken += _judge(line, item, pointer)
        codes, unreadable = read_codes(item.codes, today=today, pointer=pointer)
        broken += unreadable
        if len(codes) > item.accepted >= 0:
            product, where = line.order_line.product, f"{pointer}/codes"
            broken.append(MoreCodesThanPacks(product=product, codes=len(codes), packs=item.accepted, pointer=where))
        found[item.line_id] = Found(
            line=line,
            accepted=item.accepted,
            rejected=item.rejected,
            surplus=item.surplus,
            lot_number=item.lot_found.strip() or _other_lot(line, codes) or line.lot_number,
            product_code=item.product_found.strip() or None,
            codes=tuple(codes),
        )
    broken += [LineMissing(product=line.order_line.product) for pk, line in lines.items() if pk not in found]
    refuse(broken)
    return list(found.values())


def _lines_of(despatch: Despatch) -> dict[int, DespatchLine]:
    """The lines, those of one order line with one and the same object of it."""
    lines = {
        line.pk: line
        for line in DespatchLine.objects.filter(despatch=despatch).select_related(
            "order_line__product__presentation__medicine",
            "order_line__product__manufacturer",
            "order_line__agreement_line__agreement",
        )
    }
    ordered: dict[int, OrderLine] = {}
    for line in lines.values():
        line.order_line = ordered.setdefault(line.order_line_id, line.order_line)
    return lines


def _other_lot(line: DespatchLine, codes: Sequence[TraceCode]) -> str:
    """The lot that a code says, where it is not the announced one."""
    return next((code.lot for code in codes if code.lot and code.lot != line.lot_number), "")


def _judge(line: DespatchLine, item: Received, pointer: str) -> list[DomainError]:
    product, broken = line.order_line.product, list[DomainError]()
    count = item.accepted + item.rejected
    if count > line.packs:
        broken.append(
            MoreThanSent(product=product, lot=line.lot_number, packs=count, limit=line.packs, pointer=pointer)
        )
    least = min(item.accepted, item.rejected, item.surplus)
    if least < 0:
        broken.append(PacksNotPositive(product=product, packs=least, pointer=pointer))
    if item.reason and item.reason not in RejectionReason.values:
        broken.append(UnknownReason(reason=item.reason, pointer=f"{pointer}/reason"))
    if item.rejected > 0 and not item.reason:
        broken.append(ReasonMissing(product=product, pointer=f"{pointer}/reason"))
    return broken
