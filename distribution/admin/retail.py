from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, F
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import ExportColumn, ExportingAdmin, badge, evidence_table, yuan
from catalog.queries import Ceiling, guide_prices
from distribution.admin.labels import FACTS, REPORT_COLOURS, VERDICT_COLOURS
from distribution.models import RetailFinding, RetailReport
from distribution.rules.retail import RULES, facts_behind


def excess_of(finding: RetailFinding) -> Decimal | None:
    """Yuan above the highest allowed price; none where no limit is known."""
    return None if finding.limit is None else finding.retail_price.price - finding.limit


@admin.register(RetailFinding)
class RetailFindingAdmin(ExportingAdmin):
    """Retail prices that break a rule or stand out, with what they were compared with; what is gone stays."""

    fields = (
        "verdict_badge",
        "institution",
        "province",
        "product",
        "price",
        "limit_amount",
        "excess",
        "day",
        "found_at",
        "ended_at",
        "evidence_facts",
        "derivation",
    )
    list_display = ("product", "verdict_badge", "institution", "price", "limit_amount", "excess", "day", "ended_at")
    list_filter = (
        ("severity", ChoicesDropdownFilter),
        ("verdict", ChoicesDropdownFilter),
        ("ended_at", admin.EmptyFieldListFilter),
        ProvinceFilter,
        ("retail_price__observed_on", RangeDateFilter),
    )
    list_select_related = (
        "institution",
        "province",
        "retail_price__product__presentation__medicine",
        "retail_price__product__manufacturer",
    )
    search_fields = (
        "institution__name",
        "institution__code",
        "retail_price__product__code",
        "retail_price__product__presentation__medicine__name",
    )
    export_columns = (
        ExportColumn(gettext_lazy("verdict"), lambda finding: finding.get_verdict_display()),
        ExportColumn(gettext_lazy("institution code"), lambda finding: finding.institution.code),
        ExportColumn(gettext_lazy("institution"), lambda finding: finding.institution),
        ExportColumn(gettext_lazy("province"), lambda finding: finding.province),
        ExportColumn(gettext_lazy("product code"), lambda finding: finding.retail_price.product.code),
        ExportColumn(gettext_lazy("product"), lambda finding: finding.retail_price.product),
        ExportColumn(gettext_lazy("retail price (yuan per pack)"), lambda finding: finding.retail_price.price),
        ExportColumn(gettext_lazy("highest allowed (yuan per pack)"), lambda finding: finding.limit),
        ExportColumn(gettext_lazy("excess (yuan per pack)"), excess_of),
        ExportColumn(gettext_lazy("on the day"), lambda finding: finding.retail_price.observed_on),
        ExportColumn(gettext_lazy("rule"), lambda finding: finding.evidence.get("rule", "")),
        ExportColumn(
            gettext_lazy("decision that the guide price comes from"),
            lambda finding: finding.evidence.get("guide_price_source", ""),
        ),
        ExportColumn(
            gettext_lazy("guide price derived how"),
            lambda finding: finding.evidence.get("guide_price_derivation", ""),
        ),
        ExportColumn(gettext_lazy("found at"), lambda finding: finding.found_at),
        ExportColumn(gettext_lazy("gone since"), lambda finding: finding.ended_at),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    @display(description=gettext_lazy("verdict"), ordering="verdict")
    def verdict_badge(self, finding: RetailFinding) -> SafeString:
        return badge(finding.get_verdict_display(), VERDICT_COLOURS.get(finding.verdict))

    @display(description=gettext_lazy("product"), ordering="retail_price__product")
    def product(self, finding: RetailFinding) -> str:
        return str(finding.retail_price.product)

    @display(description=gettext_lazy("retail price"), ordering="retail_price__price")
    def price(self, finding: RetailFinding) -> str:
        return yuan(finding.retail_price.price)

    @display(description=gettext_lazy("highest allowed"), ordering="limit")
    def limit_amount(self, finding: RetailFinding) -> str:
        return yuan(finding.limit)

    @display(description=gettext_lazy("excess"), ordering=F("retail_price__price") - F("limit"))
    def excess(self, finding: RetailFinding) -> str:
        return yuan(excess_of(finding))

    @display(description=gettext_lazy("on the day"), ordering="retail_price__observed_on")
    def day(self, finding: RetailFinding) -> Any:
        return finding.retail_price.observed_on

    @display(description=gettext_lazy("evidence"))
    def evidence_facts(self, finding: RetailFinding) -> str | SafeString:
        return evidence_table(facts_behind(finding.evidence), FACTS, RULES)

    @display(description=gettext_lazy("where the guide price comes from"))
    def derivation(self, finding: RetailFinding) -> str:
        price = _guide_price_of(finding)
        if price is None:
            return _("No guide price is in force for this product and pack on that day.")
        if price.is_derived:
            return _("Derived, not stated by the decision itself: %(how)s") % {"how": price.derivation}
        return _("Stated by the decision %(decision)s.") % {"decision": price.decision}


def _guide_price_of(finding: RetailFinding) -> Ceiling | None:
    price = finding.retail_price
    return guide_prices([price.product], price.observed_on).get(price.product_id)


@admin.register(RetailReport)
class RetailReportAdmin(ExportingAdmin):
    """The sheets of retail prices that institutions report."""

    fields = ("institution", "province", "reported_at", "reported_by", "state", "checked_at", "price_count")
    list_display = ("institution", "province", "reported_at", "reported_by", "state", "checked_at", "price_count")
    list_filter = (("status", ChoicesDropdownFilter), ProvinceFilter)
    list_select_related = ("institution", "province", "reported_by")
    search_fields = ("institution__name", "institution__code")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(price_count=Count("prices"))

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, report: RetailReport) -> SafeString:
        return badge(report.get_status_display(), REPORT_COLOURS.get(report.status))

    @display(description=gettext_lazy("prices"), ordering="price_count")
    def price_count(self, report: Any) -> int:
        return int(report.price_count)
