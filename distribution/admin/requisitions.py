from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, F, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportingAdmin, Lines, badge, yuan
from distribution.admin.labels import OUTCOME_COLOURS, REQUISITION_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.models import Requisition, RequisitionLine


class RequisitionLines(Lines):
    model = RequisitionLine
    fields = ("product", "packs", "unit_price", "line_amount", "result", "outcome_reason")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related(
            "agreement_line__product__presentation__medicine", "agreement_line__product__manufacturer"
        )

    @display(description=_("product"))
    def product(self, line: RequisitionLine) -> str:
        return str(line.agreement_line.product)

    @display(description=_("price (yuan per pack)"))
    def unit_price(self, line: RequisitionLine) -> str:
        return yuan(line.price)

    @display(description=_("amount (yuan)"))
    def line_amount(self, line: RequisitionLine) -> str:
        return yuan(line.amount)

    @display(description=_("outcome"))
    def result(self, line: RequisitionLine) -> SafeString:
        return badge(line.get_outcome_display(), OUTCOME_COLOURS.get(line.outcome))


@admin.register(Requisition)
class RequisitionAdmin(NumberedAdmin, ExportingAdmin):
    """What hospitals want to order."""

    fields = (
        ("number", "state"),
        ("institution", "province"),
        ("author", "submitted_at"),
        ("approver", "approved_at"),
        "total",
    )
    list_display = ("number", "institution", "state", "lines_count", "total", "submitted_at", "approved_at")
    list_filter = (("status", ChoicesDropdownFilter), ProvinceFilter)
    list_select_related = ("institution", "province")
    search_fields = ("institution__name", "institution__code")
    search_help_text = _("Number (RQ…) or institution")
    inlines = (RequisitionLines,)
    export_values: ClassVar = {"total": lambda requisition: requisition.lines_amount}

    def visible(self, rows: Any, actor: Actor) -> Any:
        totals = Sum(F("lines__packs") * F("lines__price"))
        return rows.visible_to(actor).annotate(lines_count=Count("lines"), lines_amount=totals)

    @display(description=_("number"), ordering="pk")
    def number(self, requisition: Requisition) -> str:
        return requisition.number

    @display(description=_("status"), ordering="status")
    def state(self, requisition: Requisition) -> SafeString:
        return badge(requisition.get_status_display(), REQUISITION_COLOURS.get(requisition.status))

    @display(description=_("lines"), ordering="lines_count")
    def lines_count(self, requisition: Any) -> int:
        return int(requisition.lines_count)

    @display(description=_("amount (yuan)"), ordering="lines_amount")
    def total(self, requisition: Any) -> str:
        return yuan(requisition.lines_amount)
