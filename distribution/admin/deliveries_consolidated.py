from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportColumn, ExportingAdmin
from distribution.models import ConsolidatedDelivery


@admin.register(ConsolidatedDelivery)
class ConsolidatedDeliveryAdmin(ExportingAdmin):
    """What carriers bring together into a county, by run and temperature class."""

    fields = ("run", "county", "carrier", "storage", "route", "deliver_by", "orders")
    list_display = ("delivery", "run", "county", "carrier", "storage", "route", "deliver_by", "orders")
    list_filter = (ProvinceFilter, ("storage", ChoicesDropdownFilter), ("deliver_by", RangeDateTimeFilter))
    list_select_related = ("run__province", "county", "carrier", "route")
    search_fields = ("county__name", "carrier__name", "route__name")
    export_columns = (
        ExportColumn(_("distribution run"), lambda row: row.run),
        ExportColumn(_("county"), lambda row: row.county),
        ExportColumn(_("carrier"), lambda row: row.carrier),
        ExportColumn(_("storage"), lambda row: row.get_storage_display()),
        ExportColumn(_("route"), lambda row: row.route),
        ExportColumn(_("to arrive by"), lambda row: row.deliver_by),
        ExportColumn(_("orders"), lambda row: row.order_count),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(order_count=Count("orders"))

    @display(description=_("consolidated delivery"), ordering="pk")
    def delivery(self, delivery: ConsolidatedDelivery) -> str:
        return str(delivery)

    @display(description=_("orders"))
    def orders(self, delivery: Any) -> SafeString:
        address = reverse("admin:distribution_order_changelist")
        return format_html(
            '<a class="text-link" href="{}?delivery__id__exact={}">{}</a>', address, delivery.pk, delivery.order_count
        )
