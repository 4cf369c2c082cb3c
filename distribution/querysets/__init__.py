"""The verbs in which orders, deliveries, stock and invoices are asked; ``visible_to`` holds who may see which rows."""

from distribution.querysets.cases import CaseLetterQuerySet, RetailCaseQuerySet
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
from distribution.querysets.price_alarms import PriceAlarmQuerySet
from distribution.querysets.reactions import AdverseReactionQuerySet, LotAlertQuerySet, SafetySignalQuerySet
from distribution.querysets.recalls import RecallNoticeQuerySet, RecallQuerySet, RecallReportQuerySet
from distribution.querysets.reports import SupervisionReportFileQuerySet
from distribution.querysets.retail import RetailFileQuerySet, RetailFindingQuerySet
from distribution.querysets.shortages import (
    NationalShortageQuerySet,
    ShortageItemQuerySet,
    ShortageReportQuerySet,
    StopNoticeQuerySet,
)
from distribution.querysets.stock import (
    ReservePlanQuerySet,
    ReserveReleaseQuerySet,
    StockLotQuerySet,
    StockTransferQuerySet,
)
from distribution.querysets.supervision import ComplaintQuerySet, ScorecardQuerySet
from distribution.querysets.usage import UseFigureQuerySet

__all__ = [
    "INSTITUTION_ROLES",
    "OFFICERS",
    "SELLERS",
    "AdverseReactionQuerySet",
    "CaseLetterQuerySet",
    "ComplaintQuerySet",
    "DespatchQuerySet",
    "EntrustmentQuerySet",
    "GoodsReturnQuerySet",
    "InstitutionOwnedQuerySet",
    "InvoiceQuerySet",
    "LotAlertQuerySet",
    "LotHoldQuerySet",
    "NationalShortageQuerySet",
    "OfOrderQuerySet",
    "OrderNoticeQuerySet",
    "OrderQuerySet",
    "PayableQuerySet",
    "PriceAlarmQuerySet",
    "ProvinceOwnedQuerySet",
    "RecallNoticeQuerySet",
    "RecallQuerySet",
    "RecallReportQuerySet",
    "ReservePlanQuerySet",
    "ReserveReleaseQuerySet",
    "RetailCaseQuerySet",
    "RetailFileQuerySet",
    "RetailFindingQuerySet",
    "SafetySignalQuerySet",
    "ScorecardQuerySet",
    "SettlementQuerySet",
    "ShortageItemQuerySet",
    "ShortageReportQuerySet",
    "StockLotQuerySet",
    "StockTransferQuerySet",
    "StopNoticeQuerySet",
    "SupervisionReportFileQuerySet",
    "UseFigureQuerySet",
    "sees_everything",
    "visible_orders",
]
