"""The words and colours in which the admin shows states, evidence and journal actions of distribution."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.admin import name_actions
from distribution.states import (
    DESPATCH,
    ORDER,
    REQUISITION,
    RETAIL_REPORT,
    RUN,
    DespatchStatus,
    LineOutcome,
    OrderStatus,
    RequisitionStatus,
    RetailReportStatus,
    RetailVerdict,
    RunStatus,
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
REPORT_COLOURS: dict[str, str] = {RetailReportStatus.RECEIVED: "warning", RetailReportStatus.CHECKED: "success"}
VERDICT_COLOURS: dict[str, str] = {
    RetailVerdict.ABOVE_GUIDE_PRICE: "danger",
    RetailVerdict.ABOVE_PURCHASE_PRICE: "warning",
    RetailVerdict.NO_CEILING: "info",
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
    "rule_set": _("rule set"),
}

name_actions(
    REQUISITION,
    RUN,
    ORDER,
    DESPATCH,
    RETAIL_REPORT,
    requisition__draft=_("write a requisition"),
    requisition__revise=_("revise a requisition"),
    distribution_run__request=_("ask for a distribution run"),
    order__place=_("place an order"),
    despatch__advise=_("advise a despatch"),
    receipt__record=_("record a receipt"),
    retail_report__submit=_("report retail prices"),
    entrustment__file=_("entrust a distributor"),
)
