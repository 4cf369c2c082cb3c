"""What the institution found when the goods arrived: checked, taken into stock, and counted as delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import get_language, override

from catalog.foundation.actor import Actor
from catalog.foundation.errors import refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from distribution.errors import ArrivedLater, NotAcceptable
from distribution.models import Despatch, DespatchLine, Order, OrderLine, Receipt, ReceiptLine, TraceCode
from distribution.policies import may_receive
from distribution.queries.acceptance import Found, run_checklist
from distribution.queries.rules import supply_rules
from distribution.rules.checks import Check, breaches
from distribution.services.found_lots import Received, read_found
from distribution.services.order_progress import complete_if_done
from distribution.services.pack_codes import store_codes
from distribution.services.stock import Move, enter_stock
from distribution.states import DESPATCH, StockMove
from procurement.services.volumes import deliver_volume


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A despatch that is being received: its lines, and what was found of each."""

    despatch: Despatch
    found: Sequence[Found]

    @property
    def order_lines(self) -> dict[int, OrderLine]:
        """Each once, whatever number of lots came of it."""
        return {item.line.order_line_id: item.line.order_line for item in self.found}


def receive_despatch(
    *,
    despatch_id: int,
    received: Sequence[Received],
    actor: Actor,
    at: datetime,
    arrived_at: datetime | None = None,
    expected_version: int | None = None,
) -> Receipt:
    """Record what arrived of a despatch, line by line, after the whole checklist; rejected packs need a reason.

    What is accepted comes into stock and counts as delivered; what is rejected or missing may be sent again. The
    clock of payment starts ``at``. The goods came at ``arrived_at`` where that was earlier.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        RulesBroken: a line unanswered, foreign or twice, more than was sent, a rejection without a known reason, codes
            that cannot be read; or a ``NotAcceptable`` for every hard gate that accepted packs do not pass.
    """
    despatches = Despatch.objects.visible_to(actor).select_related(
        "order__institution", "order__recipient", "order__distributor", "cold_chain_log"
    )
    with unit_of_work():
        # the order first, as everywhere: the last receipt completes it
        lock(Order.objects.all(), pk=find(despatches, pk=despatch_id).order_id)
        with perform(
            "receive",
            despatches,
            pk=despatch_id,
            machine=DESPATCH,
            policy=may_receive,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as despatch:
            _check_arrival(despatch, arrived_at, at)
            arrival = _Arrival(despatch, read_found(despatch, received, localdate(at)))
            receipt = Receipt.objects.create(
                despatch=despatch,
                received_at=at,
                arrived_at=arrived_at,
                received_by_id=actor.user_id,
                checks=_check(arrival, arrived_at or at, at),
            )
            _write_lines(receipt, arrival, received)
            _count(arrival, at)
            _follow_codes(arrival)
            _enter_volume_and_stock(receipt, arrival, actor, at)
            record(actor=actor, action="receipt.record", subject=receipt, at=at)
        complete_if_done(despatch.order_id, at)
    return receipt


def _check_arrival(despatch: Despatch, arrived_at: datetime | None, at: datetime) -> None:
    if arrived_at is not None and not despatch.despatched_at <= arrived_at <= at:
        raise ArrivedLater(
            arrived_at=arrived_at.isoformat(),
            despatched_at=despatch.despatched_at.isoformat(),
            now=at.isoformat(),
            pointer="/arrived_at",
        )


def _check(arrival: _Arrival, arrived_at: datetime, at: datetime) -> list[dict[str, Any]]:
    """Run the checklist and return it as it is kept, its sentences in every language.

    Raises:
        RulesBroken: with every hard gate that does not let pass.
    """
    rules = supply_rules(localdate(at))

    def run() -> list[Check]:
        return run_checklist(arrival.despatch, arrival.found, rules=rules, arrived_at=arrived_at, at=at)

    checks = run()
    _refuse_breaches(arrival, checks)
    sentences: list[dict[str, str]] = [{} for _check in checks]
    spoken = get_language()
    for language, _name in settings.LANGUAGES:
        with override(language):
            for told, check in zip(sentences, checks if language == spoken else run(), strict=True):
                told[language] = check.sentence
    return [
        {
            "rule": check.rule,
            "source": check.source,
            "gate": check.gate,
            "passed": check.passed,
            "line": check.line,
            "values": check.values,
            "sentences": told,
        }
        for check, told in zip(checks, sentences, strict=True)
    ]


def _refuse_breaches(arrival: _Arrival, checks: Sequence[Check]) -> None:
    place = {item.line.pk: index for index, item in enumerate(arrival.found)}
    subject = {item.line.pk: item.line.order_line.product for item in arrival.found}
    refuse(
        [
            NotAcceptable(
                product=arrival.despatch if check.line is None else subject[check.line],
                sentence=check.sentence,
                rule=check.rule,
                source=check.source,
                values=check.values,
                pointer=check.pointer if check.line is None else f"/lines/{place[check.line]}",
            )
            for check in breaches(checks)
        ]
    )


def _write_lines(receipt: Receipt, arrival: _Arrival, received: Sequence[Received]) -> None:
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            receipt=receipt,
            despatch_line=found.line,
            accepted_packs=found.accepted,
            rejected_packs=found.rejected,
            surplus_packs=found.surplus,
            lot_found=found.lot_number if found.lot_number != found.line.lot_number else "",
            reason=item.reason,
            remark=item.remark,
        )
        for found, item in zip(arrival.found, received, strict=True)
    )


def _count(arrival: _Arrival, at: datetime) -> None:
    """What was accepted is accepted; what was rejected or is missing is not despatched any more."""
    for item in arrival.found:
        line, ordered = item.line, arrival.order_lines[item.line.order_line_id]
        line.accepted_packs, line.rejected_packs = item.accepted, item.rejected
        line.missing_packs = line.packs - item.accepted - item.rejected
        ordered.accepted_packs += item.accepted
        ordered.despatched_packs -= line.packs - item.accepted
        if ordered.accepted_packs == ordered.confirmed_packs:
            ordered.received_at = at
    DespatchLine.objects.bulk_update(
        [item.line for item in arrival.found], ["accepted_packs", "rejected_packs", "missing_packs"]
    )
    OrderLine.objects.bulk_update(arrival.order_lines.values(), ["accepted_packs", "despatched_packs", "received_at"])


def _follow_codes(arrival: _Arrival) -> None:
    """Packs that did not stay are free again; those found without having been announced are written down.

    Where packs were rejected and nobody scanned the accepted ones, it is not known which they are: all stay.
    """
    known = set(TraceCode.objects.filter(despatch_line__despatch=arrival.despatch).values_list("code", flat=True))
    store_codes((item.line, code.code) for item in arrival.found for code in item.codes if code.code not in known)
    checked = [item.line.pk for item in arrival.found if item.codes or not item.accepted]
    kept = {code.code for item in arrival.found for code in item.codes}
    TraceCode.objects.filter(despatch_line__in=checked).exclude(code__in=kept).update(is_active=False)


def _enter_volume_and_stock(receipt: Receipt, arrival: _Arrival, actor: Actor, at: datetime) -> None:
    """What was accepted is delivered of the agreed volumes, and lies with whoever received it."""
    order = arrival.despatch.order
    units: Counter[int] = Counter()
    moves: list[Move] = []
    for item in arrival.found:
        ordered = item.line.order_line
        quantity = item.accepted * ordered.product.pack_quantity
        units[ordered.agreement_line_id] += quantity
        moves.append(
            Move(
                holder_id=order.recipient_id or order.institution_id,
                product_id=ordered.product_id,
                lot_number=item.line.lot_number,
                expires_on=item.line.expires_on,
                units=quantity,
            )
        )
    reference = f"receipt-{receipt.pk}"
    deliver_volume(units, reference=reference, at=at)
    enter_stock(moves, kind=StockMove.RECEIPT, reference=reference, actor=actor, at=at)
