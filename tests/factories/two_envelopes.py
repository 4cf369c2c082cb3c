"""Tenders whose bids come in two envelopes, from the publication to the shortlist."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product, RuleSet
from procurement.models import Bid, Lot, Tender
from procurement.rules.sealing import pad, seal
from procurement.services.bids import submit_bid
from procurement.services.openings import open_technical
from procurement.services.shortlists import publish_shortlist, shortlist_tender
from procurement.states import Procedure, Stage
from tests.cast import PLAIN, Cast, organization_of
from tests.factories.catalog import product
from tests.factories.clock import NOW, _numbers
from tests.factories.committees import DOUBLE_ENVELOPE, committee, sheets, submitted_sheet
from tests.factories.procurement import envelope, published_tender, release

LICENCE = b"%PDF-1.7 production licence"


def two_envelope_tender(cast: Cast, *arguments: Any, **options: Any) -> Tender:
    """Published, with a key for each envelope; of three bidders two go on, and three days are for objections."""
    RuleSet.objects.get_or_create(
        kind=RuleSet.Kind.DOUBLE_ENVELOPE,
        validity=DateRange(date(2010, 1, 1), None),
        defaults={
            "title": "双信封",
            "source": "国办发〔2010〕56号",
            "parameters": PLAIN | DOUBLE_ENVELOPE | {"objection_days": 3},
        },
    )
    return published_tender(cast, *arguments, procedure=Procedure.DOUBLE_ENVELOPE, **options)


def sealed_papers(tender: Tender, content: bytes) -> str:
    """Anything at all, padded and sealed with the key of the technical envelopes, in base64."""
    key = bytes(tender.keys.get(stage=Stage.TECHNICAL).public_key)
    return base64.b64encode(seal(pad(content, "technical"), key)).decode()


def file_in_papers(content: bytes = LICENCE, name: str = "licence.pdf") -> dict[str, str]:
    """A document as the reference client puts it into a technical envelope."""
    return {
        "name": name,
        "media_type": "application/pdf",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def papers(lot: Lot, supplier: Organization, offered: Product, /, **changed: Any) -> str:
    """A technical envelope as the reference client seals it; ``changed`` replaces what stands in it."""
    content = {
        "tender": lot.tender.number,
        "lot": lot.number,
        "supplier": supplier.code,
        "product": offered.code,
        "stage": "technical",
        "answers": {"scale": "年产 10 亿片", "delivery": "覆盖全省"},
        "documents": [file_in_papers()],
        "machine": hashlib.sha256(supplier.code.encode()).hexdigest(),
        "nonce": f"{next(_numbers):032x}",
    } | changed
    return sealed_papers(lot.tender, json.dumps(content, ensure_ascii=False).encode())


def two_envelope_bid(
    lot: Lot,
    actor: Actor,
    offer_price: Decimal | str = "6.00",
    *,
    at: datetime | None = None,
    said_in_papers: Mapping[str, Any] | None = None,
    **changed: Any,
) -> Bid:
    """A sealed bid in two envelopes, by default a day before the deadline."""
    firm = organization_of(actor)
    offered = product(firm, lot.presentation)
    return submit_bid(
        tender_number=lot.tender.number,
        lot_number=lot.number,
        envelope=envelope(lot, firm, offered, offer_price, **changed),
        technical_envelope=papers(lot, firm, offered, **(said_in_papers or {})),
        actor=actor,
        at=at or lot.tender.deadline_at - timedelta(days=1),
    )


def open_papers(tender: Tender, cast: Cast, *holders: Actor, at: datetime = NOW) -> Tender:
    """The technical envelopes are open: two have released their shares, and the worker is done."""
    release(tender, *(holders or (cast.officer, cast.supervisor)), at=at)
    return open_technical(tender_id=tender.pk, actor=cast.platform, at=at).tender


def published_shortlist(tender: Tender, cast: Cast, last: Sequence[Actor] = (), *, at: datetime = NOW) -> Tender:
    """The committee has scored and the shortlist is public; those named got next to no points."""
    given = {
        bid.supplier_id: "0.1" if bid.supplier_id in {actor.organization_id for actor in last} else "0.9"
        for bid in Bid.objects.filter(lot__tender=tender)
    }
    for sheet in sheets(committee(cast, tender, at=at)):
        submitted_sheet(sheet, tender, given, at=at)
    shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    return publish_shortlist(tender_number=tender.number, actor=cast.second_officer, at=at)
