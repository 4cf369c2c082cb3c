"""The words and colours of negotiations, listings and filings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.admin import name_actions, name_fields
from procurement.admin.labels import FACTS
from procurement.states import (
    EMERGENCY_PURCHASE,
    NEGOTIATION,
    EmergencyPurchaseStatus,
    NegotiationStatus,
)

NEGOTIATION_COLOURS: dict[str, str] = {
    NegotiationStatus.OPEN: "info",
    NegotiationStatus.AGREED: "success",
    NegotiationStatus.BROKEN_OFF: "danger",
}
EMERGENCY_COLOURS: dict[str, str] = {
    EmergencyPurchaseStatus.FILED: "info",
    EmergencyPurchaseStatus.ACCEPTED: "success",
    EmergencyPurchaseStatus.OBJECTED: "danger",
}

FACTS.update(
    agreed_price=_("negotiated price (yuan per pack)"),
    agreed_comparable_price=_("its comparable price (yuan per unit)"),
)
name_fields(
    asked=_("asked (yuan per pack)"),
    offered=_("offered (yuan per pack)"),
    offers=_("standing offers"),
    round=_("round"),
)
name_actions(
    NEGOTIATION,
    EMERGENCY_PURCHASE,
    negotiation__open=_("open a negotiation"),
    negotiation__record_round=_("record a round"),
    negotiation__confirm_round=_("confirm the minutes of a round"),
    bid__agree_price=_("agree on a price"),
    listing_offer__submit=_("hand in a standing offer"),
    listing_offer__list=_("list standing offers"),
    listing_offer__lower=_("lower a listed price"),
    listing_offer__end=_("end a listing"),
    tender__file=_("file a purchase"),
    emergency_purchase__file=_("tell of an emergency purchase"),
)
