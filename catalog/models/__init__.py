"""What may be bought, and at what ceiling."""

from catalog.models.editions import Edition, EditionEntry
from catalog.models.medicines import Medicine, Presentation
from catalog.models.prices import GuidePrice, PriceDecision, ProcurementPrice
from catalog.models.products import Product
from catalog.models.regions import Region
from catalog.models.rulesets import RuleSet

__all__ = [
    "Edition",
    "EditionEntry",
    "GuidePrice",
    "Medicine",
    "Presentation",
    "PriceDecision",
    "ProcurementPrice",
    "Product",
    "Region",
    "RuleSet",
]
