"""Orders that nobody answers: those who should know are told, and after a while silence is a refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Value
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy, WrongState
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import unit_of_work
from distribution.models import Order, OrderNotice
from distribution.queries import supply_rules
from distribution.queries.agencies import agency_ids
from distribution.services.orders import refuse_order
from distribution.states import AnswerReason, NoticeKind, OrderStatus

# So many orders are told of in one transaction.
PORTION = 500


def escalate_silence(*, at: datetime) -> int:
    """Tell the institution and the province's agency of each order whose answer is overdue; how many there were."""
    told = 0
    while number := _escalate_some(at):
        told += number
    return told


def _escalate_some(at: datetime) -> int:
    overdue = _unanswered(at).filter(escalated_at=None)
    with unit_of_work():
        # one that is being answered at this moment is not overdue a moment later
        orders = list(
            overdue.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .select_related("supplier")
            .order_by("pk")[:PORTION]
        )
        agencies = {province_id: agency_ids(province_id) for province_id in {order.province_id for order in orders}}
        OrderNotice.objects.bulk_create(
            OrderNotice(
                recipient_id=recipient_id,
                kind=NoticeKind.ANSWER_OVERDUE,
                order=order,
                facts={
                    "supplier": order.supplier.name,
                    "due_at": order.answer_due_at and order.answer_due_at.isoformat(),
                },
                created_at=at,
            )
            for order in orders
            for recipient_id in (order.institution_id, *agencies[order.province_id])
        )
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(escalated_at=at)
        record_all(
            actor=Actor.platform(),
            action="order.escalate",
            changes_of=[(order, {"escalated_at": [None, at]}) for order in orders],
            at=at,
        )
    return len(orders)


def _unanswered(at: datetime) -> QuerySet[Order]:
    """Those whose answer was due before, the supplier having had all of its time since it could know of the order.

    A run that was killed and goes on later places its orders as of its first start.
    """
    had_its_time = Q(created_at__lt=Value(at) - (F("answer_due_at") - F("placed_at")))
    return Order.objects.filter(had_its_time, status=OrderStatus.PLACED, answer_due_at__lt=at)


def refuse_silent(*, at: datetime) -> int:
    """Take silence for a refusal once the time of the rules has run out since the escalation was due; how many.

    Raises:
        RuleSetMissing
    """
    patience = timedelta(hours=supply_rules(localdate(at)).escalate_after_hours)
    silent = _unanswered(at - patience).filter(escalated_at__isnull=False)
    refused = 0
    for order_id in silent.order_by("pk").values_list("pk", flat=True):
        try:
            refuse_order(
                order_id=order_id,
                reason=_("the supplier did not answer in time"),
                code=AnswerReason.NO_ANSWER,
                actor=Actor.platform(),
                at=at,
            )
        except (WrongState, Busy):
            # answered since the list was read, or at this moment
            continue
        refused += 1
    return refused
