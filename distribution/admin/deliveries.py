from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportingAdmin, Lines, badge, link_to, table
from catalog.foundation.web.admin.values import EMPTY
from distribution.admin.labels import DESPATCH_COLOURS, RETURN_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.models import Despatch, DespatchLine, GoodsReturn, Receipt, ReceiptLine
from distribution.queries.told_checks import told_checks
from distribution.rules.checks import Gate

COLOUR_OF_GATE = {Gate.HARD.value: "danger", Gate.WARNING.value: "warning"}


class DespatchLines(Lines):
    model = DespatchLine
    fields = (
        "product",
        "lot_number",
        "made_on",
        "expires_on",
        "packs",
        "accepted_packs",
        "rejected_packs",
        "missing_packs",
        "returned_packs",
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("order_line__product__presentation__medicine", "order_line__product__manufacturer")

    @display(description=_("product"))
    def product(self, line: DespatchLine) -> str:
        return str(line.order_line.product)


@admin.register(Despatch)
class DespatchAdmin(ExportingAdmin):
    """What left for an institution, by lot."""

    fields = (
        "order",
        "institution",
        "supplier",
        "reference",
        "carrier",
        "despatched_at",
        "expected_at",
        "state",
        "temperatures",
        "receipt_link",
    )
    list_display = ("reference", "order", "institution", "supplier", "despatched_at", "state", "line_count")
    list_filter = (("status", ChoicesDropdownFilter), ("despatched_at", RangeDateTimeFilter))
    list_select_related = ("order__institution", "order__supplier", "cold_chain_log")
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

    @display(description=_("temperature record"))
    def temperatures(self, despatch: Despatch) -> str:
        log = getattr(despatch, "cold_chain_log", None)
        if log is None:
            return EMPTY
        celsius = [Decimal(reading) for _taken_at, reading in log.readings]
        return f"{min(celsius)} … {max(celsius)} °C ({len(celsius)}) {log.device}"

    @display(description=_("receipt"))
    def receipt_link(self, despatch: Despatch) -> str | SafeString:
        return link_to(getattr(despatch, "receipt", None))


class ReceiptLines(Lines):
    model = ReceiptLine
    fields = (
        "product",
        "lot_number",
        "lot_found",
        "sent",
        "accepted_packs",
        "rejected_packs",
        "surplus_packs",
        "reason",
        "remark",
    )

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

    fields = ("despatch", "arrived_at", "received_at", "received_by", "checklist")
    list_display = ("despatch", "institution", "received_at", "received_by")
    list_filter = (("received_at", RangeDateTimeFilter),)
    list_select_related = ("despatch__order__institution", "received_by")
    search_fields = ("despatch__reference", "despatch__order__institution__name")
    inlines = (ReceiptLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.filter(despatch__in=Despatch.objects.visible_to(actor).order_by().values("pk"))

    @display(description=_("acceptance checks"))
    def checklist(self, receipt: Receipt) -> SafeString:
        checks = sorted(told_checks(receipt.checks), key=lambda check: check.passed)
        lots = dict(receipt.despatch.lines.values_list("pk", "lot_number"))
        verdicts = {gate: badge(_("not passed"), colour) for gate, colour in COLOUR_OF_GATE.items()}
        return table(
            [_("verdict"), _("lot number"), _("finding"), _("rule"), _("source")],
            [
                (
                    badge(_("passed"), "success") if check.passed else verdicts[check.gate],
                    lots.get(check.line or 0, EMPTY),
                    check.sentence,
                    check.rule,
                    check.source,
                )
                for check in checks
            ],
        )

    @display(description=_("institution"), ordering="despatch__order__institution")
    def institution(self, receipt: Receipt) -> str:
        return str(receipt.despatch.order.institution)


@admin.register(GoodsReturn)
class GoodsReturnAdmin(NumberedAdmin, ExportingAdmin):
    """Accepted goods that go back, for others or for none."""

    fields = (
        ("number", "state"),
        ("order", "despatch"),
        "product",
        ("lot_number", "packs"),
        ("reason", "remark"),
        "remedy",
        "status_reason",
        ("requested_at", "returned_at"),
    )
    list_display = ("number", "order", "product", "lot_number", "packs", "reason", "remedy", "state", "requested_at")
    list_filter = (("status", ChoicesDropdownFilter), ("reason", ChoicesDropdownFilter))
    list_select_related = (
        "despatch_line__despatch__order",
        "despatch_line__order_line__product__presentation__medicine",
        "despatch_line__order_line__product__manufacturer",
    )
    search_fields = ("despatch_line__lot_number", "despatch_line__despatch__order__institution__name")
    search_help_text = _("Number (RT…), lot number or institution")

    @display(description=_("number"), ordering="pk")
    def number(self, goods_return: GoodsReturn) -> str:
        return goods_return.number

    @display(description=_("order"))
    def order(self, goods_return: GoodsReturn) -> str | SafeString:
        return link_to(goods_return.despatch_line.despatch.order)

    @display(description=_("despatch"))
    def despatch(self, goods_return: GoodsReturn) -> str | SafeString:
        return link_to(goods_return.despatch_line.despatch)

    @display(description=_("product"))
    def product(self, goods_return: GoodsReturn) -> str:
        return str(goods_return.despatch_line.order_line.product)

    @display(description=_("lot number"), ordering="despatch_line__lot_number")
    def lot_number(self, goods_return: GoodsReturn) -> str:
        return goods_return.despatch_line.lot_number

    @display(description=_("status"), ordering="status")
    def state(self, goods_return: GoodsReturn) -> SafeString:
        return badge(goods_return.get_status_display(), RETURN_COLOURS.get(goods_return.status))
