"""Which bids of a lot can be negotiated about, and in which order."""

from __future__ import annotations

from django.db.models import F, Q

from catalog.foundation.actor import Actor
from procurement.models import Bid, Lot, Tender
from procurement.rules.evaluation import LotVerdict
from procurement.states import BidStatus, LotStatus, Procedure, TenderStatus

# Nobody bid at or under the ceiling, or it is a negotiation from the start.
OVER_CEILING = Q(status=BidStatus.SET_ASIDE, comparable_price__gt=F("lot__ceiling_price"))
ON_THE_TABLE = Q(status=BidStatus.RANKED) | OVER_CEILING | Q(negotiation__isnull=False)


def bids_in_order(lot: Lot) -> list[Bid]:
    """The bids of a lot about which one negotiates, the lowest comparable price first, with what came of each."""
    return list(
        Bid.objects.filter(ON_THE_TABLE, lot=lot, comparable_price__isnull=False)
        .select_related("supplier", "product__presentation__medicine", "product__manufacturer", "negotiation")
        .defer("envelope", "technical_envelope")
        .order_by("comparable_price", "received_at", "pk")
    )


def is_negotiable(lot: Lot) -> bool:
    """Is a price of the lot to be negotiated: in a negotiation, and where all bids are above the ceiling?

    国办发〔2010〕56号: if all bids exceed the ceiling, the agency negotiates one by one with the bidders, in order. A
    lot that failed for want of bidders, or that an officer declared failed, is tendered again.
    """
    tender: Tender = lot.tender
    if tender.status != TenderStatus.EVALUATED or lot.decision_reason:
        return False
    if tender.procedure == Procedure.NEGOTIATION and lot.status == LotStatus.PROPOSED:
        return True
    has_enough_bidders = lot.proposal.get("verdict") != LotVerdict.TOO_FEW_BIDDERS
    is_ranked = lot.bids.filter(status=BidStatus.RANKED).exists()
    return lot.status == LotStatus.FAILED and has_enough_bidders and not is_ranked


def negotiable_lots(actor: Actor) -> list[Lot]:
    """The lots of the officer's agency whose price is to be negotiated."""
    lots = Lot.objects.of_agency(actor).filter(
        tender__status=TenderStatus.EVALUATED, status__in=[LotStatus.PROPOSED, LotStatus.FAILED]
    )
    related = lots.select_related("tender", "presentation__medicine").order_by("tender", "number")
    return [lot for lot in related if is_negotiable(lot)]
