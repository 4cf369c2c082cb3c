"""Reading across agreements, orders and prices for those who order and supervise."""

from distribution.queries.figures import Figures, figures_of
from distribution.queries.holds import Holds, held_product_ids, holds_on
from distribution.queries.invoices import GoodsLot, chain_check
from distribution.queries.orderers import Orderer, orderer_of, villages_of
from distribution.queries.ordering import orderable_lines, search_lines
from distribution.queries.retail import RetailMedian, retail_medians
from distribution.queries.rules import delivery_rules, invoicing_rules, supply_rules, use_share_rules
from distribution.queries.suggestions import Suggestion, last_order, suggest_by_use

__all__ = [
    "Figures",
    "GoodsLot",
    "Holds",
    "Orderer",
    "RetailMedian",
    "Suggestion",
    "chain_check",
    "delivery_rules",
    "figures_of",
    "held_product_ids",
    "holds_on",
    "invoicing_rules",
    "last_order",
    "orderable_lines",
    "orderer_of",
    "retail_medians",
    "search_lines",
    "suggest_by_use",
    "supply_rules",
    "use_share_rules",
    "villages_of",
]
