"""Reading the catalogue: what holds for a product on a day."""

from catalog.queries.ceilings import Ceiling, guide_prices, procurement_price
from catalog.queries.essential import Essentiality, Ground, edition_in_force, essentiality
from catalog.queries.presentations import presentations_of
from catalog.queries.rulesets import rule_set, rule_set_or_none

__all__ = [
    "Ceiling",
    "Essentiality",
    "Ground",
    "edition_in_force",
    "essentiality",
    "guide_prices",
    "presentations_of",
    "procurement_price",
    "rule_set",
    "rule_set_or_none",
]
