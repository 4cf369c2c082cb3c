"""Rescues and special medicines, which go ahead of the distribution run."""

from __future__ import annotations

from datetime import datetime

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import lock, unit_of_work
from distribution.models import Requisition
from distribution.policies import may_handle_requisition
from distribution.queries.placing import Figures
from distribution.services.placing import place_requisitions
from distribution.states import RequisitionStatus, Urgency


def place_urgent(*, requisition_id: int, actor: Actor, at: datetime) -> Figures | None:
    """Place an urgent requisition as soon as it is approved; nothing where it is ordinary or placed already.

    Its orders belong to no run and travel by themselves.

    Raises:
        NotVisible, NotAllowed, Busy
    """
    with unit_of_work():
        requisition = lock(Requisition.objects.all(), pk=requisition_id)
        may_handle_requisition(actor, "place", requisition)
        if requisition.urgency == Urgency.ORDINARY or requisition.status != RequisitionStatus.APPROVED:
            return None
        return place_requisitions(requisition_ids=[requisition_id], run=None, placed_at=at, actor=actor, at=at)
