"""From the hospital's basket to the shelf and its price."""

from distribution.models.deliveries import Despatch, DespatchLine, Receipt, ReceiptLine
from distribution.models.entrustments import Entrustment
from distribution.models.orders import DistributionRun, Order, OrderLine
from distribution.models.requisitions import Requisition, RequisitionLine
from distribution.models.retail import RetailFinding, RetailPrice, RetailReport

__all__ = [
    "Despatch",
    "DespatchLine",
    "DistributionRun",
    "Entrustment",
    "Order",
    "OrderLine",
    "Receipt",
    "ReceiptLine",
    "Requisition",
    "RequisitionLine",
    "RetailFinding",
    "RetailPrice",
    "RetailReport",
]
