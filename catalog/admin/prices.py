from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import InForceFilter
from catalog.admin.price_decisions import price_decision_page
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    Lines,
    badge,
    link_to,
    period,
    yuan,
)
from catalog.models import GuidePrice, PriceDecision


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


def marks_of(price: GuidePrice) -> SafeString:
    """Whether others are derived from it, and whether it is to be replaced soon."""
    marks = [badge(_("representative"), "primary")] if price.is_representative else []
    if price.is_temporary:
        ends = _("temporary until %(day)s") % {"day": price.temporary_until} if price.temporary_until else ""
        marks.append(badge(ends or _("temporary"), "warning"))
    return format_html_join(" ", "{}", ((mark,) for mark in marks))


class GuidePriceLines(Lines):
    model = GuidePrice
    fields = ("item", "pack_quantity", "manufacturer", "amount", "marks", "derivation")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("presentation__medicine", "manufacturer", "decision")

    @display(description=_("presentation"))
    def item(self, price: GuidePrice) -> str | SafeString:
        return link_to(price, str(price.presentation))

    @display(description=_("guide price (yuan per pack)"))
    def amount(self, price: GuidePrice) -> str:
        return yuan(price.price)

    @display(description=_("marks"))
    def marks(self, price: GuidePrice) -> SafeString:
        return marks_of(price)


@admin.register(PriceDecision)
class PriceDecisionAdmin(DecidingAdmin, ExportingAdmin):
    """The decisions of the State that guide prices come from."""

    fields = (("number", "title"), ("issuer", "decided_on"), "source")
    list_display = ("number", "title", "issuer", "decided_on", "price_count")
    search_fields = ("number", "title")
    inlines = (GuidePriceLines,)
    actions_list = ("enter", "export_workbook", "export_csv")
    export_columns = (
        ExportColumn(_("number"), lambda row: row.number),
        ExportColumn(_("title"), lambda row: row.title),
        ExportColumn(_("decided by"), lambda row: row.issuer),
        ExportColumn(_("decided on"), lambda row: row.decided_on),
        ExportColumn(_("source"), lambda row: row.source),
        ExportColumn(_("guide prices"), lambda row: row.price_count),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(price_count=Count("guide_prices"))

    @display(description=_("guide prices"), ordering="price_count")
    def price_count(self, decision: Any) -> int:
        return int(decision.price_count)

    @action(description=_("Enter a price decision"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """One or a few guide prices."""
        return price_decision_page(self, request)


@admin.register(GuidePrice)
class GuidePriceAdmin(ExportingAdmin):
    """The ceilings for retail prices, and where each comes from."""

    fields = (
        ("presentation", "pack_quantity"),
        ("manufacturer", "amount"),
        ("decision", "term"),
        ("origin", "marks"),
        "derivation",
    )
    list_display = (
        "presentation",
        "pack_quantity",
        "maker",
        "amount",
        "origin",
        "marks",
        "decision_number",
        "term",
    )
    list_filter = (DerivedFilter, InForceFilter, "is_representative", "is_temporary")
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
        ExportColumn(_("representative product"), lambda row: _("yes") if row.is_representative else _("no")),
        ExportColumn(_("temporary"), lambda row: _("yes") if row.is_temporary else _("no")),
        ExportColumn(_("temporary until"), lambda row: row.temporary_until),
    )

    @display(description=_("only for"), ordering="manufacturer__name", empty_value=_("all makers"))
    def maker(self, price: GuidePrice) -> str | None:
        maker = price.manufacturer
        return None if maker is None else maker.short_name or maker.name

    @display(description=_("price (yuan)"), ordering="price")
    def amount(self, price: GuidePrice) -> str:
        return yuan(price.price)

    @display(description=_("decision"), ordering="decision__number")
    def decision_number(self, price: GuidePrice) -> str | SafeString:
        return link_to(price.decision, price.decision.number)

    @display(description=_("in force"), ordering="validity")
    def term(self, price: GuidePrice) -> str:
        return period(price.validity)

    @display(description=_("origin"))
    def origin(self, price: GuidePrice) -> SafeString:
        return badge(_("derived"), "warning") if price.is_derived else badge(_("stated"), "success")

    @display(description=_("marks"))
    def marks(self, price: GuidePrice) -> SafeString:
        return marks_of(price)
