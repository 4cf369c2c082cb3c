"""Taking sealed bids until the deadline."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from procurement.errors import BiddingClosed, BiddingNotOpen, EnvelopeUnreadable, SecondBid
from procurement.models import Bid, Lot
from procurement.policies import may_withdraw_bid, require_role
from procurement.rules.sealing import ENVELOPE_BYTES
from procurement.services.tenders import lock_open_tender
from procurement.states import BID, TenderStatus


def submit_bid(*, tender_number: str, lot_number: int, envelope: str, actor: Actor, at: datetime) -> Bid:
    """Store a sealed envelope (base64) for a lot; ``at`` is the moment of receipt on the platform's clock.

    Nothing of its content is known to the platform: whether it holds a valid offer shows at the opening.

    Raises:
        NotAllowed: not a supplier.
        NotVisible: no such lot.
        EnvelopeUnreadable: not sealed, or not as the reference client does it.
        BiddingNotOpen, BiddingClosed, SecondBid
    """
    require_role(actor, Role.SUPPLIER_AGENT)
    if actor.organization_id is None:
        raise NotAllowed(reason=Role.SUPPLIER_AGENT.label)
    ciphertext = _decode(envelope)
    with unit_of_work():
        tender = lock_open_tender(tender_number, actor)
        lot = find(Lot.objects.filter(tender=tender), number=lot_number)
        # the deadline decides, not the state: closing the tender is done by a worker a few seconds later
        if at >= tender.deadline_at:
            raise BiddingClosed(deadline=spoken(tender.deadline_at), received=spoken(at))
        if tender.status != TenderStatus.PUBLISHED:
            raise BiddingNotOpen(tender=tender.number, status=tender.get_status_display())
        _refuse_second_bid(lot, actor.organization_id)
        try:
            with transaction.atomic():
                bid = Bid.objects.create(
                    lot=lot,
                    supplier_id=actor.organization_id,
                    envelope=ciphertext,
                    envelope_sha256=hashlib.sha256(ciphertext).hexdigest(),
                    received_at=at,
                )
        except IntegrityError:
            _refuse_second_bid(lot, actor.organization_id)
            raise
        record(
            actor=actor,
            action="bid.submit",
            subject=bid,
            at=at,
            changes={"envelope_sha256": [None, bid.envelope_sha256]},
        )
    return bid


def _decode(envelope: str) -> bytes:
    try:
        ciphertext = base64.b64decode(envelope, validate=True)
    except (binascii.Error, ValueError):
        raise EnvelopeUnreadable(expected=ENVELOPE_BYTES, got=f"{len(envelope)} characters") from None
    if len(ciphertext) != ENVELOPE_BYTES:
        raise EnvelopeUnreadable(expected=ENVELOPE_BYTES, got=len(ciphertext))
    # a bid in clear would be readable here before the deadline: it is sent back, not stored
    if _is_text(ciphertext):
        raise EnvelopeUnreadable(expected=ENVELOPE_BYTES, got=_("text that is not encrypted"))
    return ciphertext


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_second_bid(lot: Lot, supplier_id: int) -> None:
    earlier = Bid.objects.standing().filter(lot=lot, supplier_id=supplier_id).first()
    if earlier is not None:
        raise SecondBid(lot=lot.number, received=spoken(earlier.received_at))


def withdraw_bid(*, bid_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> Bid:
    """Withdraw one's own sealed bid before the deadline.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, BiddingClosed
    """
    with perform(
        "withdraw",
        Bid.objects.of_supplier(actor).select_related("lot__tender"),
        pk=bid_id,
        machine=BID,
        policy=may_withdraw_bid,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as bid:
        if at >= bid.lot.tender.deadline_at:
            raise BiddingClosed(deadline=spoken(bid.lot.tender.deadline_at), received=spoken(at))
    return bid
