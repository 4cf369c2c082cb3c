from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportingAdmin, Lines, badge, link_to
from distribution.admin.labels import DESPATCH_COLOURS
from distribution.models import Despatch, DespatchLine, Receipt, ReceiptLine


class DespatchLines(Lines):
    model = DespatchLine
    fields = ("product", "lot_number", "expires_on", "packs", "accepted_packs", "rejected_packs")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("order_line__product__presentation__medicine", "order_line__product__manufacturer")

    @display(description=_("product"))
    def product(self, line: DespatchLine) -> str:
        return str(line.order_line.product)


@admin.register(Despatch)
class DespatchAdmin(ExportingAdmin):
    """What left for an institution, by lot."""

    fields = ("order", "institution", "supplier", "reference", "despatched_at", "state", "receipt_link")
    list_display = ("reference", "order", "institution", "supplier", "despatched_at", "state", "line_count")
    list_filter = (("status", ChoicesDropdownFilter), ("despatched_at", RangeDateTimeFilter))
    list_select_related = ("order__institution", "order__supplier")
    search_fields = ("reference", "order__institution__name", "order__supplier__name")
    inlines = (DespatchLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(line_count=Count("lines"))

    @display(description=_("institution"), ordering="order__institution")
    def institution(self, despatch: Despatch) -> str:
        return str(despatch.order.institution)

    @display(description=_("supplier"), ordering="order__supplier")
    def supplier(self, despatch: Despatch) -> str:
        return str(despatch.order.supplier)

    @display(description=_("status"), ordering="status")
    def state(self, despatch: Despatch) -> SafeString:
        return badge(despatch.get_status_display(), DESPATCH_COLOURS.get(despatch.status))

    @display(description=_("lines"))
    def line_count(self, despatch: Any) -> int:
        return int(despatch.line_count)

    @display(description=_("receipt"))
    def receipt_link(self, despatch: Despatch) -> str | SafeString:
        return link_to(getattr(despatch, "receipt", None))


class ReceiptLines(Lines):
    model = ReceiptLine
    fields = ("product", "lot_number", "sent", "accepted_packs", "rejected_packs", "reason", "remark")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related(
            "despatch_line__order_line__product__presentation__medicine",
            "despatch_line__order_line__product__manufacturer",
        )

    @display(description=_("product"))
    def product(self, line: ReceiptLine) -> str:
        return str(line.despatch_line.order_line.product)

    @display(description=_("lot number"))
    def lot_number(self, line: ReceiptLine) -> str:
        return line.despatch_line.lot_number

    @display(description=_("packs sent"))
    def sent(self, line: ReceiptLine) -> int:
        return line.despatch_line.packs


@admin.register(Receipt)
class ReceiptAdmin(ExportingAdmin):
    """What institutions found when the goods arrived; seen by those who see the despatch."""

    fields = ("despatch", "received_at", "received_by")
    list_display = ("despatch", "institution", "received_at", "received_by")
    list_filter = (("received_at", RangeDateTimeFilter),)
    list_select_related = ("despatch__order__institution", "received_by")
    search_fields = ("despatch__reference", "despatch__order__institution__name")
    inlines = (ReceiptLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.filter(despatch__in=Despatch.objects.visible_to(actor).order_by().values("pk"))

    @display(description=_("institution"), ordering="despatch__order__institution")
    def institution(self, receipt: Receipt) -> str:
        return str(receipt.despatch.order.institution)
