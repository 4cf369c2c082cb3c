from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateTimeFilter
from unfold.decorators import action, display

from catalog.accounts.kinds import Role
from catalog.admin.filters import ProvinceFilter
from catalog.admin.forms import ReasonForm, beside_fields
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    READERS,
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    hindrance,
    sent,
)
from catalog.foundation.web.admin.forms import TextInput
from distribution.admin.labels import TRANSFER_COLOURS, WARNING_COLOURS
from distribution.admin.numbers import NumberedAdmin
from distribution.admin.redistribution import redistribution_page
from distribution.models import StockCount, StockCountLine, StockEntry, StockLot, StockTransfer
from distribution.policies import may_handle_transfer
from distribution.queries import supply_rules
from distribution.queries.stock import with_warnings
from distribution.querysets import OFFICERS
from distribution.services.transfers import answer_transfer, propose_transfer
from distribution.states import TRANSFER, StockWarning

STOCK_READERS = (*READERS, Role.HEALTH_OFFICER)


class LotWarningFilter(DropdownFilter):
    """What is expired, held or near its expiry."""

    title = pgettext_lazy("stock", "warning")
    parameter_name = "warning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        of_lots = (StockWarning.EXPIRED, StockWarning.HELD, StockWarning.NEAR_EXPIRY)
        return [(warning.value, warning.label) for warning in of_lots]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(warning=self.value()) if self.value() else queryset


class HolderProvinceFilter(ProvinceFilter):
    """By the province in which the stock lies."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(holder__region__code__startswith=self.value()[:2]) if self.value() else queryset


class EntryLines(Lines):
    model = StockEntry
    fields = ("entered_at", "kind", "units", "reference", "reason", "entered_by")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("entered_by")


class TransferForm(forms.Form):
    """To whom, how much and why."""

    taker = forms.CharField(label=gettext_lazy("institution that takes it (code)"), max_length=32, widget=TextInput)
    units = forms.IntegerField(label=gettext_lazy("units"), min_value=1, widget=TextInput)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=300, widget=TextInput)


@admin.register(StockLot)
class StockLotAdmin(DecidingAdmin, ExportingAdmin):
    """Stock by lot: of the institutions of the province, and of its reserve wherever it lies."""

    readers: ClassVar = STOCK_READERS
    deciders: ClassVar = OFFICERS
    reading_actions = ("redistribution", "export_workbook", "export_csv")
    fields = ("holder", "product", "lot_number", "expires_on", "units", "plan", "state")
    list_display = ("product", "holder", "lot_number", "expires_on", "units", "state", "plan")
    list_filter = (LotWarningFilter, HolderProvinceFilter)
    list_select_related = (
        "holder",
        "product__presentation__medicine",
        "product__manufacturer",
        "plan__holder",
        "plan__product__presentation__medicine",
        "plan__product__manufacturer",
    )
    search_fields = ("lot_number", "holder__name", "product__code", "product__presentation__medicine__name")
    inlines = (EntryLines,)
    actions_list = ("redistribution", "export_workbook", "export_csv")
    actions_detail = ("propose",)
    export_columns = (
        ExportColumn(gettext_lazy("kept by"), lambda lot: lot.holder),
        ExportColumn(gettext_lazy("product"), lambda lot: lot.product),
        ExportColumn(gettext_lazy("lot number"), lambda lot: lot.lot_number),
        ExportColumn(gettext_lazy("expires on"), lambda lot: lot.expires_on),
        ExportColumn(gettext_lazy("units"), lambda lot: lot.units),
    )

    def visible(self, rows: Any, actor: Actor) -> Any:
        today = localdate()
        return with_warnings(rows.visible_to(actor), today=today, rules=supply_rules(today))

    def offered(self, request: HttpRequest, record: StockLot) -> list[str]:
        return ["propose"] if self.may_decide(request, record) and record.units and record.plan_id is None else []

    @display(description=pgettext_lazy("stock", "warning"), ordering="warning")
    def state(self, lot: Any) -> str | SafeString:
        return badge(StockWarning(lot.warning).label, WARNING_COLOURS[lot.warning]) if lot.warning else "—"

    @action(description=gettext_lazy("Who could give what to whom"), url_path="redistribution", icon="swap_horiz")
    def redistribution(self, request: HttpRequest) -> HttpResponse:
        """What institutions of the province lack and others could spare."""
        page: HttpResponse = redistribution_page(self, request)
        return page

    @action(description=gettext_lazy("Propose a transfer"), url_path="propose", icon="swap_horiz")
    def propose(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Propose that another institution of the province takes some of it."""
        lot = self.record_of(request, object_id)
        form = TransferForm(**sent(request))

        def act(values: dict[str, Any]) -> HttpResponse:
            with beside_fields(form):
                transfer = propose_transfer(
                    lot_id=lot.pk,
                    taker_code=values["taker"].strip(),
                    units=values["units"],
                    reason=values["reason"],
                    actor=actor_of(request),
                    at=timezone.now(),
                )
            messages.success(request, _("%(transfer)s is proposed.") % {"transfer": transfer})
            return redirect(reverse("admin:distribution_stocktransfer_change", args=[transfer.pk]))

        return self.decide(
            request,
            title=_("Propose a transfer of %(lot)s") % {"lot": lot},
            record=lot,
            form=form,
            act=act,
            explanation=_("The institution that takes it agrees first; %(holder)s then sends it.")
            % {"holder": lot.holder},
        )


class CountLines(Lines):
    model = StockCountLine
    fields = ("product", "lot_number", "expected_units", "found_units", "reason")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.select_related("lot__product__presentation__medicine", "lot__product__manufacturer")

    @display(description=gettext_lazy("product"))
    def product(self, line: StockCountLine) -> str:
        return str(line.lot.product)

    @display(description=gettext_lazy("lot number"))
    def lot_number(self, line: StockCountLine) -> str:
        return line.lot.lot_number


@admin.register(StockCount)
class StockCountAdmin(ExportingAdmin):
    """What institutions counted, and how it differed from their ledgers."""

    fields = ("institution", "counted_at", "counted_by")
    list_display = ("institution", "counted_at", "counted_by", "line_count")
    list_filter = (ProvinceFilter, ("counted_at", RangeDateTimeFilter))
    list_select_related = ("institution", "counted_by")
    search_fields = ("institution__name", "institution__code")
    inlines = (CountLines,)

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(line_count=Count("lines"))

    @display(description=gettext_lazy("lines"), ordering="line_count")
    def line_count(self, count: Any) -> int:
        return int(count.line_count)


@admin.register(StockTransfer)
class StockTransferAdmin(DecidingAdmin, NumberedAdmin, ExportingAdmin):
    """Redistribution between institutions of a province."""

    readers: ClassVar = STOCK_READERS
    deciders: ClassVar = OFFICERS
    fields = (
        ("number", "state"),
        ("giver", "taker"),
        ("product", "lot"),
        ("units", "reason"),
        "proposed_at",
        ("sent_at", "received_at"),
        "status_reason",
    )
    list_display = ("number", "state", "giver", "taker", "product", "units", "proposed_at")
    list_filter = (("status", ChoicesDropdownFilter), ProvinceFilter, ("proposed_at", RangeDateTimeFilter))
    list_select_related = ("giver", "taker", "lot__product__presentation__medicine", "lot__product__manufacturer")
    search_fields = ("giver__name", "taker__name", "lot__lot_number")
    search_help_text = gettext_lazy("Number (TR…), institution or lot")
    actions_detail = ("cancel",)

    def offered(self, request: HttpRequest, record: StockTransfer) -> list[str]:
        may = "cancel" in TRANSFER.allowed(record.status)
        return ["cancel"] if may and not hindrance(may_handle_transfer, request, "cancel", record) else []

    @display(description=gettext_lazy("number"), ordering="pk")
    def number(self, transfer: StockTransfer) -> str:
        return transfer.number

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, transfer: StockTransfer) -> SafeString:
        return badge(transfer.get_status_display(), TRANSFER_COLOURS.get(transfer.status))

    @display(description=gettext_lazy("product"), ordering=F("lot__product"))
    def product(self, transfer: StockTransfer) -> str:
        return str(transfer.lot.product)

    @action(description=gettext_lazy("Cancel"), url_path="cancel", icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back what was not sent yet."""
        transfer = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            answer_transfer(
                transfer_id=transfer.pk,
                action="cancel",
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("%(transfer)s is cancelled.") % {"transfer": transfer}

        return self.decide(
            request,
            title=_("Cancel %(transfer)s") % {"transfer": transfer},
            record=transfer,
            form=ReasonForm(**sent(request)),
            act=act,
        )
