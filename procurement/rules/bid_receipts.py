"""What the platform confirms to have received, in the words that it signs. Pure functions on plain values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def bid_receipt(
    *, tender: str, lot: int, bid: str, supplier: str, envelopes: Mapping[str, str], received_at: datetime
) -> dict[str, Any]:
    """What the platform confirms to have received: the SHA-256 of each envelope by its stage, and when.

    ``bid`` is the reference that the supplier knows it by; ``received_at`` is written with its offset.

    Raises:
        ValueError: a moment without a zone.
    """
    if received_at.tzinfo is None:
        raise ValueError("a receipt states the moment with its zone")
    return {
        "kind": "bid-receipt",
        "tender": tender,
        "lot": lot,
        "bid": bid,
        "supplier": supplier,
        "envelopes": dict(envelopes),
        "received_at": received_at.isoformat(),
    }
