"""Who may win a lot."""

from __future__ import annotations

from procurement.models import EvaluationLine, Lot
from procurement.queries.rules import rules_of
from procurement.states import BidStatus


def most_winners(lot: Lot) -> int:
    """How many may win: the fewest of what the lot admits and what its evaluation found by the winner table.

    For a lot that states neither, the table of its tender's rules decides by the bids that stand.
    """
    stated = [value for value in (lot.max_winners, lot.proposal.get("most_winners")) if value is not None]
    if stated:
        return min(stated)
    standing = EvaluationLine.objects.filter(bid__lot=lot, bid__status__in=[BidStatus.RANKED, BidStatus.AWARDED])
    return rules_of(lot.tender).most_winners(standing.count())
