"""The lives of what lies between the basket and the paid invoice, and of retail reports."""

from distribution.states.deliveries import (
    DESPATCH,
    GOODS_RETURN,
    DespatchStatus,
    HoldKind,
    RejectionReason,
    Remedy,
    ReturnStatus,
)
from distribution.states.invoices import INVOICE, SETTLEMENT, DeemedGround, InvoiceKind, InvoiceStatus, SettlementStatus
from distribution.states.orders import (
    OPEN_ORDER,
    ORDER,
    RUN,
    SUPPLIER_REASONS,
    AnswerReason,
    NoticeKind,
    OrderStatus,
    RunStatus,
)
from distribution.states.requisitions import REQUISITION, LineOutcome, RequisitionStatus, Urgency
from distribution.states.retail import RETAIL_REPORT, RetailReportStatus, RetailVerdict
from distribution.states.stock import RELEASE, TRANSFER, ReleaseStatus, StockMove, StockWarning, TransferStatus
from distribution.states.supervision import COMPLAINT, ComplaintStatus, ComplaintSubject, ScorecardVerdict

__all__ = [
    "COMPLAINT",
    "DESPATCH",
    "GOODS_RETURN",
    "INVOICE",
    "OPEN_ORDER",
    "ORDER",
    "RELEASE",
    "REQUISITION",
    "RETAIL_REPORT",
    "RUN",
    "SETTLEMENT",
    "SUPPLIER_REASONS",
    "TRANSFER",
    "AnswerReason",
    "ComplaintStatus",
    "ComplaintSubject",
    "DeemedGround",
    "DespatchStatus",
    "HoldKind",
    "InvoiceKind",
    "InvoiceStatus",
    "LineOutcome",
    "NoticeKind",
    "OrderStatus",
    "RejectionReason",
    "ReleaseStatus",
    "Remedy",
    "RequisitionStatus",
    "RetailReportStatus",
    "RetailVerdict",
    "ReturnStatus",
    "RunStatus",
    "ScorecardVerdict",
    "SettlementStatus",
    "StockMove",
    "StockWarning",
    "TransferStatus",
    "Urgency",
]
