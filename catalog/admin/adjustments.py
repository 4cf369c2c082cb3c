from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import ProvinceFilter
from catalog.admin.forms import ReasonForm, beside_fields
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    actor_of,
    badge,
    hindrance,
    link_to,
    period,
    sent,
    table,
    yuan,
)
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import PriceAdjustment
from catalog.policies import may_decide_adjustment
from catalog.services.adjustments import approve_adjustment, drop_adjustment
from catalog.states import ADJUSTMENT, AdjustmentStatus, PriceSource

COLOURS: dict[str, str] = {
    AdjustmentStatus.OPEN: "warning",
    AdjustmentStatus.APPROVED: "success",
}
SOURCES: dict[str, Any] = dict(PriceSource.choices)


class ApproveForm(forms.Form):
    """The version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def evidence_of(adjustment: PriceAdjustment) -> SafeString | str:
    """The provinces and prices that were seen when it was opened."""
    evidence = adjustment.evidence
    own = adjustment.former.price
    rows = [
        [
            seen["province"],
            yuan(amount),
            f"{(own - amount) * 100 / own:.1f}%",
            f"{SOURCES.get(seen['source'], seen['source'])} {seen['reference']}",
        ]
        for seen in evidence.get("prices", ())
        for amount in [Decimal(seen["price"])]
    ]
    if not rows:
        return EMPTY
    day = parse_date(evidence.get("seen_on", ""))
    title = _("Seen on %(day)s") % {"day": date_format(day)} if day else ""
    headers = [_("province"), _("price (yuan per pack)"), _("lower than the price so far by"), _("source")]
    return table(headers, rows, title)


@admin.register(PriceAdjustment)
class PriceAdjustmentAdmin(DecidingAdmin, ExportingAdmin):
    """New prices that one officer asks for and a second one approves."""

    fields = (
        ("product_link", "province"),
        ("former_link", "amount"),
        ("valid_from", "state"),
        "reason",
        ("opened_by", "created_at"),
        ("decided_by", "decided_at"),
        "dropped_because",
        "evidence_table",
    )
    list_display = ("product", "province", "former_amount", "amount", "change", "valid_from", "opened_by", "state")
    list_filter = (("status", ChoicesDropdownFilter), ProvinceFilter)
    list_select_related = (
        "product__presentation__medicine",
        "product__manufacturer",
        "province",
        "former",
        "opened_by",
        "decided_by",
    )
    search_fields = ("product__code", "product__presentation__medicine__name", "reason")
    actions_detail = ("approve", "drop")
    export_columns = (
        ExportColumn(gettext_lazy("code"), lambda row: row.product.code),
        ExportColumn(gettext_lazy("product"), lambda row: row.product),
        ExportColumn(gettext_lazy("province"), lambda row: row.province),
        ExportColumn(gettext_lazy("price so far (yuan per pack)"), lambda row: row.former.price),
        ExportColumn(gettext_lazy("new price (yuan per pack)"), lambda row: row.price),
        ExportColumn(gettext_lazy("in force from"), lambda row: row.valid_from),
        ExportColumn(gettext_lazy("reason"), lambda row: row.reason),
        ExportColumn(pgettext_lazy("price adjustment", "opened by"), lambda row: row.opened_by),
        ExportColumn(gettext_lazy("decided by"), lambda row: row.decided_by),
        ExportColumn(gettext_lazy("status"), lambda row: row.get_status_display()),
    )

    def may_decide(self, request: HttpRequest, record: PriceAdjustment | None = None) -> bool:
        """Officers of the province whose price it is."""
        is_own = record is None or record.province_id == actor_of(request).province
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: PriceAdjustment) -> list[str]:
        return ADJUSTMENT.allowed(record.status) if self.may_decide(request, record) else []

    @display(description=gettext_lazy("product"))
    def product_link(self, adjustment: PriceAdjustment) -> str | SafeString:
        return link_to(adjustment.product, f"{adjustment.product.code} · {adjustment.product}")

    @display(description=gettext_lazy("price so far"))
    def former_link(self, adjustment: PriceAdjustment) -> str | SafeString:
        former = adjustment.former
        return link_to(former, f"{yuan(former.price)} ({period(former.validity)})")

    @display(description=gettext_lazy("price so far (yuan per pack)"), ordering="former__price")
    def former_amount(self, adjustment: PriceAdjustment) -> str:
        return yuan(adjustment.former.price)

    @display(description=gettext_lazy("new price (yuan per pack)"), ordering="price")
    def amount(self, adjustment: PriceAdjustment) -> str:
        return yuan(adjustment.price)

    @display(description=gettext_lazy("change"))
    def change(self, adjustment: PriceAdjustment) -> str:
        former = adjustment.former.price
        return f"{(adjustment.price - former) * 100 / former:+.1f}%"

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, adjustment: PriceAdjustment) -> SafeString:
        return badge(adjustment.get_status_display(), COLOURS.get(adjustment.status))

    @display(description=gettext_lazy("dropped because"), empty_value=EMPTY)
    def dropped_because(self, adjustment: PriceAdjustment) -> str | None:
        return adjustment.evidence.get("dropped_because")

    @display(description=gettext_lazy("evidence"))
    def evidence_table(self, adjustment: PriceAdjustment) -> SafeString | str:
        return evidence_of(adjustment)

    @action(description=gettext_lazy("Approve"), url_path="approve", icon="check", variant=ActionVariant.PRIMARY)
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the new price hold."""
        adjustment = self.record_of(request, object_id)
        form = ApproveForm(initial={"version": adjustment.version}, **sent(request))

        def act(values: dict[str, Any]) -> str:
            approve_adjustment(
                adjustment_id=adjustment.pk,
                actor=actor_of(request),
                at=timezone.now(),
                expected_version=values["version"],
            )
            return _("The new price holds from %(day)s on.") % {"day": date_format(adjustment.valid_from)}

        return self.decide(
            request,
            title=_("Approve the adjustment of %(code)s") % {"code": adjustment.product.code},
            record=adjustment,
            form=form,
            act=act,
            explanation=self._summary(adjustment),
            confirm=_("Approve"),
            context={"hindrance": hindrance(may_decide_adjustment, request, "approve", adjustment)},
        )

    @action(description=gettext_lazy("Drop"), url_path="drop", icon="close", variant=ActionVariant.DANGER)
    def drop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it up, with the reason."""
        adjustment = self.record_of(request, object_id)
        form = ReasonForm(**sent(request))

        def act(values: dict[str, Any]) -> str:
            with beside_fields(form):
                drop_adjustment(
                    adjustment_id=adjustment.pk,
                    reason=values["reason"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            return _("The adjustment is dropped; the price so far stays.")

        return self.decide(
            request,
            title=_("Drop the adjustment of %(code)s") % {"code": adjustment.product.code},
            record=adjustment,
            form=form,
            act=act,
            explanation=self._summary(adjustment),
            confirm=_("Drop"),
            is_final=True,
        )

    def _summary(self, adjustment: PriceAdjustment) -> str:
        facts = {
            "product": adjustment.product,
            "province": adjustment.province,
            "former": yuan(adjustment.former.price),
            "price": yuan(adjustment.price),
            "day": date_format(adjustment.valid_from),
            "person": adjustment.opened_by,
            "reason": adjustment.reason,
        }
        return (
            _("%(product)s, %(province)s: from %(former)s to %(price)s on %(day)s.\nOpened by %(person)s: %(reason)s")
            % facts
        )
