"""The verbs in which orders, deliveries, stock and invoices are asked; ``visible_to`` holds who may see which rows."""

from distribution.querysets.deliveries import DespatchQuerySet, GoodsReturnQuerySet, LotHoldQuerySet
from distribution.querysets.entrustments import EntrustmentQuerySet
from distribution.querysets.invoices import InvoiceQuerySet, PayableQuerySet, SettlementQuerySet
from distribution.querysets.orders import OfOrderQuerySet, OrderNoticeQuerySet, OrderQuerySet
from distribution.querysets.parties import (
    INSTITUTION_ROLES,
    OFFICERS,
    SELLERS,
    InstitutionOwnedQuerySet,
    ProvinceOwnedQuerySet,
    sees_everything,
    visible_orders,
)
from distribution.querysets.stock import (
    ReservePlanQuerySet,
    ReserveReleaseQuerySet,
    StockLotQuerySet,
    StockTransferQuerySet,
)
from distribution.querysets.supervision import ComplaintQuerySet, ScorecardQuerySet

__all__ = [
    "INSTITUTION_ROLES",
    "OFFICERS",
    "SELLERS",
    "ComplaintQuerySet",
    "DespatchQuerySet",
    "EntrustmentQuerySet",
    "GoodsReturnQuerySet",
    "InstitutionOwnedQuerySet",
    "InvoiceQuerySet",
    "LotHoldQuerySet",
    "OfOrderQuerySet",
    "OrderNoticeQuerySet",
    "OrderQuerySet",
    "PayableQuerySet",
    "ProvinceOwnedQuerySet",
    "ReservePlanQuerySet",
    "ReserveReleaseQuerySet",
    "ScorecardQuerySet",
    "SettlementQuerySet",
    "StockLotQuerySet",
    "StockTransferQuerySet",
    "sees_everything",
    "visible_orders",
]
