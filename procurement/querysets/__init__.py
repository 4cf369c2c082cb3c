"""The verbs in which tenders, bids and agreements are asked; ``visible_to`` holds who may see which rows."""

from procurement.querysets.agreements import AgreementLineQuerySet, AgreementQuerySet
from procurement.querysets.bids import BidDocumentQuerySet, BidQuerySet, ExplanationQuerySet
from procurement.querysets.committees import (
    CommitteeMemberQuerySet,
    CommitteeQuerySet,
    ExpertInterestQuerySet,
    ExpertQuerySet,
    ScoreSheetQuerySet,
)
from procurement.querysets.conduct import ConductRecordQuerySet
from procurement.querysets.demand import DemandReportQuerySet, PriorUseQuerySet, health_authorities
from procurement.querysets.dossiers import AmendmentQuerySet, ClarificationQuerySet, DossierQuerySet, ObjectionQuerySet
from procurement.querysets.negotiations import EmergencyPurchaseQuerySet, NegotiationQuerySet, NegotiationRoundQuerySet
from procurement.querysets.parties import sees_everything
from procurement.querysets.tenders import LotQuerySet, NoticeQuerySet, ScreenFlagQuerySet, TenderQuerySet

__all__ = [
    "AgreementLineQuerySet",
    "AgreementQuerySet",
    "AmendmentQuerySet",
    "BidDocumentQuerySet",
    "BidQuerySet",
    "ClarificationQuerySet",
    "CommitteeMemberQuerySet",
    "CommitteeQuerySet",
    "ConductRecordQuerySet",
    "DemandReportQuerySet",
    "DossierQuerySet",
    "EmergencyPurchaseQuerySet",
    "ExpertInterestQuerySet",
    "ExpertQuerySet",
    "ExplanationQuerySet",
    "LotQuerySet",
    "NegotiationQuerySet",
    "NegotiationRoundQuerySet",
    "NoticeQuerySet",
    "ObjectionQuerySet",
    "PriorUseQuerySet",
    "ScoreSheetQuerySet",
    "ScreenFlagQuerySet",
    "TenderQuerySet",
    "health_authorities",
    "sees_everything",
]
