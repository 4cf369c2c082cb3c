"""From the hospital's basket to the paid invoice, and to the shelf and its price."""

from distribution.models.cases import CaseFinding, CaseLetter, RetailCase
from distribution.models.deliveries import (
    ColdChainLog,
    Despatch,
    DespatchLine,
    GoodsReturn,
    LotHold,
    Receipt,
    ReceiptLine,
    TraceCode,
)
from distribution.models.entrustments import Entrustment, ServiceDuty
from distribution.models.invoices import DeemedProducer, Invoice, InvoiceLine, Payable, Settlement, SettlementLine
from distribution.models.orders import Order, OrderLine, OrderNotice
from distribution.models.price_alarms import PriceAlarm
from distribution.models.price_limits import PriceLimit
from distribution.models.reactions import AdverseReaction, LotAlert, SafetySignal
from distribution.models.recalls import Recall, RecallNotice, RecallReport
from distribution.models.reports import SupervisionReport, SupervisionReportFile
from distribution.models.requisitions import Requisition, RequisitionLine
from distribution.models.reserve import ReservePlan, ReserveRelease
from distribution.models.retail import RetailFinding, RetailPrice, RetailReport
from distribution.models.retail_files import RetailFile
from distribution.models.retail_sweeps import RetailSweep
from distribution.models.runs import ConsolidatedDelivery, DistributionRun, Route, RouteStop
from distribution.models.shortages import NationalShortage, ShortageAnswer, ShortageItem, ShortageReport, StopNotice
from distribution.models.stock import StockCount, StockCountLine, StockEntry, StockLot, StockTransfer
from distribution.models.supervision import Complaint, Scorecard
from distribution.models.usage import UseFigure

__all__ = [
    "AdverseReaction",
    "CaseFinding",
    "CaseLetter",
    "ColdChainLog",
    "Complaint",
    "ConsolidatedDelivery",
    "DeemedProducer",
    "Despatch",
    "DespatchLine",
    "DistributionRun",
    "Entrustment",
    "GoodsReturn",
    "Invoice",
    "InvoiceLine",
    "LotAlert",
    "LotHold",
    "NationalShortage",
    "Order",
    "OrderLine",
    "OrderNotice",
    "Payable",
    "PriceAlarm",
    "PriceLimit",
    "Recall",
    "RecallNotice",
    "RecallReport",
    "Receipt",
    "ReceiptLine",
    "Requisition",
    "RequisitionLine",
    "ReservePlan",
    "ReserveRelease",
    "RetailCase",
    "RetailFile",
    "RetailFinding",
    "RetailPrice",
    "RetailReport",
    "RetailSweep",
    "Route",
    "RouteStop",
    "SafetySignal",
    "Scorecard",
    "ServiceDuty",
    "Settlement",
    "SettlementLine",
    "ShortageAnswer",
    "ShortageItem",
    "ShortageReport",
    "StockCount",
    "StockCountLine",
    "StockEntry",
    "StockLot",
    "StockTransfer",
    "StopNotice",
    "SupervisionReport",
    "SupervisionReportFile",
    "TraceCode",
    "UseFigure",
]
