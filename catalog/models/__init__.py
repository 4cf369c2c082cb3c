"""What may be bought, and at what ceiling."""

from catalog.models.editions import Edition, EditionEntry, ListSection, ProvincialAddition
from catalog.models.guidance import DosageEntry, GuidanceDocument
from catalog.models.imports import Import, ImportMapping, ImportRow
from catalog.models.medicines import Medicine, MergeProposal, Presentation
from catalog.models.prices import GuidePrice, PriceAdjustment, PriceDecision, ProcurementPrice
from catalog.models.products import IdentifierOverride, Product
from catalog.models.reference_prices import ReferencePrice, ReferencePriceIndex
from catalog.models.regions import Region
from catalog.models.reimbursement import InsuranceListing, ReimbursementTerms
from catalog.models.rulesets import RuleSet
from catalog.models.selection import SelectionFinding, SelectionReview
from catalog.models.townships import Township

__all__ = [
    "DosageEntry",
    "Edition",
    "EditionEntry",
    "GuidanceDocument",
    "GuidePrice",
    "IdentifierOverride",
    "Import",
    "ImportMapping",
    "ImportRow",
    "InsuranceListing",
    "ListSection",
    "Medicine",
    "MergeProposal",
    "Presentation",
    "PriceAdjustment",
    "PriceDecision",
    "ProcurementPrice",
    "Product",
    "ProvincialAddition",
    "ReferencePrice",
    "ReferencePriceIndex",
    "Region",
    "ReimbursementTerms",
    "RuleSet",
    "SelectionFinding",
    "SelectionReview",
    "Township",
]
