from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display

from catalog.admin.adjustment_opening import open_adjustment_page
from catalog.admin.derivations import derivation_table
from catalog.admin.filters import InForceFilter, ProvinceFilter, once
from catalog.admin.forms import PeriodForm, ProductCodeField, YuanField, beside_fields
from catalog.admin.price_linkage import price_linkage_page
from catalog.foundation.web.admin import (
    ComputedColumns,
    DecidingAdmin,
    ExportColumn,
    actor_of,
    badge,
    link_to,
    period,
    sent,
    yuan,
)
from catalog.foundation.web.admin.forms import Select, TextInput
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import ProcurementPrice
from catalog.queries.ceiling_breaches import ceilings_of, prices_above_ceiling
from catalog.services.procurement_prices import NewProcurementPrice, enter_procurement_prices
from catalog.states import BY_HAND, PriceSource

# What an officer may enter; awards and adjustments bring their prices themselves.
SOURCES = [(source.value, source.label) for source in BY_HAND]


class AboveCeilingFilter(DropdownFilter):
    """Prices in force whose ceiling a later decision has lowered below them."""

    title = gettext_lazy("ceiling today")
    parameter_name = "ceiling"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("above", gettext_lazy("above today's guide price"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "above":
            return queryset
        # the list is mostly looked at for one province; the other thirty need not be reckoned then
        province = request.GET.get(ProvinceFilter.parameter_name, "")
        return queryset.filter(pk__in=once(request, "above", lambda: prices_above_ceiling(localdate(), province)))


class DerivedCeilingFilter(DropdownFilter):
    """Under a ceiling that a decision states, or one that was derived."""

    title = gettext_lazy("ceiling")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("stated", gettext_lazy("stated by the decision")), ("derived", gettext_lazy("derived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("stated", "derived"):
            return queryset.filter(ceiling_steps__isnull=self.value() == "stated")
        return queryset


class ProcurementPriceForm(PeriodForm):
    """What the own province is to pay for a pack."""

    product = ProductCodeField(label=gettext_lazy("product (code)"))
    price = YuanField(label=gettext_lazy("price (yuan per pack)"), min_value=0)
    source = forms.ChoiceField(label=gettext_lazy("source"), choices=SOURCES, widget=Select)
    reference = forms.CharField(
        label=gettext_lazy("reference"),
        max_length=100,
        widget=TextInput,
        help_text=gettext_lazy("The minutes of the negotiation, or the notice of the listing."),
    )

    field_order = ("product", "price", "source", "reference", "valid_from", "valid_until")

    def clean_price(self) -> Any:
        """A price of nothing is none."""
        price = self.cleaned_data["price"]
        if not price:
            raise forms.ValidationError(_("A price is above zero."))
        return price


@admin.register(ProcurementPrice)
class ProcurementPriceAdmin(DecidingAdmin, ComputedColumns):
    """What a province's public institutions pay, each price within the guide price of its first day."""

    fields = (
        ("product_link", "province"),
        ("amount", "term"),
        ("source", "source_reference"),
        ("ceiling", "ceiling_today"),
        "guide_price_link",
        "derivation",
    )
    list_display = ("product", "province", "amount", "ceiling", "ceiling_today", "term", "origin")
    list_filter = (
        ProvinceFilter,
        ("source", ChoicesDropdownFilter),
        InForceFilter,
        DerivedCeilingFilter,
        AboveCeilingFilter,
    )
    list_select_related = ("product__presentation__medicine", "product__manufacturer", "province")
    search_fields = ("product__code", "product__presentation__medicine__name", "source_reference")
    actions_list = ("enter", "export_workbook", "export_csv")
    actions_detail = ("adjust",)
    export_columns = (
        ExportColumn(gettext_lazy("code"), lambda row: row.product.code),
        ExportColumn(gettext_lazy("product"), lambda row: row.product),
        ExportColumn(gettext_lazy("province"), lambda row: row.province),
        ExportColumn(gettext_lazy("procurement price (yuan per pack)"), lambda row: row.price),
        ExportColumn(gettext_lazy("ceiling (yuan per pack)"), lambda row: row.guide_amount),
        ExportColumn(gettext_lazy("ceiling today (yuan per pack)"), lambda row: row.today),
        ExportColumn(gettext_lazy("in force"), lambda row: period(row.validity)),
        ExportColumn(gettext_lazy("source"), lambda row: row.get_source_display()),
        ExportColumn(gettext_lazy("reference"), lambda row: row.source_reference),
    )

    def compute(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The ceiling of today, which may be lower than that of the first day."""
        ceilings = ceilings_of(rows, localdate())
        for row in rows:
            ceiling = ceilings.get(row.product_id)
            row.today = ceiling.price if ceiling else None

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        price = super().get_object(request, object_id, from_field)
        if price is not None:
            self.compute(request, [price])
        return price

    def get_urls(self) -> list[Any]:
        linkage = path(
            "cheaper-elsewhere/",
            self.admin_site.admin_view(self.cheaper_elsewhere),
            name="catalog_procurementprice_cheaper_elsewhere",
        )
        return [linkage, *super().get_urls()]

    def may_decide(self, request: HttpRequest, record: ProcurementPrice | None = None) -> bool:
        """Officers of the province whose price it is."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: ProcurementPrice) -> list[str]:
        holds = record.validity.upper is None or record.validity.upper > localdate()
        return ["adjust"] if holds and self.may_decide(request, record) else []

    @display(description=gettext_lazy("product"))
    def product_link(self, price: ProcurementPrice) -> str | SafeString:
        return link_to(price.product, f"{price.product.code} · {price.product}")

    @display(description=gettext_lazy("price (yuan)"), ordering="price")
    def amount(self, price: ProcurementPrice) -> str:
        return yuan(price.price)

    @display(description=gettext_lazy("ceiling (yuan)"), ordering="guide_amount")
    def ceiling(self, price: ProcurementPrice) -> str:
        return yuan(price.guide_amount)

    @display(description=gettext_lazy("ceiling today"))
    def ceiling_today(self, price: Any) -> str | SafeString:
        if price.today is None:
            return EMPTY
        holds = localdate() in price.validity
        return badge(yuan(price.today), "danger") if holds and price.price > price.today else yuan(price.today)

    @display(description=gettext_lazy("guide price"))
    def guide_price_link(self, price: ProcurementPrice) -> str | SafeString:
        return link_to(price.guide_price, f"{price.guide_price} · {price.guide_price.decision}")

    @display(description=gettext_lazy("how the ceiling was derived"), empty_value=gettext_lazy("stated"))
    def derivation(self, price: ProcurementPrice) -> SafeString | str | None:
        if price.ceiling_steps:
            return derivation_table(price.guide_price, price.ceiling_steps)
        return price.guide_price.derivation or None

    @display(description=gettext_lazy("source"), ordering="source")
    def origin(self, price: ProcurementPrice) -> str:
        return f"{price.get_source_display()} {price.source_reference}"

    @display(description=gettext_lazy("in force"), ordering="validity")
    def term(self, price: ProcurementPrice) -> str:
        return period(price.validity)

    @action(description=gettext_lazy("Enter a price"), url_path="enter", icon="add")
    def enter(self, request: HttpRequest) -> HttpResponse:
        """What the own province negotiated, or lists directly."""
        initial = {"product": request.GET.get("product", ""), "valid_from": localdate()}
        form = ProcurementPriceForm(initial=initial, **sent(request))

        def act(values: dict[str, Any]) -> str:
            actor = actor_of(request)
            new = NewProcurementPrice(values["product"], actor.province, values["price"], values["reference"])
            with beside_fields(form):
                enter_procurement_prices(
                    prices=[new],
                    source=PriceSource(values["source"]),
                    valid_from=values["valid_from"],
                    valid_until=values["valid_until"],
                    actor=actor,
                    at=timezone.now(),
                )
            return _("The price of %(code)s is entered.") % {"code": values["product"].code}

        return self.decide(
            request,
            title=_("Enter what your province pays"),
            form=form,
            act=act,
            explanation=_("The price holds for your own province; what it paid so far ends on the first day."),
            confirm=_("Enter"),
        )

    @action(description=gettext_lazy("Open an adjustment"), url_path="adjust", icon="price_change")
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for another price, with the other provinces' prices as evidence."""
        return open_adjustment_page(self, request, self.record_of(request, object_id))

    def cheaper_elsewhere(self, request: HttpRequest) -> HttpResponse:
        """What the province pays more for than others do."""
        return price_linkage_page(self, request)
