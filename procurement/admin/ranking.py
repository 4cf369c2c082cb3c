"""The bids of a lot as an officer reads them: rank, prices, verdict, and every step of the computation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import badge, evidence_table, yuan
from procurement.admin.labels import BID_COLOURS, FACTS, WORDS
from procurement.models import Bid, Lot
from procurement.states import BidStatus


@dataclass(frozen=True, slots=True)
class RankedBid:
    """A row of the ranking."""

    bid: Bid
    rank: int | None
    is_proposed: bool
    is_tied: bool
    offer: str
    unit_price: str
    comparable_price: str
    verdict: SafeString
    steps: Any

    @property
    def label(self) -> str:
        """How the bid is called where one chooses among bids."""
        supplier = self.bid.supplier
        return f"{self.rank}. {supplier.short_name or supplier.name} · {self.offer}"


def ranking_of(lot: Lot, actor: Actor) -> list[RankedBid]:
    """The lot's bids that the actor sees, by rank; those set aside come last. None before the opening."""
    bids = (
        Bid.objects.visible_to(actor)
        .filter(lot=lot)
        .select_related("supplier", "product__presentation__medicine", "product__manufacturer", "evaluation_line")
        .defer("envelope")
        .order_by(F("evaluation_line__rank").asc(nulls_last=True), "comparable_price", "pk")
    )
    return [_row(bid) for bid in bids]


def marks() -> dict[str, SafeString]:
    """The marks of a row, as the template shows them."""
    return {"proposed": badge(_("proposed"), "primary"), "tied": badge(_("tied"), "warning")}


def awardable(rows: list[RankedBid]) -> list[RankedBid]:
    """Those that can be awarded."""
    return [row for row in rows if row.bid.status == BidStatus.RANKED]


def _row(bid: Bid) -> RankedBid:
    line = getattr(bid, "evaluation_line", None)
    return RankedBid(
        bid=bid,
        rank=line.rank if line else None,
        is_proposed=bool(line and line.is_proposed),
        is_tied=bool(line and line.is_tied),
        offer=yuan(bid.offer_price),
        unit_price=yuan(bid.unit_price, 6),
        comparable_price=yuan(bid.comparable_price, 4),
        verdict=badge(_verdict(bid), BID_COLOURS.get(bid.status)),
        steps=evidence_table(bid.finding, FACTS, WORDS),
    )


def _verdict(bid: Bid) -> str:
    """The status, and for what was refused its reason."""
    status = str(BidStatus(bid.status).label)
    if bid.status not in (BidStatus.SET_ASIDE, BidStatus.SPOILED):
        return status
    reason = bid.finding.get("reason") or bid.finding.get("verdict", "")
    return _("%(status)s: %(reason)s") % {"status": status, "reason": WORDS.get(reason, reason)}
