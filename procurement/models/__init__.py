"""From demand to agreement."""

from procurement.models.agreements import Agreement, AgreementLine, VolumeEntry
from procurement.models.awards import AreaPick, Award, AwardArea
from procurement.models.bids import Bid, BidDocument
from procurement.models.committees import Committee, CommitteeMember, Expert, ExpertInterest, Score, ScoreSheet
from procurement.models.conduct import ConductRecord
from procurement.models.demand import DemandLine, DemandReport, DemandRound, PriorUse
from procurement.models.dossiers import Amendment, Clarification, Objection, TenderDocument
from procurement.models.emergencies import EmergencyPurchase, Filing
from procurement.models.evaluations import Evaluation, EvaluationLine, Explanation, ScreenFlag
from procurement.models.listings import ListingArea, ListingOffer
from procurement.models.negotiations import Negotiation, NegotiationRound
from procurement.models.openings import KeyShare, Opening, OpeningKey, PlatformKey, TenderKey
from procurement.models.publications import Notice, Release, TenderJob
from procurement.models.tenders import Invitation, Lot, LotArea, Tender

__all__ = [
    "Agreement",
    "AgreementLine",
    "Amendment",
    "AreaPick",
    "Award",
    "AwardArea",
    "Bid",
    "BidDocument",
    "Clarification",
    "Committee",
    "CommitteeMember",
    "ConductRecord",
    "DemandLine",
    "DemandReport",
    "DemandRound",
    "EmergencyPurchase",
    "Evaluation",
    "EvaluationLine",
    "Expert",
    "ExpertInterest",
    "Explanation",
    "Filing",
    "Invitation",
    "KeyShare",
    "ListingArea",
    "ListingOffer",
    "Lot",
    "LotArea",
    "Negotiation",
    "NegotiationRound",
    "Notice",
    "Objection",
    "Opening",
    "OpeningKey",
    "PlatformKey",
    "PriorUse",
    "Release",
    "Score",
    "ScoreSheet",
    "ScreenFlag",
    "Tender",
    "TenderDocument",
    "TenderJob",
    "TenderKey",
    "VolumeEntry",
]
