from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportColumn, ExportingAdmin, Lines, badge, link_to, yuan
from distribution.admin.labels import DESPATCH_COLOURS, ORDER_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.models import Despatch, Order, OrderLine
from distribution.queries.progress import progress_of
from distribution.states import OrderStatus


class SilentFilter(admin.SimpleListFilter):
    """Orders that nobody answered in time."""

    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Overdue, and nothing else."""
        return [("overdue", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those that were escalated and still wait."""
        if self.value() != "overdue":
            return queryset
        return queryset.filter(status=OrderStatus.PLACED, escalated_at__isnull=False)


class OrderLines(Lines):
    model = OrderLine
    fields = (
        "product",
        "packs",
        "unit_price",
        "confirmed_packs",
        "closed_packs",
        "despatched_packs",
        "accepted_packs",
        "promised_on",
        "answer_code",
        "answer_reason",
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("product__presentation__medicine", "product__manufacturer")

    @display(description=_("price (yuan per pack)"))
    def unit_price(self, line: OrderLine) -> str:
        return yuan(line.price)


class DespatchLinesOfOrder(Lines):
    model = Despatch
    fields = ("note", "despatched_at", "state")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related("order")

    @display(description=_("delivery note"))
    def note(self, despatch: Despatch) -> str | SafeString:
        return link_to(despatch, despatch.reference)

    @display(description=_("status"))
    def state(self, despatch: Despatch) -> SafeString:
        return badge(despatch.get_status_display(), DESPATCH_COLOURS.get(despatch.status))


@admin.register(Order)
class OrderAdmin(NumberedAdmin, ExportingAdmin):
    """Call-offs: what a supplier is to bring to an institution."""

    fields = (
        ("number", "state"),
        ("progress", "status_reason"),
        ("institution", "recipient"),
        ("province", "storage"),
        ("supplier", "distributor"),
        ("placed_at", "urgency"),
        ("answer_due_at", "answered_at"),
        ("escalated_at", "deliver_by"),
        ("replaces", "total"),
        ("requisition", "run"),
    )
    list_display = (
        "number",
        "institution",
        "supplier",
        "distributor",
        "state",
        "progress",
        "placed_at",
        "answer_due_at",
        "line_count",
        "total",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        SilentFilter,
        ProvinceFilter,
        ("urgency", ChoicesDropdownFilter),
        ("storage", ChoicesDropdownFilter),
        ("placed_at", RangeDateTimeFilter),
    )
    list_select_related = ("institution", "supplier", "distributor", "run__province", "requisition", "province")
    search_fields = ("institution__name", "supplier__name", "distributor__name")
    search_help_text = _("Number (PO…), institution, supplier or distributor")
    inlines = (OrderLines, DespatchLinesOfOrder)
    export_columns = (
        ExportColumn(_("number"), lambda order: order.number),
        ExportColumn(_("institution"), lambda order: order.institution),
        ExportColumn(_("province"), lambda order: order.province),
        ExportColumn(_("supplier"), lambda order: order.supplier),
        ExportColumn(_("distributor"), lambda order: order.distributor),
        ExportColumn(_("status"), lambda order: order.get_status_display()),
        ExportColumn(_("progress"), progress_of),
        ExportColumn(_("placed at"), lambda order: order.placed_at),
        ExportColumn(_("answer due by"), lambda order: order.answer_due_at),
        ExportColumn(_("answered at"), lambda order: order.answered_at),
        ExportColumn(_("lines"), lambda order: order.lines_count),
        ExportColumn(_("amount (yuan)"), lambda order: order.lines_amount),
    )

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def visible(self, rows: Any, actor: Actor) -> Any:
        totals = Sum(F("lines__packs") * F("lines__price"))
        return (
            rows.visible_to(actor).annotate(lines_count=Count("lines"), lines_amount=totals).prefetch_related("lines")
        )

    @display(description=_("number"), ordering="pk")
    def number(self, order: Order) -> str:
        return order.number

    @display(description=_("status"), ordering="status")
    def state(self, order: Order) -> SafeString:
        return badge(order.get_status_display(), ORDER_COLOURS.get(order.status))

    @display(description=_("progress"))
    def progress(self, order: Order) -> str:
        return progress_of(order)

    @display(description=_("lines"), ordering="lines_count")
    def line_count(self, order: Any) -> int:
        return int(order.lines_count)

    @display(description=_("amount (yuan)"), ordering="lines_amount")
    def total(self, order: Any) -> str:
        return yuan(order.lines_amount)
