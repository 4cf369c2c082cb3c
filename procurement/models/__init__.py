"""From demand to agreement."""

from procurement.models.agreements import Agreement, AgreementLine, VolumeEntry
from procurement.models.awards import Award, AwardArea
from procurement.models.bids import Bid
from procurement.models.demand import DemandLine, DemandReport, DemandRound
from procurement.models.evaluations import Evaluation, EvaluationLine
from procurement.models.openings import KeyShare, Opening, OpeningKey, TenderKey
from procurement.models.tenders import Lot, LotArea, Tender

__all__ = [
    "Agreement",
    "AgreementLine",
    "Award",
    "AwardArea",
    "Bid",
    "DemandLine",
    "DemandReport",
    "DemandRound",
    "Evaluation",
    "EvaluationLine",
    "KeyShare",
    "Lot",
    "LotArea",
    "Opening",
    "OpeningKey",
    "Tender",
    "TenderKey",
    "VolumeEntry",
]
