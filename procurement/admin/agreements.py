from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    Lines,
    actor_of,
    badge,
    link_to,
    percent_bar,
    period,
    whole,
    yuan,
)
from procurement.admin.filters import TenderFilter
from procurement.admin.labels import AGREEMENT_COLOURS
from procurement.models import Agreement, AgreementLine, VolumeEntry
from procurement.services.agreements import change_agreement
from procurement.states import AGREEMENT


class VolumeColumns:
    """How an agreed volume is shown, in a list and inside its agreement."""

    @display(description=gettext_lazy("agreed volume"))
    def line(self, line: AgreementLine) -> str | SafeString:
        return link_to(line, str(line.product))

    @display(description=gettext_lazy("price (yuan per pack)"), ordering="price")
    def amount(self, line: AgreementLine) -> str:
        return yuan(line.price)

    @display(description=gettext_lazy("agreed (units)"), ordering="agreed_quantity")
    def agreed(self, line: AgreementLine) -> str:
        return whole(line.agreed_quantity)

    @display(description=gettext_lazy("called off (units)"), ordering="called_off_quantity")
    def called_off(self, line: AgreementLine) -> str:
        return whole(line.called_off_quantity)

    @display(description=gettext_lazy("remaining (units)"))
    def remaining_units(self, line: AgreementLine) -> str:
        return whole(line.remaining_quantity)

    @display(description=gettext_lazy("called off"))
    def progress(self, line: AgreementLine) -> SafeString:
        return percent_bar(line.called_off_quantity, line.agreed_quantity)


class VolumeLines(VolumeColumns, Lines):
    model = AgreementLine
    fields = ("line", "province", "amount", "agreed", "called_off", "remaining_units", "progress")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related(
            "product__presentation__medicine", "product__manufacturer", "province"
        )


@admin.register(Agreement)
class AgreementAdmin(DecidingAdmin, ExportingAdmin):
    """What was agreed with each winner of a tender."""

    fields = (("number", "state"), ("tender", "agency"), ("supplier", "term"))
    list_display = ("number", "tender", "supplier", "term", "state", "line_count")
    list_filter = (TenderFilter, ("status", ChoicesDropdownFilter))
    list_select_related = ("tender", "supplier")
    search_fields = ("number", "supplier__name", "supplier__short_name", "tender__number")
    inlines = (VolumeLines,)
    actions_detail = ("suspend", "resume", "end")

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).annotate(line_count=Count("lines"))

    def may_decide(self, request: HttpRequest, record: Agreement | None = None) -> bool:
        """Officers of the agency whose it is."""
        is_own = record is None or record.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: Agreement) -> list[str]:
        return AGREEMENT.allowed(record.status) if self.may_decide(request, record) else []

    @display(description=gettext_lazy("term"), ordering="validity")
    def term(self, agreement: Agreement) -> str:
        return period(agreement.validity)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, agreement: Agreement) -> SafeString:
        return badge(agreement.get_status_display(), AGREEMENT_COLOURS.get(agreement.status))

    @display(description=gettext_lazy("agreed volumes"), ordering="line_count")
    def line_count(self, agreement: Any) -> int:
        return int(agreement.line_count)

    @action(description=gettext_lazy("Suspend"), url_path="suspend", icon="pause")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop orders for a time."""
        text = _("Nothing can be ordered under the agreement until it is resumed. Orders already placed go on.")
        return self._change(request, object_id, "suspend", text)

    @action(description=gettext_lazy("Resume"), url_path="resume", icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let orders in again."""
        return self._change(request, object_id, "resume", _("Institutions can order under the agreement again."))

    @action(description=gettext_lazy("End"), url_path="end", icon="stop", variant=ActionVariant.DANGER)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the agreement for good."""
        return self._change(request, object_id, "end", _("The agreement ends for good. This cannot be undone."))

    def _change(self, request: HttpRequest, object_id: str, name: str, explanation: str) -> HttpResponse:
        agreement = self.record_of(request, object_id)
        label = AGREEMENT.transitions[name].label

        def act(values: dict[str, Any]) -> str:
            after = change_agreement(number=agreement.number, action=name, actor=actor_of(request), at=timezone.now())
            return _("Agreement %(number)s is now “%(status)s”.") % {
                "number": after.number,
                "status": after.get_status_display(),
            }

        return self.decide(
            request,
            title=_("Agreement %(number)s: %(action)s") % {"number": agreement.number, "action": label},
            record=agreement,
            act=act,
            is_final=name == "end",
            explanation=explanation,
        )


class EntryLines(Lines):
    model = VolumeEntry
    fields = ("entered_at", "reference", "quantity")
    per_page = 50


@admin.register(AgreementLine)
class AgreementLineAdmin(VolumeColumns, ExportingAdmin):
    """Agreed volumes per province, and how much of each was called off."""

    fields = (
        "agreement",
        "lot",
        "product",
        "province",
        "amount",
        "agreed",
        "called_off",
        "remaining_units",
        "progress",
    )
    list_display = (
        "product",
        "province",
        "agreement",
        "amount",
        "agreed",
        "called_off",
        "remaining_units",
        "progress",
    )

    class AgreementTenderFilter(TenderFilter):
        field = "agreement__tender"

    list_filter = (AgreementTenderFilter, ProvinceFilter, ("agreement__status", ChoicesDropdownFilter))
    list_select_related = (
        "agreement",
        "product__presentation__medicine",
        "product__manufacturer",
        "province",
        "lot__tender",
        "lot__presentation__medicine",
    )
    search_fields = (
        "agreement__number",
        "agreement__supplier__name",
        "product__code",
        "product__presentation__medicine__name",
    )
    inlines = (EntryLines,)
    export_columns = (
        ExportColumn(gettext_lazy("agreement"), lambda line: line.agreement.number),
        ExportColumn(gettext_lazy("code"), lambda line: line.product.code),
        ExportColumn(gettext_lazy("product"), lambda line: line.product),
        ExportColumn(gettext_lazy("province"), lambda line: line.province),
        ExportColumn(gettext_lazy("price (yuan per pack)"), lambda line: line.price),
        ExportColumn(gettext_lazy("agreed (units)"), lambda line: line.agreed_quantity),
        ExportColumn(gettext_lazy("called off (units)"), lambda line: line.called_off_quantity),
        ExportColumn(gettext_lazy("remaining (units)"), lambda line: line.remaining_quantity),
    )
