"""The numbers of the price-ratio rules (发改价格〔2011〕2452号), as a rule set states them."""

from __future__ import annotations

from typing import Any

FORM_RATIOS = {
    "plain_tablet": "1",
    "hard_capsule": "1",
    "chewable_tablet": "1.05",
    "lozenge": "1.05",
    "soluble_tablet": "1.05",
    "enteric_tablet": "1.1",
    "enteric_capsule": "1.1",
    "dispersible_tablet": "1.2",
    "soft_capsule": "1.2",
    "effervescent_tablet": "1.3",
}
OFFICIAL_PARAMETERS: dict[str, Any] = {
    "strength_base": "1.7",
    "volume_base": "1.9",
    "pack_base": "1.95",
    "pack_families": list(FORM_RATIOS),
    "form_ratios": FORM_RATIOS,
    "sugar_free": "1.1",
    "packing_material": {"glass": "0", "plastic": "1", "soft_bag": "4"},
    "rounding": [["0", "0.01"], ["1", "0.1"], ["100", "1"]],
}
