from django.urls import path
from rest_framework.routers import SimpleRouter

from procurement.api.awards import CandidateViewSet, ObjectionViewSet
from procurement.api.bids import BidViewSet
from procurement.api.conduct import ConductRecordViewSet, CreditLevelViewSet
from procurement.api.demand import DemandReportViewSet, PriorUseViewSet
from procurement.api.dossiers import AmendmentViewSet, ClarificationViewSet, TenderDocumentViewSet
from procurement.api.emergencies import EmergencyPurchaseViewSet
from procurement.api.explanations import ExplanationViewSet
from procurement.api.listings import ListingOfferViewSet
from procurement.api.negotiations import NegotiationRoundViewSet, NegotiationViewSet
from procurement.api.ocds import PackageViewSet, ReleaseViewSet
from procurement.api.openings import PlatformKeyViewSet
from procurement.api.publications import NoticeViewSet, ScreenFlagViewSet
from procurement.api.views import TenderViewSet

router = SimpleRouter()
router.register("tenders", TenderViewSet, basename="tender")
router.register("bids", BidViewSet, basename="bid")
router.register("demand-reports", DemandReportViewSet, basename="demand-report")
router.register("prior-use", PriorUseViewSet, basename="prior-use")
router.register("clarifications", ClarificationViewSet, basename="clarification")
router.register("amendments", AmendmentViewSet, basename="amendment")
router.register("tender-documents", TenderDocumentViewSet, basename="tender-document")
router.register("conduct-records", ConductRecordViewSet, basename="conduct-record")
router.register("objections", ObjectionViewSet, basename="objection")
router.register("explanations", ExplanationViewSet, basename="explanation")
router.register("candidates", CandidateViewSet, basename="candidate")
router.register("notices", NoticeViewSet, basename="notice")
router.register("screen-flags", ScreenFlagViewSet, basename="screen-flag")
router.register("ocds/releases", ReleaseViewSet, basename="ocds-release")
router.register("ocds/packages", PackageViewSet, basename="ocds-package")
router.register("negotiations", NegotiationViewSet, basename="negotiation")
router.register("negotiation-rounds", NegotiationRoundViewSet, basename="negotiation-round")
router.register("listing-offers", ListingOfferViewSet, basename="listing-offer")
router.register("emergency-purchases", EmergencyPurchaseViewSet, basename="emergency-purchase")
urlpatterns = [
    path("platform-key/", PlatformKeyViewSet.as_view({"get": "retrieve"}), name="platform-key"),
    path("credit-levels/", CreditLevelViewSet.as_view({"get": "levels"}), name="credit-levels"),
    *router.urls,
]
