"""Telling of payments that are overdue."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, Max, Min, OuterRef, Sum
from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.transitions import unit_of_work
from distribution.models import OrderNotice
from distribution.queries.overdue import overdue_payables
from distribution.states import NoticeKind


def remind_of_overdue(*, at: datetime) -> int:
    """Tell the institution, who is to be paid and the agency of each order whose payment became overdue.

    Of an order it is told once. Returns the number of orders.
    """
    told = OrderNotice.objects.filter(kind=NoticeKind.PAYMENT_OVERDUE, order=OuterRef("invoice__order"))
    with unit_of_work():
        orders = list(
            overdue_payables(Actor.platform(), localdate(at))
            .filter(~Exists(told))
            .order_by()
            .values_list("invoice__order", "invoice__province")
            .annotate(
                institution=Max("invoice__buyer"),
                payee=Max("invoice__seller"),
                due_on=Min("due_on"),
                amount=Sum("amount"),
            )
        )
        agencies = dict(
            Organization.objects.filter(kind=OrganizationKind.AGENCY, is_active=True).values_list("region", "pk")
        )
        OrderNotice.objects.bulk_create(
            [
                OrderNotice(
                    recipient_id=recipient,
                    kind=NoticeKind.PAYMENT_OVERDUE,
                    order_id=order_id,
                    facts={"due_on": due_on.isoformat(), "amount": str(amount)},
                    created_at=at,
                )
                for order_id, province, institution, payee, due_on, amount in orders
                for recipient in (institution, payee, agencies.get(province))
                if recipient is not None
            ],
            batch_size=5000,
        )
    return len(orders)
