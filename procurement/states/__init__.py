"""The lives of what lies between demand and agreement."""

from procurement.states.agreements import AGREEMENT, AgreementStatus, SupplyRole
from procurement.states.bids import BID, BidStatus
from procurement.states.committees import SCORE_SHEET, ScoreSheetStatus
from procurement.states.conduct import CONDUCT, ConductStatus
from procurement.states.demand import DEMAND_REPORT, DEMAND_ROUND, DemandReportStatus, DemandStatus
from procurement.states.dossiers import AMENDMENT, OBJECTION, AmendmentStatus, ObjectionKind, ObjectionStatus
from procurement.states.negotiations import EMERGENCY_PURCHASE, NEGOTIATION, EmergencyPurchaseStatus, NegotiationStatus
from procurement.states.price_alarms import AlarmTier
from procurement.states.tenders import LOT, TENDER, LotStatus, Procedure, Stage, TenderStatus

__all__ = [
    "AGREEMENT",
    "AMENDMENT",
    "BID",
    "CONDUCT",
    "DEMAND_REPORT",
    "DEMAND_ROUND",
    "EMERGENCY_PURCHASE",
    "LOT",
    "NEGOTIATION",
    "OBJECTION",
    "SCORE_SHEET",
    "TENDER",
    "AgreementStatus",
    "AlarmTier",
    "AmendmentStatus",
    "BidStatus",
    "ConductStatus",
    "DemandReportStatus",
    "DemandStatus",
    "EmergencyPurchaseStatus",
    "LotStatus",
    "NegotiationStatus",
    "ObjectionKind",
    "ObjectionStatus",
    "Procedure",
    "ScoreSheetStatus",
    "Stage",
    "SupplyRole",
    "TenderStatus",
]
