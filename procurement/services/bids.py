"""Taking sealed bids until the deadline: submit, replace, withdraw."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from procurement.errors import BiddingClosed, BiddingNotOpen, EnvelopeUnreadable, SecondBid, WrongEnvelopes
from procurement.models import Bid, Lot, Tender
from procurement.policies import may_withdraw_bid, require_admitted, require_role
from procurement.rules.sealing import PLAIN_SIZES, SEAL_BYTES, is_envelope_length
from procurement.services.receipts import receipt_of
from procurement.services.tenders import lock_open_tender
from procurement.states import BID, Stage, TenderStatus

# The field of a request in which the envelope of each stage comes.
FIELDS: Mapping[Stage, str] = {Stage.COMMERCIAL: "envelope", Stage.TECHNICAL: "technical_envelope"}
ENVELOPES = tuple(FIELDS.values())


def submit_bid(
    *,
    tender_number: str,
    lot_number: int,
    envelope: str,
    technical_envelope: str | None = None,
    network_address: str | None = None,
    actor: Actor,
    at: datetime,
) -> Bid:
    """Store a sealed bid for a lot, and sign its receipt; ``at`` is the moment at which the whole of it had arrived.

    An envelope in base64 for each of the tender's keys. Nothing of their content is known to the platform: whether they
    hold a valid offer shows at the opening.

    Raises:
        NotAllowed: not a supplier.
        NotVisible: no such lot.
        EnvelopeUnreadable: not sealed, or not as the reference client does it.
        WrongEnvelopes: not as many as the tender has keys.
        BiddingNotOpen, BiddingClosed, SecondBid
        SupplierNotAdmitted: with every reason.
    """
    supplier_id = _require_supplier(actor)
    envelopes = _decode_all(envelope, technical_envelope)
    with unit_of_work():
        tender = lock_open_tender(tender_number, actor)
        lot = find(Lot.objects.select_related("presentation__medicine").filter(tender=tender), number=lot_number)
        lot.tender = tender
        return _store(lot, supplier_id, envelopes, network_address, actor, at)


def replace_bid(
    *,
    bid_id: int,
    envelope: str,
    technical_envelope: str | None = None,
    network_address: str | None = None,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Bid:
    """Put a new bid in the place of one's own sealed one; what is refused leaves the former bid standing.

    The former bid is withdrawn, its envelopes are destroyed, and the new one has a reference and a receipt of its own.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState; and what ``submit_bid`` refuses.
    """
    supplier_id = _require_supplier(actor)
    envelopes = _decode_all(envelope, technical_envelope)
    former = find(Bid.objects.of_supplier(actor).select_related("lot__tender"), pk=bid_id)
    with unit_of_work():
        tender = lock_open_tender(former.lot.tender.number, actor)
        lot = find(Lot.objects.select_related("presentation__medicine"), pk=former.lot_id)
        lot.tender = tender
        _withdraw(bid_id, actor, at, expected_version)
        return _store(lot, supplier_id, envelopes, network_address, actor, at)


def withdraw_bid(*, bid_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> Bid:
    """Withdraw one's own sealed bid before the deadline; its envelopes are destroyed, hashes and receipt stay.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, BiddingClosed
    """
    return _withdraw(bid_id, actor, at, expected_version)


def _withdraw(bid_id: int, actor: Actor, at: datetime, expected_version: int | None) -> Bid:
    with perform(
        "withdraw",
        Bid.objects.of_supplier(actor).select_related("lot__tender", "supplier").defer(*ENVELOPES),
        pk=bid_id,
        machine=BID,
        policy=may_withdraw_bid,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as bid:
        _refuse_late(bid.lot.tender, at)
        # what is left would be opened, were the bid called sealed again in the database
        Bid.objects.filter(pk=bid.pk).update(**dict.fromkeys(ENVELOPES))
        bid.envelope = bid.technical_envelope = None
    return bid


def _require_supplier(actor: Actor) -> int:
    require_role(actor, Role.SUPPLIER_AGENT)
    if actor.organization_id is None:
        raise NotAllowed(reason=Role.SUPPLIER_AGENT.label)
    return actor.organization_id


def _store(
    lot: Lot,
    supplier_id: int,
    envelopes: Mapping[Stage, bytes],
    network_address: str | None,
    actor: Actor,
    at: datetime,
) -> Bid:
    tender = lot.tender
    _refuse_late(tender, at)
    if tender.status != TenderStatus.PUBLISHED:
        raise BiddingNotOpen(tender=tender.number, status=tender.get_status_display())
    _refuse_other_envelopes(tender, envelopes)
    require_admitted(supplier_id, lot, at)
    _refuse_second_bid(lot, supplier_id)
    digests = {stage: hashlib.sha256(ciphertext).hexdigest() for stage, ciphertext in envelopes.items()}
    try:
        with transaction.atomic():
            bid = Bid.objects.create(
                lot=lot,
                supplier_id=supplier_id,
                envelope=envelopes[Stage.COMMERCIAL],
                envelope_sha256=digests[Stage.COMMERCIAL],
                technical_envelope=envelopes.get(Stage.TECHNICAL),
                technical_sha256=digests.get(Stage.TECHNICAL, ""),
                network_address=network_address,
                received_at=at,
            )
    except IntegrityError:
        _refuse_second_bid(lot, supplier_id)
        raise
    bid.receipt = receipt_of(bid, at=at)
    bid.save(update_fields=["receipt"])
    written = {"envelope_sha256": bid.envelope_sha256, "technical_sha256": bid.technical_sha256}
    record(
        actor=actor,
        action="bid.submit",
        subject=bid,
        at=at,
        changes={name: [None, digest] for name, digest in written.items() if digest},
    )
    return bid


def _refuse_late(tender: Tender, at: datetime) -> None:
    # the deadline decides, not the state: closing the tender is done by a worker a few seconds later
    if at >= tender.deadline_at:
        raise BiddingClosed(deadline=spoken(tender.deadline_at), received=spoken(at))


def _refuse_other_envelopes(tender: Tender, envelopes: Mapping[Stage, bytes]) -> None:
    wanted = {Stage(stage) for stage in tender.keys.values_list("stage", flat=True)}
    if wanted != set(envelopes):
        raise WrongEnvelopes(tender=tender.number, wanted=_names(wanted), got=_names(set(envelopes)))


def _names(stages: set[Stage]) -> str:
    return ", ".join(str(stage.label) for stage in Stage if stage in stages) or "—"


def _decode_all(envelope: str, technical_envelope: str | None) -> dict[Stage, bytes]:
    sent = {Stage.COMMERCIAL: envelope, Stage.TECHNICAL: technical_envelope}
    return {stage: _decode(text, stage) for stage, text in sent.items() if text is not None}


def _decode(envelope: str, stage: Stage) -> bytes:
    try:
        ciphertext = base64.b64decode(envelope, validate=True)
    except (binascii.Error, ValueError):
        ciphertext, got = b"", f"{len(envelope)} characters"
    else:
        # a bid in clear would be readable here before the deadline: it is sent back, not stored
        got = _("text that is not encrypted") if _is_text(ciphertext) else str(len(ciphertext))
    if _is_text(ciphertext) or not is_envelope_length(len(ciphertext), stage):
        sizes = " / ".join(str(size + SEAL_BYTES) for size in PLAIN_SIZES[stage])
        raise EnvelopeUnreadable(expected=sizes, got=got, pointer=f"/{FIELDS[stage]}")
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
