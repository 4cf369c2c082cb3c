"""What was awarded, and what is without a supplier."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from procurement.models import AwardArea, LotArea, Tender
from procurement.states import LotStatus, SupplyRole


def areas_without_supplier(tender: Tender) -> QuerySet[LotArea]:
    """The areas of awarded lots whose main supplier was revoked and nobody moved up."""
    supplied = AwardArea.objects.filter(
        lot=OuterRef("lot"), province=OuterRef("province"), role=SupplyRole.MAIN, ended_at=None
    )
    return LotArea.objects.filter(~Exists(supplied), lot__tender=tender, lot__status=LotStatus.AWARDED).order_by(
        "lot__number", "province"
    )
