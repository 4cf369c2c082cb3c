"""What receivers do about a recall: they acknowledge the notice, and hand back what they keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Upper

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, unit_of_work
from distribution.errors import UnitsNotPositive, UnknownLot
from distribution.models import Recall, RecallNotice, StockEntry, StockLot
from distribution.policies import may_answer_recall
from distribution.querysets import StockLotQuerySet
from distribution.services.lots import locked_lots, move, short
from distribution.services.stock import enter_stock
from distribution.states import RECALL_NOTICE, StockMove


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Units of one's own lot that leave in the recall."""

    lot_id: int
    units: int


def acknowledge_recall(
    *, notice_id: int, units_found: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> RecallNotice:
    """Say that the notice was read and how many units of the lots were found.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, UnitsNotPositive
    """
    with perform(
        "acknowledge",
        RecallNotice.objects.visible_to(actor).select_related("recall__product__presentation__medicine"),
        pk=notice_id,
        machine=RECALL_NOTICE,
        policy=may_answer_recall,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as notice:
        if units_found < 0:
            raise UnitsNotPositive(what=notice.recall, units=units_found, pointer="/units_found")
        notice.units_found, notice.acknowledged_at, notice.acknowledged_by_id = units_found, at, actor.user_id
    return notice


def recalled_lots(recall: Recall, holder_id: int) -> StockLotQuerySet:
    """What an organization keeps of the recalled lots."""
    of_lots = Q(upper_lot__in=[lot.upper() for lot in recall.lots]) if recall.lots else Q()
    kept = StockLot.objects.on_hand().filter(holder=holder_id, product=recall.product_id)
    return kept.alias(upper_lot=Upper("lot_number")).filter(of_lots)


def hand_back(*, notice_id: int, lots: Sequence[HandedBack], actor: Actor, at: datetime) -> list[StockEntry]:
    """Give units of the recalled lots to whoever fetches them: they leave the stock.

    What is to be replaced or credited goes back as a return of goods of its delivery, and counts here all the same.

    Raises:
        NotVisible, NotAllowed, NothingGiven
        RulesBroken: a lot that is not recalled or not one's own, no units, more than there are.
    """
    if not lots:
        raise NothingGiven(pointer="/lots")
    with unit_of_work():
        notice = lock(RecallNotice.objects.visible_to(actor).select_related("recall"), pk=notice_id)
        may_answer_recall(actor, "hand_back", notice)
        kept = recalled_lots(notice.recall, notice.recipient_id).filter(pk__in=[item.lot_id for item in lots])
        own = {lot.pk: lot for lot in locked_lots(kept)}
        left = {pk: lot.units for pk, lot in own.items()}
        broken: list[DomainError | None] = []
        for index, item in enumerate(lots):
            pointer = f"/lots/{index}"
            if (lot := own.get(item.lot_id)) is None:
                broken.append(UnknownLot(lot=item.lot_id, pointer=f"{pointer}/lot"))
            elif item.units < 1:
                broken.append(UnitsNotPositive(what=lot.product, units=item.units, pointer=f"{pointer}/units"))
            else:
                broken.append(short(lot, item.units, left=left[lot.pk], pointer=f"{pointer}/units"))
                left[lot.pk] -= item.units
        refuse([error for error in broken if error is not None])
        units = sum(item.units for item in lots)
        changes = {"units": [None, units]}
        event = record(actor=actor, action="recall_notice.hand_back", subject=notice, at=at, changes=changes)
        return enter_stock(
            [move(own[item.lot_id], -item.units) for item in lots],
            kind=StockMove.RECALL,
            reference=f"recall-{event.pk}",
            actor=actor,
            at=at,
        )
