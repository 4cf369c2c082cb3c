from django.urls import path
from rest_framework.routers import SimpleRouter

from distribution.api.complaints import ComplaintViewSet
from distribution.api.despatches import DespatchViewSet
from distribution.api.entrustments import EntrustmentViewSet, NetworkGapViewSet, ServiceDutyViewSet
from distribution.api.holds import LotHoldViewSet
from distribution.api.institutions import RetailReportViewSet
from distribution.api.invoices import InvoiceViewSet
from distribution.api.order_notices import OrderNoticeViewSet
from distribution.api.orders import OrderViewSet
from distribution.api.performance import PerformanceViewSet, ScorecardViewSet
from distribution.api.requisitions import OrderableLineViewSet, RequisitionViewSet, SuggestionViewSet
from distribution.api.reserve import ReservePlanViewSet, ReserveReleaseViewSet
from distribution.api.returns import GoodsReturnViewSet
from distribution.api.settlements import CreditDueViewSet, OverdueViewSet, SettlementViewSet
from distribution.api.stock import StockCountViewSet, StockViewSet
from distribution.api.transfers import StockTransferViewSet

router = SimpleRouter()
router.register("orderable-lines", OrderableLineViewSet, basename="orderable-line")
router.register("order-suggestions", SuggestionViewSet, basename="order-suggestion")
router.register("requisitions", RequisitionViewSet, basename="requisition")
router.register("despatches", DespatchViewSet, basename="despatch")
router.register("goods-returns", GoodsReturnViewSet, basename="goods-return")
router.register("lot-holds", LotHoldViewSet, basename="lot-hold")
router.register("retail-reports", RetailReportViewSet, basename="retail-report")
router.register("orders", OrderViewSet, basename="order")
router.register("order-notices", OrderNoticeViewSet, basename="order-notice")
router.register("entrustments", EntrustmentViewSet, basename="entrustment")
router.register("service-duties", ServiceDutyViewSet, basename="service-duty")
router.register("scorecards", ScorecardViewSet, basename="scorecard")
router.register("complaints", ComplaintViewSet, basename="complaint")
router.register("stock", StockViewSet, basename="stock")
router.register("stock-counts", StockCountViewSet, basename="stock-count")
router.register("stock-transfers", StockTransferViewSet, basename="stock-transfer")
router.register("reserve-plans", ReservePlanViewSet, basename="reserve-plan")
router.register("reserve-releases", ReserveReleaseViewSet, basename="reserve-release")
router.register("invoices", InvoiceViewSet, basename="invoice")
router.register("settlements", SettlementViewSet, basename="settlement")
router.register("payments/credits-due", CreditDueViewSet, basename="credit-due")
router.register("payments/overdue", OverdueViewSet, basename="overdue")
urlpatterns = [
    path("network-gaps/", NetworkGapViewSet.as_view({"get": "gaps"}), name="network-gaps"),
    path("performance/", PerformanceViewSet.as_view({"get": "measure"}), name="performance"),
    *router.urls,
]
