"""The bids of a lot as an officer reads them: rank, prices, verdict, and every step of the computation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import badge, evidence_table, table, yuan
from catalog.rules.procedure_rules import ProcedureRules
from procurement.admin.labels import BID_COLOURS, FACTS, WORDS
from procurement.models import Bid, Lot
from procurement.queries import rules_of
from procurement.queries.findings import steps_of_bid, steps_of_lot
from procurement.rules.evaluation import Verdict
from procurement.rules.step_words import computation_in_words
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
        .defer("envelope", "technical_envelope")
        .order_by(F("evaluation_line__rank").asc(nulls_last=True), "comparable_price", "pk")
    )
    rules = rules_of(lot.tender)
    return [_row(bid, lot, rules) for bid in bids]


def marks() -> dict[str, SafeString]:
    """The marks of a row, as the template shows them."""
    return {"proposed": badge(_("proposed"), "primary"), "tied": badge(_("tied"), "warning")}


def awardable(rows: list[RankedBid]) -> list[RankedBid]:
    """Those that can be awarded."""
    return [row for row in rows if row.bid.status == BidStatus.RANKED]


def _row(bid: Bid, lot: Lot, rules: ProcedureRules) -> RankedBid:
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
        steps=_steps(bid, lot, rules),
    )


def _steps(bid: Bid, lot: Lot, rules: ProcedureRules) -> str | SafeString:
    """Every computation, first those of the lot; of a bid that was not compared, why not."""
    steps = steps_of_bid(bid, lot, rules)
    if not steps:
        return evidence_table(bid.finding, FACTS, WORDS)
    rows = [
        (WORDS.get(step["rule"], step["rule"]), computation_in_words(step), WORDS.get(step["result"], step["result"]))
        for step in [*steps_of_lot(lot, rules), *steps]
    ]
    return table([_("rule"), _("computation"), _("result")], rows)


def _verdict(bid: Bid) -> str:
    """The status, with the reason where a bid was refused, or may win but not as the others."""
    status = str(BidStatus(bid.status).label)
    verdict = bid.finding.get("verdict", "")
    if bid.status in (BidStatus.SET_ASIDE, BidStatus.SPOILED):
        reason = bid.finding.get("reason") or verdict
    elif verdict in (Verdict.ZERO_VOLUME, Verdict.OVER_CEILING):
        reason = verdict
    else:
        return status
    return _("%(status)s: %(reason)s") % {"status": status, "reason": WORDS.get(reason, reason)}
