"""The words and colours in which the admin shows states, evidence and journal actions of procurement."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.admin import name_actions
from procurement.rules.ranking import NOT_COMPARABLE, OVER_CEILING, RULE_CEILING, RULE_COMPARABLE, VALID
from procurement.states import (
    AGREEMENT,
    BID,
    DEMAND_ROUND,
    LOT,
    TENDER,
    AgreementStatus,
    BidStatus,
    DemandStatus,
    LotStatus,
    TenderStatus,
)

DEMAND_COLOURS: dict[str, str] = {DemandStatus.COLLECTING: "info", DemandStatus.CLOSED: "success"}
TENDER_COLOURS: dict[str, str] = {
    TenderStatus.PUBLISHED: "info",
    TenderStatus.CLOSED: "warning",
    TenderStatus.OPENING: "warning",
    TenderStatus.OPENED: "warning",
    TenderStatus.EVALUATED: "primary",
    TenderStatus.CONCLUDED: "success",
    TenderStatus.CANCELLED: "danger",
}
LOT_COLOURS: dict[str, str] = {LotStatus.PROPOSED: "primary", LotStatus.AWARDED: "success", LotStatus.FAILED: "danger"}
BID_COLOURS: dict[str, str] = {
    BidStatus.RANKED: "info",
    BidStatus.AWARDED: "success",
    BidStatus.SET_ASIDE: "danger",
    BidStatus.SPOILED: "danger",
}
AGREEMENT_COLOURS: dict[str, str] = {
    AgreementStatus.IN_FORCE: "success",
    AgreementStatus.SUSPENDED: "warning",
    AgreementStatus.ENDED: "danger",
}

# The facts in a bid's finding and in a ceiling's evidence.
FACTS = {
    "price": _("price as decided (yuan per unit)"),
    "strength": _("strength it was decided for"),
    "carried_to": _("carried to the strength"),
    "offer_price": _("offer (yuan per pack)"),
    "pack_quantity": _("units per pack"),
    "unit_price": _("price per unit (yuan) = offer ÷ units per pack"),
    "quantity_ratio": _("ratio of the contents of one unit"),
    "strength_base": _("price ratio for twice the strength"),
    "price_ratio": _("price ratio for the ratio of contents"),
    "carried_price": _("price at that strength (yuan per unit)"),
    "comparable_price": _("comparable price (yuan per unit) = price per unit ÷ price ratio"),
    "ceiling": _("ceiling (yuan per unit)"),
    "rule": _("rule"),
    "verdict": _("verdict"),
    "reason": _("reason"),
}
WORDS = {
    RULE_COMPARABLE: _("unit comparable price of volume-based procurement (CN.VBP.unit-comparable-price)"),
    RULE_CEILING: _("an offer above the ceiling is not valid (CN.2010-56.ceiling)"),
    VALID: _("valid"),
    OVER_CEILING: _("above the ceiling"),
    NOT_COMPARABLE: _("strength cannot be compared with the lot's"),
    "spoiled": _("could not be read"),
    "altered_after_receipt": _("the envelope was altered after its receipt"),
    "not_sealed_with_the_tender_key": _("the envelope was not sealed with the tender's key"),
    "not_a_bid": _("the envelope holds no bid"),
    "made_for_another_lot_or_supplier": _("the bid was made for another lot or by another supplier"),
    "product_not_the_suppliers": _("the product is unknown or another maker's"),
    "product_not_of_the_lot": _("the product is another medicine or form than the lot's"),
    "price_not_readable": _("the price is not an amount in yuan with two decimals"),
}

name_actions(
    DEMAND_ROUND,
    TENDER,
    LOT,
    BID,
    AGREEMENT,
    demand_round__open=_("open the demand round"),
    demand__report=_("report demand"),
    tender__draft=_("draft a tender"),
    bid__submit=_("hand in a sealed bid"),
    opening__release=_("release a share of the opening key"),
    opening_key__create=_("set an opening passphrase"),
)
