"""What arrives, what goes back, and what is held."""

from __future__ import annotations

from datetime import datetime

from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.models import Despatch, DespatchLine, GoodsReturn, LotHold, Receipt
from distribution.services.found_lots import Received
from distribution.services.holds import place_hold
from distribution.services.receipts import receive_despatch
from distribution.services.returns import request_return
from distribution.states import HoldKind, RejectionReason, Remedy
from tests.cast import Cast
from tests.factories.clock import NOW


def received(cast: Cast, despatch: Despatch, *, at: datetime = NOW) -> Receipt:
    """All that is on the way has arrived and was accepted."""
    lines = [Received(line.pk, accepted=line.packs) for line in despatch.lines.all()]
    return receive_despatch(despatch_id=despatch.pk, received=lines, actor=cast.pharmacist, at=at)


def hold(
    actor: Actor, product: Product, lot_number: str = "", *, kind: HoldKind = HoldKind.RECALL, at: datetime = NOW
) -> LotHold:
    """A lot that must not move; the whole product where none is named."""
    return place_hold(
        product_code=product.code,
        lot_number=lot_number,
        kind=kind,
        reason="可见异物",
        source="国家药监局通告",
        actor=actor,
        at=at,
    )


def goods_return(
    cast: Cast, line: DespatchLine, packs: int = 3, *, remedy: Remedy = Remedy.REPLACE, at: datetime = NOW
) -> GoodsReturn:
    """The pharmacist wants to give packs of a received lot back."""
    return request_return(
        despatch_line_id=line.pk,
        packs=packs,
        reason=RejectionReason.DAMAGED,
        remedy=remedy,
        actor=cast.pharmacist,
        at=at,
    )
