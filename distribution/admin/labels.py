"""The words and colours in which the admin shows states, evidence and journal actions of distribution."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.admin import name_actions
from distribution.states import (
    COMPLAINT,
    DESPATCH,
    GOODS_RETURN,
    INVOICE,
    LOT_ALERT,
    ORDER,
    REACTION,
    RECALL,
    RECALL_NOTICE,
    RELEASE,
    REQUISITION,
    RETAIL_CASE,
    RETAIL_FILE,
    RETAIL_REPORT,
    RETAIL_SWEEP,
    RUN,
    SETTLEMENT,
    SHORTAGE,
    SIGNAL,
    SUPERVISION_REPORT,
    TRANSFER,
    DespatchStatus,
    InvoiceStatus,
    LineOutcome,
    OrderStatus,
    ReleaseStatus,
    RequisitionStatus,
    RetailFileStatus,
    RetailReportStatus,
    RetailVerdict,
    ReturnStatus,
    RunStatus,
    SettlementStatus,
    ShortageGrade,
    ShortageStatus,
    StockWarning,
    SweepStatus,
    TransferStatus,
)

REQUISITION_COLOURS: dict[str, str] = {
    RequisitionStatus.SUBMITTED: "info",
    RequisitionStatus.APPROVED: "primary",
    RequisitionStatus.PLACED: "success",
    RequisitionStatus.CANCELLED: "danger",
}
OUTCOME_COLOURS: dict[str, str] = {LineOutcome.PLACED: "success", LineOutcome.REFUSED: "danger"}
RUN_COLOURS: dict[str, str] = {RunStatus.REQUESTED: "warning", RunStatus.RUNNING: "info", RunStatus.FINISHED: "success"}
ORDER_COLOURS: dict[str, str] = {
    OrderStatus.PLACED: "info",
    OrderStatus.CONFIRMED: "primary",
    OrderStatus.REFUSED: "danger",
    OrderStatus.DESPATCHED: "warning",
    OrderStatus.RECEIVED: "success",
}
DESPATCH_COLOURS: dict[str, str] = {DespatchStatus.SENT: "warning", DespatchStatus.RECEIVED: "success"}
INVOICE_COLOURS: dict[str, str] = {
    InvoiceStatus.FILED: "warning",
    InvoiceStatus.MATCHED: "info",
    InvoiceStatus.DISPUTED: "danger",
    InvoiceStatus.SETTLED: "success",
}
SETTLEMENT_COLOURS: dict[str, str] = {
    SettlementStatus.DRAWN: "warning",
    SettlementStatus.APPROVED: "info",
    SettlementStatus.PAID: "success",
}
REPORT_COLOURS: dict[str, str] = {RetailReportStatus.RECEIVED: "warning", RetailReportStatus.CHECKED: "success"}
VERDICT_COLOURS: dict[str, str] = {
    RetailVerdict.ABOVE_GUIDE_PRICE: "danger",
    RetailVerdict.ABOVE_PURCHASE_PRICE: "warning",
    RetailVerdict.NO_CEILING: "info",
    RetailVerdict.ABNORMALLY_HIGH: "info",
    RetailVerdict.ABNORMALLY_LOW: "info",
}
SWEEP_COLOURS: dict[str, str] = {SweepStatus.RUNNING: "warning", SweepStatus.FINISHED: "success"}
RETAIL_FILE_COLOURS: dict[str, str] = {RetailFileStatus.TAKEN: "success", RetailFileStatus.REFUSED: "danger"}

TRANSFER_COLOURS: dict[str, str] = {
    TransferStatus.PROPOSED: "info",
    TransferStatus.AGREED: "primary",
    TransferStatus.SENT: "warning",
    TransferStatus.RECEIVED: "success",
    TransferStatus.REFUSED: "danger",
    TransferStatus.CANCELLED: "danger",
}
RETURN_COLOURS: dict[str, str] = {
    ReturnStatus.REQUESTED: "info",
    ReturnStatus.AGREED: "primary",
    ReturnStatus.RETURNED: "success",
    ReturnStatus.REFUSED: "danger",
}
RELEASE_COLOURS: dict[str, str] = {
    ReleaseStatus.ORDERED: "info",
    ReleaseStatus.APPROVED: "primary",
    ReleaseStatus.ISSUED: "success",
    ReleaseStatus.DROPPED: "danger",
}
WARNING_COLOURS: dict[str, str] = {
    StockWarning.EXPIRED: "danger",
    StockWarning.HELD: "danger",
    StockWarning.NEAR_EXPIRY: "warning",
}

GRADE_COLOURS: dict[str, str] = {
    ShortageGrade.SEVERE: "danger",
    ShortageGrade.SHORT: "warning",
    ShortageGrade.WATCH: "info",
}
SHORTAGE_COLOURS: dict[str, str] = {
    ShortageStatus.OPEN: "danger",
    ShortageStatus.ANSWERED: "warning",
    ShortageStatus.FOLLOWED_UP: "primary",
    ShortageStatus.CLOSED: "success",
}

# The facts in a retail finding's evidence.
FACTS = {
    "rule": _("rule"),
    "price": _("retail price (yuan per pack)"),
    "observed_on": _("on the day"),
    "guide_price": _("guide price (yuan per pack)"),
    "guide_price_source": _("decision that the guide price comes from"),
    "guide_price_derivation": _("guide price derived how"),
    "purchase_price": _("purchase price (yuan per pack)"),
    "markup": _("mark-up allowed on the purchase price"),
    "allowed": _("highest allowed price (yuan per pack)"),
    "excess": _("excess (yuan per pack)"),
    "peer_median": _("median of its peers (yuan per pack)"),
    "peer_count": _("institutions that report it"),
    "usual_from": _("usual from (yuan per pack)"),
    "usual_to": _("usual up to (yuan per pack)"),
    "rule_set": _("rule set"),
}

name_actions(
    COMPLAINT,
    REQUISITION,
    RUN,
    ORDER,
    DESPATCH,
    RETAIL_REPORT,
    RETAIL_FILE,
    RETAIL_SWEEP,
    RETAIL_CASE,
    TRANSFER,
    RELEASE,
    GOODS_RETURN,
    SHORTAGE,
    SUPERVISION_REPORT,
    requisition__draft=_("write a requisition"),
    requisition__revise=_("revise a requisition"),
    requisition__countersign=_("approve a requisition first of two"),
    distribution_run__request=_("ask for a distribution run"),
    route__plan=_("plan a route"),
    route__drop=_("give a route up"),
    order__place=_("place an order"),
    order__amend=_("amend an order"),
    order__close_rest=_("close the rest of an order"),
    order__escalate=_("tell of an overdue answer"),
    order_notice__read=_("read an order notice"),
    despatch__advise=_("advise a despatch"),
    cold_chain_log__file=_("file temperatures of a journey"),
    goods_return__request=_("ask to give goods back"),
    lot_hold__place=_("hold a lot"),
    lot_hold__lift=_("lift a hold"),
    stock__open=_("enter opening stock"),
    stock__issue=_("issue stock"),
    stock__write_off=_("write stock off"),
    stock__warn=_("warn of stock"),
    stock_count__record=_("record a stock count"),
    stock_transfer__propose=_("propose a stock transfer"),
    reserve_plan__decide=_("decide on a reserve plan"),
    reserve_plan__end=_("end a reserve plan"),
    reserve_plan__fill=_("put stock into the reserve"),
    reserve_plan__carry_over=_("carry the reserve over to a new plan"),
    reserve_plan__rotate=_("rotate the reserve"),
    reserve_plan__alarm=_("raise the alarm about the reserve"),
    reserve_release__order=_("order a release from the reserve"),
    receipt__record=_("record a receipt"),
    retail_report__submit=_("report retail prices"),
    retail_file__hand_in=_("hand in a file of retail prices"),
    retail_sweep__request=_("ask for a sweep of retail prices"),
    entrustment__file=_("entrust a distributor"),
    entrustment__end=_("end an entrustment"),
    duty__give=_("bind a distributor to a township"),
    duty__end=_("end a duty to serve"),
    scorecard__draw=_("draw up a scorecard"),
    use_figure__reckon=_("reckon the use of essential medicines"),
    complaint__file=_("file a complaint"),
    retail_case__open=_("open a retail price case"),
    retail_case__write=_("write in a retail price case"),
    retail_case__lower=_("find the price of a case lawful"),
    retail_case__propose_penalty=_("propose a penalty"),
    retail_case__drop_penalty=_("drop a proposed penalty"),
    price_alarm__raise=_("raise a price alarm"),
    supervision_report__request=_("ask for a report"),
    shortage__list=_("list a shortage"),
    shortage__grade=_("grade a shortage anew"),
    shortage_answer__choose=_("choose an answer to a shortage"),
    shortage_answer__follow_up=_("follow up an answer to a shortage"),
    shortage_report__file=_("report a shortage"),
    shortage_report__end=_("take back a shortage report"),
    stop_notice__file=_("announce a production stop"),
    stop_notice__withdraw=_("take back a notice of a production stop"),
    national_shortage__list=_("list a national shortage"),
    national_shortage__move=_("move a national shortage to the other list"),
    national_shortage__end=_("take a national shortage off the list"),
)

name_actions(
    INVOICE,
    SETTLEMENT,
    invoice__file=_("file an invoice"),
    settlement__draw_up=_("draw up a settlement"),
    deemed_producer__enter=_("enter a firm deemed to be the producer"),
    deemed_producer__end=_("end that a firm is deemed to be the producer"),
)

name_actions(
    REACTION,
    SIGNAL,
    LOT_ALERT,
    RECALL,
    RECALL_NOTICE,
    adverse_reaction__report=_("report an adverse reaction"),
    safety_signal__find=_("find a safety signal"),
    lot_alert__raise=_("raise an alert about a lot"),
    recall__propose=_("propose a recall"),
    recall__report=_("report on a recall"),
    recall__remind=_("remind of a recall"),
    recall_notice__hand_back=_("hand recalled units back"),
)
