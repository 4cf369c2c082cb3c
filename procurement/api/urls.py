from rest_framework.routers import SimpleRouter

from procurement.api.views import BidViewSet, DemandReportViewSet, TenderViewSet

router = SimpleRouter()
router.register("tenders", TenderViewSet, basename="tender")
router.register("bids", BidViewSet, basename="bid")
router.register("demand-reports", DemandReportViewSet, basename="demand-report")
urlpatterns = router.urls
