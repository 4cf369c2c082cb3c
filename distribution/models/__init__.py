"""From the hospital's basket to the paid invoice, and to the shelf and its price."""

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
from distribution.models.requisitions import Requisition, RequisitionLine
from distribution.models.reserve import ReservePlan, ReserveRelease
from distribution.models.retail import RetailFinding, RetailPrice, RetailReport
from distribution.models.runs import ConsolidatedDelivery, DistributionRun, Route, RouteStop
from distribution.models.stock import StockCount, StockCountLine, StockEntry, StockLot, StockTransfer
from distribution.models.supervision import Complaint, Scorecard

__all__ = [
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
    "LotHold",
    "Order",
    "OrderLine",
    "OrderNotice",
    "Payable",
    "Receipt",
    "ReceiptLine",
    "Requisition",
    "RequisitionLine",
    "ReservePlan",
    "ReserveRelease",
    "RetailFinding",
    "RetailPrice",
    "RetailReport",
    "Route",
    "RouteStop",
    "Scorecard",
    "ServiceDuty",
    "Settlement",
    "SettlementLine",
    "StockCount",
    "StockCountLine",
    "StockEntry",
    "StockLot",
    "StockTransfer",
    "TraceCode",
]
