from rest_framework.routers import SimpleRouter

from distribution.api.institutions import (
    DespatchViewSet,
    OrderableLineViewSet,
    RequisitionViewSet,
    RetailReportViewSet,
)
from distribution.api.suppliers import EntrustmentViewSet, OrderViewSet

router = SimpleRouter()
router.register("orderable-lines", OrderableLineViewSet, basename="orderable-line")
router.register("requisitions", RequisitionViewSet, basename="requisition")
router.register("despatches", DespatchViewSet, basename="despatch")
router.register("retail-reports", RetailReportViewSet, basename="retail-report")
router.register("orders", OrderViewSet, basename="order")
router.register("entrustments", EntrustmentViewSet, basename="entrustment")
urlpatterns = router.urls
