"""The minutes of an opening: what every bid was when it came in and what became of it, signed by the platform."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from procurement.models import Bid, KeyShare, Opening, TenderKey
from procurement.rules.envelopes import Offer, finding_of
from procurement.services.reading_envelopes import Outcome, Readable
from procurement.services.receipts import signed
from procurement.states import Stage


def write_minutes(
    opening: Opening,
    key: TenderKey,
    shares: Iterable[KeyShare],
    outcome: list[dict[str, Any]],
    returned: Iterable[Bid],
    *,
    at: datetime,
) -> None:
    """Write the minutes of an opening that was just stored, with who released when and every bid, and sign them.

    ``returned`` are the bids whose commercial envelopes were destroyed unopened.
    """
    tender = opening.tender
    document = signed(
        {
            "kind": "opening-minutes",
            "tender": tender.number,
            "title": tender.title,
            "agency": tender.agency.name,
            "stage": str(key.stage),
            "deadline": _moment(tender.deadline_at),
            "opened_at": _moment(at),
            "public_key": base64.b64encode(bytes(key.public_key)).decode(),
            "shares_needed": key.threshold,
            "released": [
                {"holder": str(share.holder), "released_at": _moment(share.released_at)}
                for share in shares
                if share.released_at is not None
            ],
            "bids": sorted(outcome, key=lambda line: (line["lot"], line["received_at"], line["bid"])),
            "returned": [_received(bid) for bid in returned],
        },
        at=at,
    )
    opening.signature = {name: document.pop(name) for name in ("key_id", "signature")}
    opening.minutes = document
    opening.save(update_fields=["minutes", "signature"])


def lines_of(outcome: Outcome) -> list[dict[str, Any]]:
    """A line of the minutes for each bid that was read, or could not be."""
    read = [{**_received(item.bid), "outcome": "opened", **_told(item)} for item in outcome.readable]
    return read + [{**_received(bid), **_spoiled(reason)} for bid, reason in outcome.spoiled]


def _spoiled(reason: str) -> dict[str, str]:
    finding = finding_of(reason)
    return {"outcome": finding["verdict"], **{name: finding[name] for name in ("reason", "fault", "rule")}} | {
        "counts_as": finding["outcome"]
    }


def _told(item: Readable) -> dict[str, Any]:
    told: dict[str, Any] = {"product": item.product.code}
    if not isinstance(item.said, Offer):
        documents = [{"name": document.name, "sha256": document.sha256} for document in item.said.documents]
        return told | {"documents": documents}
    told |= {"offer_price": f"{item.said.offer_price:.2f}", "pack_quantity": item.product.pack_quantity}
    return told if item.said.output is None else told | {"output": item.said.output}


def _received(bid: Bid) -> dict[str, Any]:
    hashes = {Stage.COMMERCIAL: bid.envelope_sha256, Stage.TECHNICAL: bid.technical_sha256}
    return {
        "bid": str(bid.reference),
        "lot": bid.lot.number,
        "supplier": bid.supplier.code,
        "supplier_name": bid.supplier.name,
        "received_at": _moment(bid.received_at),
        "envelopes": {str(stage): digest for stage, digest in hashes.items() if digest},
    }


def _moment(at: datetime) -> str:
    return localtime(at).isoformat()
