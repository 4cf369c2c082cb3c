"""Redistribution: an institution hands stock that it does not need to another of its province."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from distribution.errors import ReasonMissing, TakerUnfit, UnitsNotPositive
from distribution.models import StockLot, StockTransfer
from distribution.policies import may_handle_transfer, may_propose_transfer
from distribution.services.lots import locked_lots, move, short, unusable
from distribution.services.stock import Move, enter_stock
from distribution.states import TRANSFER, StockMove


def propose_transfer(
    *, lot_id: int, taker_code: str, units: int, reason: str, actor: Actor, at: datetime
) -> StockTransfer:
    """Propose that units of a lot go to another institution of the province; nothing moves yet.

    Raises:
        NotVisible, NotAllowed, ReasonMissing
        RulesBroken: no units, more than there are, an expired or held lot, a taker elsewhere.
    """
    with unit_of_work():
        visible = StockLot.objects.visible_to(actor).filter(plan=None, holder__kind=OrganizationKind.INSTITUTION)
        lot_id = find(visible, pk=lot_id).pk
        [lot] = locked_lots(StockLot.objects.filter(pk=lot_id))
        giver = lot.holder
        may_propose_transfer(actor, giver)
        if not reason.strip():
            raise ReasonMissing(product=lot.product, pointer="/reason")
        institutions = Organization.objects.filter(
            kind=OrganizationKind.INSTITUTION, is_active=True, region__code__startswith=giver.province_id[:2]
        )
        taker = institutions.exclude(pk=giver.pk).filter(code=taker_code).first()
        errors = [
            UnitsNotPositive(what=lot.product, units=units, pointer="/units") if units < 1 else None,
            short(lot, units, pointer="/units"),
            unusable(lot, localdate(at), pointer="/lot"),
            TakerUnfit(taker=taker_code, pointer="/taker") if taker is None else None,
        ]
        refuse([error for error in errors if error is not None])
        assert taker is not None  # refused above
        transfer = StockTransfer.objects.create(
            province_id=giver.province_id,
            giver=giver,
            taker=taker,
            lot=lot,
            units=units,
            reason=reason.strip(),
            proposed_at=at,
        )
        record(
            actor=actor,
            action="stock_transfer.propose",
            subject=transfer,
            at=at,
            changes={"lot": [None, lot.lot_number], "units": [None, units], "taker": [None, str(taker)]},
        )
    return transfer


def answer_transfer(
    *,
    transfer_id: int,
    action: str,
    reason: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> StockTransfer:
    """Agree to a proposal, refuse it, or cancel what was not sent yet; all but agreeing with a reason.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with _performing(action, transfer_id, actor, at, expected_version) as transfer:
        if action != "agree" and not reason.strip():
            raise ReasonMissing(product=transfer.number, pointer="/reason")
        transfer.status_reason = reason.strip()
    return transfer


def send_transfer(
    *, transfer_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> StockTransfer:
    """Send what was agreed: it leaves the giver's stock.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        LotNotUsable: expired or held since the proposal.
        RulesBroken: with a ``NotEnoughStock``.
    """
    with _performing("send", transfer_id, actor, at, expected_version) as transfer:
        [lot] = locked_lots(StockLot.objects.filter(pk=transfer.lot_id))
        if error := unusable(lot, localdate(at)):
            raise error
        transfer.sent_at = at
        enter_stock(
            [move(lot, -transfer.units)], kind=StockMove.TRANSFER_OUT, reference=transfer.number, actor=actor, at=at
        )
    return transfer


def receive_transfer(
    *, transfer_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> StockTransfer:
    """Receive what was sent: it comes into the taker's stock, where a lot held meanwhile is not issued.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with _performing("receive", transfer_id, actor, at, expected_version) as transfer:
        transfer.received_at = at
        lot = transfer.lot
        enter_stock(
            [Move(transfer.taker_id, lot.product_id, lot.lot_number, lot.expires_on, transfer.units)],
            kind=StockMove.TRANSFER_IN,
            reference=transfer.number,
            actor=actor,
            at=at,
        )
    return transfer


def _performing(
    action: str, transfer_id: int, actor: Actor, at: datetime, version: int | None
) -> AbstractContextManager[StockTransfer]:
    return perform(
        action,
        StockTransfer.objects.visible_to(actor).select_related("lot"),
        pk=transfer_id,
        machine=TRANSFER,
        policy=may_handle_transfer,
        actor=actor,
        at=at,
        expected_version=version,
    )
