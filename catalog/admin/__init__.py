"""The catalogue in the admin: what may be bought, at what ceiling."""

from catalog.admin import (
    additions,
    adjustments,
    editions,
    entries,
    guidance,
    insurance,
    medicines,
    merges,
    prices,
    procurement_prices,
    products,
    reference_prices,
    regions,
    reimbursement,
    rulesets,
    selection,
)

__all__ = [
    "additions",
    "adjustments",
    "editions",
    "entries",
    "guidance",
    "insurance",
    "medicines",
    "merges",
    "prices",
    "procurement_prices",
    "products",
    "reference_prices",
    "regions",
    "reimbursement",
    "rulesets",
    "selection",
]
