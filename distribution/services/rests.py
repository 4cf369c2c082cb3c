"""Closing the rest of an order: what was confirmed and will not be sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, refuse_stale, unit_of_work
from distribution.errors import NothingOutstanding
from distribution.models import DespatchLine, Order, OrderLine
from distribution.policies import may_close_rest
from distribution.services.backup import supply_otherwise
from distribution.services.closing import close_packs
from distribution.services.notices import notify
from distribution.services.order_progress import complete_if_done
from distribution.services.orders import lines_of, note_reason, refuse_unfounded, words_of
from distribution.states import ORDER, AnswerReason, NoticeKind


def close_rest(
    *,
    order_id: int,
    reason: str,
    code: str = "",
    is_failure: bool = False,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Order:
    """Close what was confirmed and is not under way; its volume goes back.

    A supplier that closes it says which kind of reason it has (``code``), and has failed to deliver. An institution
    may not want it any more, or close it because the supplier did not deliver (``is_failure``). Of a failure the
    backup supplier gets the rest by rule.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        ReasonMissing, UnknownAnswerReason, NothingOutstanding, RuleSetMissing
    """
    with unit_of_work():
        order = lock(Order.objects.visible_to(actor), pk=order_id)
        may_close_rest(actor, "close", order)
        refuse_stale(order, expected_version)
        ORDER.resolve(order.status, "close")
        is_buyer = actor.has(Role.BUYER)
        if is_buyer:
            code = AnswerReason.NOT_DELIVERED if is_failure else ""
        refuse_unfounded(order.number, "" if is_buyer else code, reason)
        rest = {line: line.outstanding_packs for line in lines_of(order).values() if line.outstanding_packs}
        if not rest:
            raise NothingOutstanding(order=order.number)
        order.status_reason, order.version = words_of(code, reason), order.version + 1
        order.save(update_fields=["status_reason", "version", "updated_at"])
        packs = {str(line.product): [number, 0] for line, number in rest.items()}
        record(
            actor=actor,
            action="order.close_rest",
            subject=order,
            at=at,
            changes=packs | {"reason": [None, order.status_reason]},
        )
        act = f"close-{order.version}"
        if is_buyer and not is_failure:
            close_packs(rest, reference=f"{order.number}/{act}", at=at)
            _note_received(rest)
        else:
            for line in rest:
                note_reason(line, code, reason)
            OrderLine.objects.bulk_update(rest, ["answer_code", "answer_reason"])
            supply_otherwise(order, rest, act=act, reason=order.status_reason, at=at)
        others = [order.supplier_id, order.distributor_id, order.institution_id, order.recipient_id]
        notify(
            [other for other in others if other != actor.organization_id],
            NoticeKind.REST_CLOSED,
            order=order,
            at=at,
            reason=order.status_reason,
        )
        complete_if_done(order.pk, at)
    return order


def _note_received(lines: Collection[OrderLine]) -> None:
    """What is still wanted may have come in full by now: with the last receipt of the line."""
    whole = [line for line in lines if line.accepted_packs == line.confirmed_packs > 0]
    received = DespatchLine.objects.filter(order_line__in=whole, accepted_packs__gt=0)
    last = dict(received.order_by().values_list("order_line").annotate(at=Max("despatch__receipt__received_at")))
    for line in whole:
        line.received_at = last[line.pk]
    OrderLine.objects.bulk_update(whole, ["received_at"])
