"""Reading across demand, tenders, bids and agreements."""

from procurement.queries.demand import (
    GroupDemand,
    demand_by_province,
    demand_totals,
    used_and_not_reported,
)
from procurement.queries.rules import late_interest, rules_of
from procurement.queries.standing import Bidder, Obstacle, barred_supplier_ids, obstacles, obstacles_of

__all__ = [
    "Bidder",
    "GroupDemand",
    "Obstacle",
    "barred_supplier_ids",
    "demand_by_province",
    "demand_totals",
    "late_interest",
    "obstacles",
    "obstacles_of",
    "rules_of",
    "used_and_not_reported",
]
