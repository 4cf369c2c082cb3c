"""Prices paid elsewhere, to compare with."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportColumn, ExportingAdmin, Lines, link_to
from catalog.models import ReferencePrice, ReferencePriceIndex


class ReferencePriceLines(Lines):
    model = ReferencePrice
    fields = ("item", "meant", "lowest", "median", "highest")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("medicine")

    @display(description=_("medicine"))
    def meant(self, price: ReferencePrice) -> str | SafeString:
        return link_to(price.medicine)


@admin.register(ReferencePriceIndex)
class ReferencePriceIndexAdmin(ExportingAdmin):
    """Lists of prices paid elsewhere; never a ceiling."""

    fields = (("code", "title"), ("country", "currency"), ("as_of", "source"))
    list_display = ("code", "title", "country", "currency", "as_of", "price_count")
    search_fields = ("code", "title", "country")
    inlines = (ReferencePriceLines,)
    export_columns = (
        ExportColumn(_("code"), lambda row: row.code),
        ExportColumn(_("title"), lambda row: row.title),
        ExportColumn(_("country"), lambda row: row.country),
        ExportColumn(_("currency"), lambda row: row.currency),
        ExportColumn(_("as of"), lambda row: row.as_of),
        ExportColumn(_("reference prices"), lambda row: row.price_count),
        ExportColumn(_("source"), lambda row: row.source),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.annotate(price_count=Count("prices"))

    @display(description=_("reference prices"), ordering="price_count")
    def price_count(self, index: Any) -> int:
        return int(index.price_count)


@admin.register(ReferencePrice)
class ReferencePriceAdmin(ExportingAdmin):
    """The lines of the indexes, as they were written there."""

    fields = ("index", "item", "medicine_link", ("form", "strength"), ("lowest", "median", "highest"))
    list_display = ("item", "medicine", "strength", "form", "in_lowest", "in_median", "in_highest", "index")
    list_filter = (("index", RelatedDropdownFilter),)
    list_select_related = ("index", "medicine")
    search_fields = ("item", "medicine__name", "medicine__inn", "medicine__initials")
    export_columns = (
        ExportColumn(_("index"), lambda row: row.index.code),
        ExportColumn(_("item"), lambda row: row.item),
        ExportColumn(_("medicine"), lambda row: row.medicine),
        ExportColumn(_("dosage form"), lambda row: row.form),
        ExportColumn(_("strength"), lambda row: row.strength),
        ExportColumn(_("currency"), lambda row: row.index.currency),
        ExportColumn(_("lowest price"), lambda row: row.lowest),
        ExportColumn(_("median price"), lambda row: row.median),
        ExportColumn(_("highest price"), lambda row: row.highest),
    )

    @display(description=_("medicine"))
    def medicine_link(self, price: ReferencePrice) -> str | SafeString:
        return link_to(price.medicine)

    @display(description=_("lowest price"), ordering="lowest")
    def in_lowest(self, price: ReferencePrice) -> str:
        return _in_currency(price, price.lowest)

    @display(description=_("median price"), ordering="median")
    def in_median(self, price: ReferencePrice) -> str:
        return _in_currency(price, price.median)

    @display(description=_("highest price"), ordering="highest")
    def in_highest(self, price: ReferencePrice) -> str:
        return _in_currency(price, price.highest)


def _in_currency(price: ReferencePrice, amount: Any) -> str:
    return format_html("{} {}", f"{amount:,.2f}", price.index.currency)
