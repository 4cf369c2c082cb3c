"""What organizations are told about their orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from distribution.models import Order, OrderNotice, Requisition
from distribution.states import NoticeKind


def notify(
    recipient_ids: Iterable[int | None],
    kind: NoticeKind,
    *,
    order: Order | None = None,
    requisition: Requisition | None = None,
    at: datetime,
    **facts: str | int,
) -> list[OrderNotice]:
    """Tell each of the organizations once; nobody (``None``) is left out. Part of the caller's transaction."""
    recipients = sorted({recipient for recipient in recipient_ids if recipient is not None})
    return OrderNotice.objects.bulk_create(
        OrderNotice(recipient_id=recipient, kind=kind, order=order, requisition=requisition, facts=facts, created_at=at)
        for recipient in recipients
    )


def notify_each(
    facts_of: Mapping[int, Mapping[str, str | int]], kind: NoticeKind, *, at: datetime
) -> list[OrderNotice]:
    """Tell each of the organizations something of its own, by their ids. Part of the caller's transaction."""
    return OrderNotice.objects.bulk_create(
        OrderNotice(recipient_id=recipient, kind=kind, facts=dict(facts), created_at=at)
        for recipient, facts in sorted(facts_of.items())
    )
