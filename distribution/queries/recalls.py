"""How a recall stands: who has and had the lots, who was told, and how well it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from distribution.models import LotHold, Recall, RecallNotice
from distribution.queries.lot_trace import Holder, holders_of
from distribution.rules.recalls import Effectiveness, Reached, effectiveness


@dataclass(frozen=True, slots=True)
class Receiver:
    """One organization that has or had the lots, and its notice once it was told."""

    holder: Holder
    notice: RecallNotice | None


@dataclass(frozen=True, slots=True)
class RecallStanding:
    """All receivers of a recall, and what their figures come to."""

    receivers: list[Receiver]
    effectiveness: Effectiveness


def standing_of(recall: Recall) -> RecallStanding:
    """Where the recall stands now."""
    notices = {notice.recipient_id: notice for notice in recall.notices.all()}
    receivers = [
        Receiver(holder, notices.get(holder.id))
        for holder in holders_of(recall.product_id, recall.lots, since=recall.proposed_at)
    ]
    figures = effectiveness(
        [_reached(item) for item in receivers], decided_at=recall.proposed_at, stopped_at=_stopped_at(recall)
    )
    return RecallStanding(receivers, figures)


def _reached(receiver: Receiver) -> Reached:
    holder, notice = receiver.holder, receiver.notice
    return Reached(
        received=holder.received,
        on_hand=holder.on_hand,
        back=holder.back,
        destroyed=holder.destroyed,
        sent_at=notice.sent_at if notice else None,
        acknowledged_at=notice.acknowledged_at if notice else None,
    )


def _stopped_at(recall: Recall) -> datetime:
    """When the last of the lots was held; a lot that was held before counts from the proposal."""
    holds = LotHold.objects.of_goods().filter(product=recall.product_id, lot_number__in=recall.lots or [""])
    since = holds.values_list("lot_number").annotate(since=Min("held_at")).order_by().values_list("since", flat=True)
    return max([recall.proposed_at, *since])
