"""The sidebar of the admin: by task, and for each person only what they may look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from catalog.foundation.web.admin import READERS, actor_of

Text = str | Promise

# A task: its name, and the lists that belong to it by model, icon and, where it is not the model's, name. A page of a
# model's own stands behind a slash.
TASKS: list[tuple[Text, list[tuple[str, str, Text]]]] = [
    (
        _("Demand and tenders"),
        [
            ("procurement.DemandRound", "campaign", ""),
            ("procurement.DemandReport", "assignment", ""),
            ("procurement.PriorUse", "query_stats", ""),
            ("procurement.Tender", "gavel", ""),
            ("procurement.Clarification", "quiz", ""),
            ("procurement.Amendment", "edit_document", ""),
            ("procurement.Objection", "front_hand", ""),
            ("procurement.Lot", "format_list_numbered", _("lots and awards")),
            ("procurement.Negotiation", "forum", ""),
            ("procurement.ListingOffer", "playlist_add_check", ""),
            ("procurement.Filing", "outbox", ""),
            ("procurement.EmergencyPurchase", "emergency", ""),
            ("procurement.Explanation", "contact_support", ""),
            ("procurement.ScreenFlag", "flag", ""),
            ("procurement.Notice", "notifications", ""),
            ("procurement.Release", "dataset", ""),
        ],
    ),
    (
        _("Technical evaluation"),
        [
            ("procurement.ScoreSheet", "edit_note", ""),
            ("procurement.Committee", "groups", ""),
            ("procurement.Expert", "school", ""),
            ("procurement.BidDocument", "folder_open", ""),
        ],
    ),
    (
        _("Agreements and orders"),
        [
            ("procurement.Agreement", "handshake", ""),
            ("procurement.AgreementLine", "inventory_2", ""),
            ("distribution.DistributionRun", "sync", ""),
            ("distribution.Requisition", "shopping_cart", ""),
            ("distribution.Order", "receipt_long", ""),
            ("distribution.ConsolidatedDelivery", "conveyor_belt", ""),
            ("distribution.Route", "alt_route", ""),
            ("distribution.Despatch", "local_shipping", ""),
            ("distribution.Receipt", "task_alt", ""),
            ("distribution.GoodsReturn", "assignment_return", ""),
            ("distribution.LotHold", "block", ""),
            ("distribution.Entrustment", "assignment_ind", ""),
            ("distribution.Invoice", "receipt", ""),
            ("distribution.DeemedProducer", "factory", ""),
            ("distribution.Settlement", "request_quote", ""),
            ("distribution.Payable", "running_with_errors", _("overdue payments")),
            ("distribution.ServiceDuty", "pin_drop", ""),
            ("distribution.ServiceDuty/gaps", "wrong_location", _("gaps in the supply network")),
        ],
    ),
    (
        _("Supervision of deliveries"),
        [
            ("distribution.Scorecard/performance", "monitoring", _("how well was delivered")),
            ("distribution.Scorecard", "scoreboard", ""),
            ("distribution.Complaint", "report_problem", ""),
            ("distribution.OrderNotice", "notifications", ""),
        ],
    ),
    (
        _("Supervision"),
        [
            ("distribution.RetailFinding", "warning", ""),
            ("distribution.RetailReport", "sell", ""),
            ("distribution.RetailFile", "upload_file", ""),
            ("distribution.RetailSweep", "published_with_changes", ""),
            ("distribution.AdverseReaction", "sick", ""),
            ("distribution.SafetySignal", "troubleshoot", ""),
            ("distribution.LotAlert", "crisis_alert", ""),
            ("distribution.Recall", "undo", ""),
            ("distribution.RecallNotice", "mark_email_unread", ""),
            ("distribution.RetailCase", "balance", ""),
            ("distribution.RetailCase/repeaters", "repeat", _("institutions with repeated cases")),
            ("distribution.CaseLetter", "mail", ""),
            ("distribution.PriceAlarm", "notification_important", ""),
            ("distribution.ShortageItem", "medication_liquid", ""),
            ("distribution.ShortageReport", "report", ""),
            ("distribution.StopNotice", "production_quantity_limits", ""),
            ("distribution.NationalShortage", "public", ""),
            ("distribution.SupervisionReport/dashboard", "monitoring", _("dashboards")),
            ("distribution.SupervisionReport/flags", "flag", _("what to look at")),
            ("distribution.SupervisionReport", "summarize", ""),
            ("distribution.UseFigure/shares", "pie_chart", _("use of essential medicines")),
            ("distribution.UseFigure", "medication_liquid", _("use month by month")),
            ("distribution.UseFigure/ranking", "leaderboard", _("ranking by use")),
            ("distribution.UseFigure/must_stock", "inventory", _("what must be stocked")),
            ("distribution.UseFigure/patient_cost", "savings", _("before and after a tender")),
            ("distribution.UseFigure/savings", "trending_down", _("what tenders saved")),
        ],
    ),
    (
        _("Stock and reserve"),
        [
            ("distribution.StockLot", "shelves", ""),
            ("distribution.StockTransfer", "swap_horiz", ""),
            ("distribution.StockCount", "checklist_rtl", ""),
            ("distribution.ReservePlan", "warehouse", ""),
            ("distribution.ReserveRelease", "outbound", ""),
        ],
    ),
    (
        _("Suppliers"),
        [
            ("procurement.ConductRecord", "report", ""),
            ("accounts.Licence", "workspace_premium", ""),
            ("accounts.Ownership", "hub", _("owners and representatives")),
        ],
    ),
    (
        _("Prices"),
        [
            ("catalog.ProcurementPrice", "payments", ""),
            ("catalog.GuidePrice", "price_check", ""),
            ("catalog.PriceDecision", "policy", ""),
            ("catalog.ProcurementPrice/cheaper_elsewhere", "trending_down", _("price linkage")),
            ("catalog.PriceAdjustment", "published_with_changes", ""),
        ],
    ),
    (
        _("Reimbursement"),
        [
            ("catalog.ReimbursementTerms", "health_and_safety", ""),
            ("catalog.InsuranceListing", "checklist", ""),
            ("catalog.ReimbursementTerms/patient_share", "calculate", _("what a patient pays")),
        ],
    ),
    (
        _("Catalogue"),
        [
            ("catalog.Edition", "menu_book", ""),
            ("catalog.EditionEntry", "list", ""),
            ("catalog.Medicine", "medication", ""),
            ("catalog.Presentation", "pill", ""),
            ("catalog.MergeProposal", "merge", ""),
            ("catalog.SelectionReview", "fact_check", ""),
            ("catalog.ProvincialAddition", "add_location_alt", ""),
            ("catalog.GuidanceDocument", "clinical_notes", ""),
            ("catalog.DosageEntry", "prescriptions", ""),
            ("catalog.ReferencePriceIndex", "public", ""),
            ("catalog.ReferencePrice", "price_change", ""),
            ("catalog.Product", "package_2", ""),
            ("catalog.Import", "upload_file", ""),
            ("catalog.ImportMapping", "view_column", ""),
        ],
    ),
    (
        _("Oversight"),
        [
            ("journal.Event", "history", ""),
            ("journal.DeniedAttempt", "gpp_bad", ""),
            ("journal.Reading", "visibility", ""),
            ("journal.Seal", "approval", ""),
            ("accounts.Organization", "apartment", ""),
            ("accounts.User", "person", ""),
            ("accounts.Membership", "badge", ""),
            ("accounts.ApiClient", "vpn_key", ""),
            ("oauth2_provider.Application", "key", ""),
            ("oauth2_provider.AccessToken", "token", ""),
            ("catalog.RuleSet", "rule", ""),
            ("catalog.Region", "map", ""),
            ("catalog.Township", "holiday_village", ""),
        ],
    ),
]


# Looked up now and then; closed until then.
FOLDED = (TASKS[-2][0], TASKS[-1][0])


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of links that the person may follow."""
    groups: list[dict[str, Any]] = [{"title": None, "items": _first(request)}]
    registry = {model._meta.label: model_admin for model, model_admin in admin.site._registry.items()}
    for title, lists in TASKS:
        items = [
            {
                "title": capfirst(str(name or registry[label].opts.verbose_name_plural)),
                "icon": icon,
                "link": _page_of(registry[label], page or "changelist"),
            }
            for place, icon, name in lists
            for label, _slash, page in [place.partition("/")]
            if label in registry and registry[label].has_view_permission(request)
        ]
        if items:
            groups.append({"title": title, "separator": True, "collapsible": title in FOLDED, "items": items})
    _mark_nearest(request, [item for group in groups[1:] for item in group["items"]])
    return groups


def _mark_nearest(request: HttpRequest, items: list[dict[str, Any]]) -> None:
    """Mark the one link that the page lies under; the page of a model's own lies under its list as well."""
    above = [item["link"] for item in items if request.path.startswith(item["link"])]
    for item in items:
        item["active"] = item["link"] == max(above, key=len, default="")


def _first(request: HttpRequest) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [{"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}]
    if actor_of(request).has(*READERS):
        link = reverse("admin:procurement_tender_opening_key")
        items.append({"title": _("My opening key"), "icon": "encrypted", "link": link})
    return items


def _page_of(model_admin: Any, page: str) -> str:
    opts = model_admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}")
