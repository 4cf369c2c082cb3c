"""An organization has read what it was told."""

from __future__ import annotations

from datetime import datetime

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from distribution.models import OrderNotice
from distribution.policies import may_read_notice


def read_notice(*, notice_id: int, actor: Actor, at: datetime) -> OrderNotice:
    """Note when the addressee read a notice; reading it again changes nothing.

    Raises:
        NotVisible, NotAllowed
    """
    with unit_of_work():
        notice = lock(OrderNotice.objects.visible_to(actor), pk=notice_id)
        may_read_notice(actor, notice)
        if notice.read_at is None:
            notice.read_at = at
            notice.save(update_fields=["read_at"])
            record(actor=actor, action="order_notice.read", subject=notice, at=at)
    return notice
