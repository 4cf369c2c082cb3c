from django.urls import path
from rest_framework.routers import SimpleRouter

from distribution.api.cases import RetailCaseViewSet
from distribution.api.complaints import ComplaintViewSet
from distribution.api.despatches import DespatchViewSet
from distribution.api.entrustments import EntrustmentViewSet, NetworkGapViewSet, ServiceDutyViewSet
from distribution.api.holds import LotHoldViewSet
from distribution.api.institutions import RetailReportViewSet
from distribution.api.invoices import InvoiceViewSet
from distribution.api.order_notices import OrderNoticeViewSet
from distribution.api.orders import OrderViewSet
from distribution.api.patient_cost import PatientCostViewSet, SavingsViewSet
from distribution.api.performance import PerformanceViewSet, ScorecardViewSet
from distribution.api.price_alarms import PriceAlarmViewSet
from distribution.api.reactions import AdverseReactionViewSet, LotAlertViewSet, SafetySignalViewSet
from distribution.api.recalls import RecallNoticeViewSet, RecallViewSet
from distribution.api.requisitions import OrderableLineViewSet, RequisitionViewSet, SuggestionViewSet
from distribution.api.reserve import ReservePlanViewSet, ReserveReleaseViewSet
from distribution.api.retail_surveillance import RetailFileViewSet, RetailFindingViewSet, RetailSweepViewSet
from distribution.api.returns import GoodsReturnViewSet
from distribution.api.settlements import CreditDueViewSet, OverdueViewSet, SettlementViewSet
from distribution.api.shortages import (
    NationalShortageViewSet,
    ShortageReportViewSet,
    ShortageViewSet,
    StopNoticeViewSet,
)
from distribution.api.stock import StockCountViewSet, StockViewSet
from distribution.api.transfers import StockTransferViewSet
from distribution.api.usage import UseFigureViewSet, UseShareViewSet

router = SimpleRouter()
router.register("orderable-lines", OrderableLineViewSet, basename="orderable-line")
router.register("order-suggestions", SuggestionViewSet, basename="order-suggestion")
router.register("requisitions", RequisitionViewSet, basename="requisition")
router.register("despatches", DespatchViewSet, basename="despatch")
router.register("goods-returns", GoodsReturnViewSet, basename="goods-return")
router.register("lot-holds", LotHoldViewSet, basename="lot-hold")
router.register("adverse-reactions", AdverseReactionViewSet, basename="adverse-reaction")
router.register("safety-signals", SafetySignalViewSet, basename="safety-signal")
router.register("lot-alerts", LotAlertViewSet, basename="lot-alert")
router.register("recalls", RecallViewSet, basename="recall")
router.register("recall-notices", RecallNoticeViewSet, basename="recall-notice")
router.register("retail-reports", RetailReportViewSet, basename="retail-report")
router.register("retail-files", RetailFileViewSet, basename="retail-file")
router.register("retail-findings", RetailFindingViewSet, basename="retail-finding")
router.register("retail-sweeps", RetailSweepViewSet, basename="retail-sweep")
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
router.register("use-figures", UseFigureViewSet, basename="use-figure")
router.register("retail-cases", RetailCaseViewSet, basename="retail-case")
router.register("price-alarms", PriceAlarmViewSet, basename="price-alarm")
router.register("shortages", ShortageViewSet, basename="shortage")
router.register("shortage-reports", ShortageReportViewSet, basename="shortage-report")
router.register("stop-notices", StopNoticeViewSet, basename="stop-notice")
router.register("national-shortages", NationalShortageViewSet, basename="national-shortage")
urlpatterns = [
    path("network-gaps/", NetworkGapViewSet.as_view({"get": "gaps"}), name="network-gaps"),
    path("performance/", PerformanceViewSet.as_view({"get": "measure"}), name="performance"),
    path("patient-cost/", PatientCostViewSet.as_view({"get": "cost"}), name="patient-cost"),
    path("savings/", SavingsViewSet.as_view({"get": "total"}), name="savings"),
    path("use-shares/", UseShareViewSet.as_view({"get": "shares"}), name="use-shares"),
    path("use-ranking/", UseShareViewSet.as_view({"get": "ranking"}), name="use-ranking"),
    path("must-stock/", UseShareViewSet.as_view({"get": "must_stock"}), name="must-stock"),
    *router.urls,
]
