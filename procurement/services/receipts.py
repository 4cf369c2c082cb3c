"""What the platform signs: receipts of bids and minutes of openings, with a key that the database does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from catalog.foundation.signing import current_public_key, key_id, sign, signing_key, verify
from procurement.models import Bid, PlatformKey
from procurement.rules.bid_receipts import bid_receipt
from procurement.states import Stage


def signed(document: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """The document with ``key_id`` and ``signature`` beside what it says; the key is kept for those who check later.

    Raises:
        ValueError: what cannot be signed: see ``catalog.foundation.signing.canonical``.
    """
    public = current_public_key()
    PlatformKey.objects.get_or_create(key_id=key_id(public), defaults={"public_key": public, "valid_from": at})
    return {**document, **sign(document, signing_key())}


def receipt_of(bid: Bid, *, at: datetime) -> dict[str, Any]:
    """The signed receipt of a bid that was just stored; its lot comes with the tender, and its supplier."""
    return signed(_said_of(bid), at=at)


def is_as_received(bid: Bid) -> bool:
    """Whether the bid's row still says what its receipt says, and the platform's present key signed that receipt.

    Whoever can write the database can write a hash as well as an envelope, and a key as well as a signature: neither
    is believed without the key that lies outside of it.
    """
    receipt = dict(bid.receipt)
    signature = receipt.pop("signature", None)
    receipt.pop("key_id", None)
    moment = receipt.get("received_at")
    said = _said_of(bid)
    try:
        is_of_that_moment = isinstance(moment, str) and datetime.fromisoformat(moment) == bid.received_at
    except (TypeError, ValueError):
        return False
    return (
        is_of_that_moment
        and receipt == {**said, "received_at": moment}
        and isinstance(signature, str)
        and verify(receipt, signature, current_public_key())
    )


def _said_of(bid: Bid) -> dict[str, Any]:
    hashes = {Stage.COMMERCIAL: bid.envelope_sha256, Stage.TECHNICAL: bid.technical_sha256}
    return bid_receipt(
        tender=bid.lot.tender.number,
        lot=bid.lot.number,
        bid=str(bid.reference),
        supplier=bid.supplier.code,
        envelopes={str(stage): digest for stage, digest in hashes.items() if digest},
        received_at=localtime(bid.received_at),
    )
