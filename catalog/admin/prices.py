from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from catalog.admin.filters import InForceFilter, ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportColumn, ExportingAdmin, Lines, RecordAdmin, badge, link_to, period, yuan
from catalog.models import GuidePrice, PriceDecision, ProcurementPrice


class DerivedFilter(DropdownFilter):
    """Stated by the decision, or computed from another price."""

    title = _("origin")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("stated", _("stated by the decision")), ("derived", _("derived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "stated":
            return queryset.filter(derivation="")
        return queryset.exclude(derivation="") if self.value() == "derived" else queryset


class GuidePriceLines(Lines):
    model = GuidePrice
    fields = ("item", "pack_quantity", "manufacturer", "amount", "derivation")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("presentation__medicine", "manufacturer", "decision")

    @display(description=_("presentation"))
    def item(self, price: GuidePrice) -> str | SafeString:
        return link_to(price, str(price.presentation))

    @display(description=_("guide price (yuan per pack)"))
    def amount(self, price: GuidePrice) -> str:
        return yuan(price.price)


@admin.register(PriceDecision)
class PriceDecisionAdmin(RecordAdmin):
    """The decisions of the State that guide prices come from."""

    fields = ("number", "title", "issuer", "decided_on", "source")
    list_display = ("number", "title", "issuer", "decided_on", "price_count")
    search_fields = ("number", "title")
    inlines = (GuidePriceLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(price_count=Count("guide_prices"))

    @display(description=_("guide prices"), ordering="price_count")
    def price_count(self, decision: Any) -> int:
        return int(decision.price_count)


@admin.register(GuidePrice)
class GuidePriceAdmin(ExportingAdmin):
    """The ceilings for retail prices, and where each comes from."""

    fields = (
        "presentation",
        "pack_quantity",
        "manufacturer",
        "amount",
        "decision",
        "term",
        "origin",
        "derivation",
        "is_representative",
        "is_temporary",
    )
    list_display = ("presentation", "pack_quantity", "manufacturer", "amount", "origin", "decision", "term")
    list_filter = (DerivedFilter, InForceFilter)
    list_select_related = ("presentation__medicine", "manufacturer", "decision")
    search_fields = (
        "presentation__medicine__name",
        "presentation__medicine__inn",
        "presentation__medicine__initials",
        "decision__number",
    )
    export_columns = (
        ExportColumn(_("presentation"), lambda row: row.presentation),
        ExportColumn(_("units per pack"), lambda row: row.pack_quantity),
        ExportColumn(_("only for the maker"), lambda row: row.manufacturer),
        ExportColumn(_("guide price (yuan per pack)"), lambda row: row.price),
        ExportColumn(_("decision"), lambda row: row.decision),
        ExportColumn(_("in force"), lambda row: period(row.validity)),
        ExportColumn(_("derived how"), lambda row: row.derivation),
    )

    @display(description=_("guide price (yuan per pack)"), ordering="price")
    def amount(self, price: GuidePrice) -> str:
        return yuan(price.price)

    @display(description=_("in force"), ordering="validity")
    def term(self, price: GuidePrice) -> str:
        return period(price.validity)

    @display(description=_("origin"))
    def origin(self, price: GuidePrice) -> SafeString:
        return badge(_("derived"), "warning") if price.is_derived else badge(_("stated by the decision"), "success")


@admin.register(ProcurementPrice)
class ProcurementPriceAdmin(ExportingAdmin):
    """What a province's public institutions pay, each price within the guide price of its first day."""

    fields = ("product", "province", "amount", "ceiling", "guide_price", "term", "source", "source_reference")
    list_display = ("product", "province", "amount", "ceiling", "term", "source_reference")
    list_filter = (ProvinceFilter, ("source", ChoicesDropdownFilter), InForceFilter)
    list_select_related = ("product__presentation__medicine", "product__manufacturer", "province")
    search_fields = ("product__code", "product__presentation__medicine__name", "source_reference")
    export_columns = (
        ExportColumn(_("code"), lambda row: row.product.code),
        ExportColumn(_("product"), lambda row: row.product),
        ExportColumn(_("province"), lambda row: row.province),
        ExportColumn(_("procurement price (yuan per pack)"), lambda row: row.price),
        ExportColumn(_("ceiling (yuan per pack)"), lambda row: row.guide_amount),
        ExportColumn(_("in force"), lambda row: period(row.validity)),
        ExportColumn(_("reference"), lambda row: row.source_reference),
    )

    @display(description=_("procurement price (yuan per pack)"), ordering="price")
    def amount(self, price: ProcurementPrice) -> str:
        return yuan(price.price)

    @display(description=_("ceiling (yuan per pack)"), ordering="guide_amount")
    def ceiling(self, price: ProcurementPrice) -> str:
        return yuan(price.guide_amount)

    @display(description=_("in force"), ordering="validity")
    def term(self, price: ProcurementPrice) -> str:
        return period(price.validity)
