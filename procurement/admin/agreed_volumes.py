"""Agreed volumes: how much is left of each, its ledger, amendments and the call of a backup."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from catalog.admin.filters import ProvinceFilter
from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import (
    DecidingAdmin,
    ExportColumn,
    ExportingAdmin,
    Lines,
    actor_of,
    link_to,
    percent_bar,
    sent,
    whole,
    yuan,
)
from procurement.admin.filters import TenderFilter
from procurement.admin.tender_forms import BackupForm, VolumeForm
from procurement.models import AgreementLine, VolumeEntry
from procurement.services.agreements import amend_volume, call_backup
from procurement.states import AgreementStatus, SupplyRole


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

    @display(description=gettext_lazy("delivered (units)"), ordering="delivered_quantity")
    def delivered(self, line: AgreementLine) -> str:
        return whole(line.delivered_quantity)

    @display(description=gettext_lazy("remaining (units)"))
    def remaining_units(self, line: AgreementLine) -> str:
        return whole(line.remaining_quantity)

    @display(description=gettext_lazy("called off"))
    def progress(self, line: AgreementLine) -> SafeString:
        return percent_bar(line.called_off_quantity, line.agreed_quantity)


class VolumeLines(VolumeColumns, Lines):
    model = AgreementLine
    fields = ("line", "province", "role", "amount", "agreed", "called_off", "delivered", "remaining_units", "progress")
    per_page = 50

    def visible(self, rows: Any, actor: Actor) -> Any:
        return rows.visible_to(actor).select_related(
            "product__presentation__medicine", "product__manufacturer", "province"
        )


class EntryLines(Lines):
    model = VolumeEntry
    fields = ("entered_at", "kind", "reference", "quantity", "reason")
    per_page = 50


@admin.register(AgreementLine)
class AgreementLineAdmin(VolumeColumns, DecidingAdmin, ExportingAdmin):
    """Agreed volumes per province, and how much of each was called off and delivered."""

    fields = (
        "agreement",
        "lot",
        "product",
        "province",
        "amount",
        "agreed",
        "called_off",
        "delivered",
        "remaining_units",
        "progress",
        "role",
        "ended_at",
    )
    list_display = (
        "product",
        "province",
        "role",
        "agreement",
        "amount",
        "agreed",
        "called_off",
        "delivered",
        "remaining_units",
        "progress",
    )

    class AgreementTenderFilter(TenderFilter):
        field = "agreement__tender"

    list_filter = (
        AgreementTenderFilter,
        ProvinceFilter,
        ("role", ChoicesDropdownFilter),
        ("agreement__status", ChoicesDropdownFilter),
    )
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
        ExportColumn(gettext_lazy("delivered (units)"), lambda line: line.delivered_quantity),
        ExportColumn(gettext_lazy("remaining (units)"), lambda line: line.remaining_quantity),
    )
    actions_detail = ("amend", "backup")

    def may_decide(self, request: HttpRequest, record: AgreementLine | None = None) -> bool:
        """Officers of the agency whose agreement it is."""
        is_own = record is None or record.agreement.agency_id == actor_of(request).organization_id
        return is_own and super().may_decide(request, record)

    def offered(self, request: HttpRequest, record: AgreementLine) -> list[str]:
        is_open = record.ended_at is None and record.agreement.status == AgreementStatus.IN_FORCE
        if not (is_open and self.may_decide(request, record)):
            return []
        is_main = record.role == SupplyRole.MAIN and record.remaining_quantity > 0
        return ["amend", "backup"] if is_main else ["amend"]

    @action(description=gettext_lazy("Amend the volume"), url_path="amend", icon="edit")
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """More or less than was agreed first, within the limit."""
        line = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            after = amend_volume(
                line_id=line.pk,
                quantity=values["quantity"],
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("%(units)s units are agreed now.") % {"units": whole(after.agreed_quantity)}

        return self.decide(
            request,
            title=_("Amend %(line)s") % {"line": line},
            record=line,
            form=VolumeForm(**sent(request), initial={"quantity": line.agreed_quantity}),
            act=act,
            explanation=_("The rules of the tender say how far a volume may move from the one that was agreed first."),
        )

    @action(description=gettext_lazy("Call the backup supplier"), url_path="backup", icon="swap_horiz")
    def backup(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand the rest of the volume to who stands by."""
        line = self.record_of(request, object_id)

        def act(values: dict[str, Any]) -> str:
            taken_over = call_backup(
                line_id=line.pk,
                units=values["units"],
                reason=values["reason"],
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _("%(supplier)s now supplies %(units)s units.") % {
                "supplier": taken_over.agreement.supplier,
                "units": whole(taken_over.agreed_quantity),
            }

        return self.decide(
            request,
            title=_("Call the backup supplier for %(line)s") % {"line": line},
            record=line,
            form=BackupForm(**sent(request)),
            act=act,
            is_final=True,
            explanation=_("What was not called off goes to the backup supplier of the area, at its own awarded price."),
        )
