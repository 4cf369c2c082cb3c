"""Orders as they stand long after, written down directly: what became of each of their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from catalog.accounts.models import Organization
from distribution.models import Order, OrderLine, Requisition, RequisitionLine
from distribution.rules.indicators import LineFact
from distribution.states import AnswerReason, OrderStatus, RequisitionStatus
from procurement.models import AgreementLine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THREE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a line, in packs."""

    packs: int = 10
    confirmed: int = 10
    closed: int = 0
    despatched: int = 10
    accepted: int = 10
    received_after: timedelta | None = DAY
    code: str = ""


DELIVERED = Became()
REFUSED = Became(confirmed=0, closed=10, despatched=0, accepted=0, received_after=None, code=AnswerReason.OUT_OF_STOCK)


def measured_order(
    institution: Organization,
    lines: Sequence[tuple[AgreementLine, Became]],
    *,
    placed_at: datetime,
    supplier: Organization | None = None,
    answered_after: timedelta | None = HOUR,
    **options: Any,
) -> Order:
    """One order with its limits of a day to answer and two to deliver."""
    requisition = Requisition.objects.create(
        institution=institution, province_id=institution.province_id, status=RequisitionStatus.PLACED
    )
    wanted = {
        "requisition": requisition,
        "institution": institution,
        "province_id": institution.province_id,
        "supplier": supplier or lines[0][0].agreement.supplier,
        "status": OrderStatus.CONFIRMED,
        "placed_at": placed_at,
        "answer_due_at": placed_at + DAY,
        "answered_at": answered_after and placed_at + answered_after,
        "deliver_by": placed_at + 2 * DAY,
    }
    order = Order.objects.create(**wanted | options)
    for agreed, became in lines:
        OrderLine.objects.create(
            order=order,
            requisition_line=RequisitionLine.objects.create(
                requisition=requisition, agreement_line=agreed, packs=became.packs, price=agreed.price
            ),
            agreement_line=agreed,
            product=agreed.product,
            packs=became.packs,
            price=agreed.price,
            confirmed_packs=became.confirmed,
            closed_packs=became.closed,
            despatched_packs=became.despatched,
            accepted_packs=became.accepted,
            received_at=became.received_after and placed_at + became.received_after,
            answer_code=became.code,
        )
    return order


def at_random(random: Random) -> Became:
    """Anything that a line can have become, limits hit exactly among it."""
    packs = random.randint(1, 30)
    if random.random() < 0.2:
        code = random.choice(AnswerReason.values)
        return Became(packs, 0, packs, 0, 0, None, code)
    confirmed = random.choice([packs, random.randint(0, packs)])
    despatched = random.choice([confirmed, random.randint(0, confirmed)])
    accepted = random.choice([despatched, random.randint(0, despatched)])
    after = random.choice([DAY, 2 * DAY, 2 * DAY + HOUR, 3 * DAY, 3 * DAY + HOUR]) if accepted else None
    return Became(packs, confirmed, random.randint(0, packs - confirmed), despatched, accepted, after)


def facts_of(order: Order) -> list[LineFact]:
    """The lines as the oracle takes them; none of an order that is not measured, nor of which nothing was to come."""
    if order.status == OrderStatus.CANCELLED:
        return []

    def to_come(line: OrderLine) -> int:
        is_excused = line.answer_code in ("", AnswerReason.FORCE_MAJEURE)
        return line.packs - (max(line.closed_packs - line.returned_packs, 0) if is_excused else 0)

    return [
        LineFact(
            order=order.pk,
            line=line.pk,
            packs=to_come(line),
            confirmed=line.confirmed_packs,
            despatched=line.despatched_packs,
            accepted=line.accepted_packs,
            placed_at=order.placed_at,
            answered_at=order.answered_at,
            answer_due_at=order.answer_due_at,
            due_at=order.deliver_by,
            fully_received_at=line.received_at if line.accepted_packs >= to_come(line) else None,
            is_refused=line.confirmed_packs == 0
            and line.closed_packs == line.packs
            and (order.status == OrderStatus.REFUSED or line.answer_code != ""),
        )
        for line in order.lines.all()
        if to_come(line)
    ]
